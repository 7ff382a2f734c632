#include "bench/engine_load.h"

#include <algorithm>
#include <string>

#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "codec/check.h"
#include "codec/digest.h"

namespace sdmp::bench {
namespace {

using protocol::Role;

// Both ends of connection `number` derive the same.
protocol::SessionKeys keys_of(std::uint32_t number, Role role) {
  const auto shared = codec::sha512(codec::as_bytes(std::to_string(number)));
  return protocol::derive_session_keys(role, codec::Bytes(shared).first(32),
                                       codec::as_bytes("initiator"), codec::as_bytes("responder"));
}

codec::ByteVector text_of(std::size_t octets) {
  codec::ByteVector text(octets);
  for (std::size_t i = 0; i < octets; ++i) text[i] = static_cast<std::uint8_t>(i * 167 + 13);
  return text;
}

std::vector<int> own_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cores;
  sched_getaffinity(0, sizeof set, &set);
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &set)) cores.push_back(core);
  }
  return cores;
}

codec::AeadKeyPool key_pool() {
  return codec::AeadKeyPool(*codec::aead_backend(codec::AeadChoice::kAuto));
}

ring::RingSet client_rings() {
  auto rings = ring::RingSet::create({.ring = {}, .buffers = 4096});
  SDMP_CHECK(rings.has_value());
  return *std::move(rings);
}

}  // namespace

BenchCores bench_cores() {
  static const std::vector<int> cores = own_cores();
  return {cores.front(), cores.back()};
}

void stay_on_core(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  sched_setaffinity(0, sizeof set, &set);
}

Listener::Listener() {
  const auto made = ring::listen_on(*ring::SocketAddress::parse("127.0.0.1:0"));
  SDMP_CHECK(made.has_value());
  fd_ = *made;
  ring::set_stream_options(fd_);
}

Listener::~Listener() {
  ::close(fd_);
}

int Listener::connect() const {
  const ring::SocketAddress address = ring::SocketAddress::of_socket(fd_);
  const int fd = ring::open_stream(address.family());
  SDMP_CHECK(fd >= 0);
  ring::set_stream_options(fd);
  SDMP_CHECK(::connect(fd, address.raw(), address.size()) == 0);
  return fd;
}

EngineServer::EngineServer(const EngineLoad& load, std::unique_ptr<ServerIo> io)
    : load_(load),
      io_(std::move(io)),
      sessions_(load.connections),
      keys_(key_pool()),
      text_(text_of(load.octets)) {
  for (std::uint32_t i = 0; i < load.connections; ++i) {
    sessions_[i].keys = keys_of(i, Role::kResponder);
  }
}

EngineServer::~EngineServer() = default;

void EngineServer::start(const Listener& listener) {
  thread_ = std::jthread([this, fd = listener.descriptor()] { serve(fd); });
}

std::int64_t EngineServer::cpu_ns() const {
  clockid_t clock{};
  timespec time{};
  auto& thread = const_cast<std::jthread&>(thread_);
  SDMP_CHECK(pthread_getcpuclockid(thread.native_handle(), &clock) == 0);
  SDMP_CHECK(clock_gettime(clock, &time) == 0);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

void EngineServer::serve(int listener) {
  stay_on_core(bench_cores().server);
  io_->enable();
  open_ = load_.connections;
  io_->accept(listener, load_.connections);
  while (open_ > 0) {
    io_->turn(*this);
    turns_.fetch_add(1, std::memory_order_relaxed);
  }
}

void EngineServer::on_input(std::uint32_t connection, codec::MutableBytes bytes) {
  Session& session = sessions_[connection];
  for (;;) {
    const auto frame = session.frames.next(bytes, {});
    SDMP_CHECK(frame.has_value());
    if (!*frame) return;
    const auto packed = codec::open_frame(session.keys.receive.next_frame(keys_), **frame);
    SDMP_CHECK(packed.has_value() && packed->size() == load_.octets);
    if (++session.of_burst < load_.burst) continue;
    session.of_burst = 0;
    if (!load_.to_all) {
      answer(connection, *packed);
      continue;
    }
    // A packed text is shared by all sessions, as in the relay.
    for (std::uint32_t i = 0; i < load_.connections; ++i) answer(i, text_);
  }
}

void EngineServer::answer(std::uint32_t connection, codec::Bytes packed) {
  Session& session = sessions_[connection];
  // The asking end waits for each answer before it asks again.
  SDMP_CHECK(session.in_flight < ServerIo::kOutputs);
  ++session.in_flight;
  const codec::MutableBytes output =
      io_->output(connection, session.answers++ % ServerIo::kOutputs);
  codec::seal_frame(session.keys.send.next_frame(keys_), packed, output.data());
  io_->send(connection, output.first(codec::frame_bytes(packed.size())));
}

void EngineServer::on_sent(std::uint32_t connection) {
  --sessions_[connection].in_flight;
}

void EngineServer::on_end(std::uint32_t) {
  --open_;
}

EngineClient::EngineClient(const EngineLoad& load, const Listener& listener)
    : load_(load),
      rings_(client_rings()),
      sessions_(load.connections),
      keys_(key_pool()),
      text_(text_of(load.octets)) {
  for (std::uint32_t i = 0; i < load.connections; ++i) {
    sessions_[i].fd = listener.connect();
    sessions_[i].keys = keys_of(i, Role::kInitiator);
    sessions_[i].output.resize(codec::frame_bytes(load.octets) * load.burst);
    to_arm_.push_back(i);
  }
  rings_.enable();
}

EngineClient::~EngineClient() {
  // Receives are still armed: the end is said, whoever holds the descriptors.
  for (const Session& session : sessions_) {
    ::shutdown(session.fd, SHUT_RDWR);
    ::close(session.fd);
  }
}

std::uint64_t EngineClient::operations(std::uint32_t requests) const {
  const std::uint64_t each = load_.to_all ? 1 : load_.burst;
  return each * requests * load_.connections;
}

void EngineClient::ask(std::uint32_t connection) {
  Session& session = sessions_[connection];
  --session.left;
  const std::size_t size = codec::frame_bytes(load_.octets);
  for (std::uint32_t i = 0; i < load_.burst; ++i) {
    codec::seal_frame(session.keys.send.next_frame(keys_), text_, session.output.data() + i * size);
  }
  session.sent = 0;
  send_rest(connection);
}

void EngineClient::send_rest(std::uint32_t connection) {
  const Session& session = sessions_[connection];
  rings_.first().send({connection, 0, ring::Op::kSend}, session.fd,
                      codec::Bytes(session.output).subspan(session.sent));
}

void EngineClient::on_answer(std::uint32_t connection, codec::MutableBytes frame) {
  const auto packed =
      codec::open_frame(sessions_[connection].keys.receive.next_frame(keys_), frame);
  SDMP_CHECK(packed.has_value() && std::ranges::equal(*packed, text_));
  --awaited_;
  if (!load_.to_all) {
    if (sessions_[connection].left > 0) ask(connection);
    return;
  }
  if (awaited_ % load_.connections == 0 && sessions_.front().left > 0) ask(0);
}

void EngineClient::complete(const ring::Completion& completion) {
  const std::uint32_t connection = completion.data.slot;
  Session& session = sessions_[connection];
  if (completion.data.op == ring::Op::kSend) {
    SDMP_CHECK(completion.result > 0);
    session.sent += static_cast<std::size_t>(completion.result);
    if (session.sent < session.output.size()) send_rest(connection);
    return;
  }
  if (!completion.more) to_arm_.push_back(connection);
  if (completion.result <= 0) {
    SDMP_CHECK(completion.result == -ENOBUFS);
    return;
  }
  codec::MutableBytes bytes = rings_.received(completion);
  for (;;) {
    const auto frame = session.frames.next(bytes, {});
    SDMP_CHECK(frame.has_value());
    if (!*frame) break;
    on_answer(connection, **frame);
  }
  rings_.recycle(completion);
}

void EngineClient::run(std::uint32_t requests) {
  const std::uint32_t asking = load_.to_all ? 1 : load_.connections;
  awaited_ = std::uint64_t{requests} * load_.connections;
  for (std::uint32_t i = 0; i < asking; ++i) {
    sessions_[i].left = requests;
    ask(i);
  }
  while (awaited_ > 0) {
    for (const std::uint32_t i : to_arm_) {
      rings_.receive({i, 0, ring::Op::kReceive}, sessions_[i].fd);
    }
    to_arm_.clear();
    for (const ring::Completion& completion : rings_.wait(std::nullopt)) complete(completion);
  }
}

}  // namespace sdmp::bench
