#include "engine/load/wire.h"

#include <algorithm>
#include <cerrno>
#include <chrono>

#include <netinet/in.h>
#include <sodium.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "codec/check.h"

namespace sdmp::load {
namespace {

// Descriptors that the process needs besides its sessions: rings, pipes, files.
constexpr std::uint64_t kOtherDescriptors = 64;
// Answers of one server within 300 s, at most: a replayed one is found among the latest.
constexpr std::size_t kReplayEntriesMax = 4096;

protocol::AgreementSeed fresh_seed() {
  protocol::AgreementSeed seed;
  randombytes_buf(seed.writable().data(), seed.size());
  return seed;
}

ErrorKind kind_of(const protocol::Failure& failure) {
  switch (failure.cause) {
    case protocol::Cause::kRefusedByPeer:
      return ErrorKind::kNope;
    case protocol::Cause::kNotAnObject:
    case protocol::Cause::kObjectTooLong:
    case protocol::Cause::kObjectInvalid:
      return ErrorKind::kNotSdmp;
    case protocol::Cause::kClosedByPeer:
      return ErrorKind::kClosed;
    default:
      return ErrorKind::kHandshake;
  }
}

}  // namespace

Clock Clock::read() {
  using namespace std::chrono;
  return {duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count(),
          duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()};
}

void Behaviour::on_bytes(Link&, codec::Bytes) {}

std::expected<std::unique_ptr<Wire>, std::string> Wire::create(const Plan& plan,
                                                               const ServerIdentity& server,
                                                               Inbox& inbox, Stats& stats) {
  // As large a table as the system allows.
  auto rings = ring::RingSet::create({.ring = {.direct_sockets = UINT32_MAX}});
  if (!rings) return std::unexpected(rings.error());
  return std::unique_ptr<Wire>(new Wire(plan, server, inbox, stats, *std::move(rings)));
}

Wire::Wire(const Plan& plan, const ServerIdentity& server, Inbox& inbox, Stats& stats,
           ring::RingSet rings)
    : plan_(plan),
      server_(server),
      inbox_(inbox),
      stats_(stats),
      clock_(Clock::read()),
      rings_(std::move(rings)),
      replay_(kReplayEntriesMax),
      keys_(*codec::aead_backend(codec::AeadChoice::kAuto)),
      encoder_(codec::kCompressFast),
      packing_(codec::frame_bytes(std::size_t{limits_.blocks} * codec::kBlockBytes)) {}

Wire::~Wire() = default;

void Wire::enable() {
  rings_.enable();
  rings_.waker().arm(rings_.first());
}

std::uint64_t Wire::sessions_max() const {
  // Connecting and adopting takes a regular descriptor for a moment.
  if (const std::uint64_t places = rings_.first().direct_sockets(); places > 0) {
    return places * ring::RingSet::kRingsMax;
  }
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const std::uint64_t others = kOtherDescriptors + plan_.connecting_max;
  return limit.rlim_cur > others ? (limit.rlim_cur - others) / plan_.threads : 0;
}

void Wire::open(Behaviour& behaviour, std::uint32_t member, const codec::PrivateKey& node,
                std::int64_t intended_ns) {
  waiting_.push_back({&behaviour, member, &node, intended_ns});
}

void Wire::connect_some() {
  while (!waiting_.empty() && on_the_way_ < plan_.connecting_max) {
    const Waiting request = waiting_.front();
    waiting_.pop_front();
    connect(request);
  }
}

Link& Wire::take_slot() {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(links_.size()));
    links_.push_back(std::make_unique<Link>());
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  Link& link = *links_[slot];
  const std::uint32_t generation = (link.generation + 1) & ring::kGenerationMask;
  link = Link();
  link.slot = slot;
  link.generation = generation;
  ++live_;
  return link;
}

// -errno when there is no descriptor or no local address left.
int Wire::open_socket() {
  const int fd = ring::open_stream(plan_.server.family());
  if (fd < 0) return fd;
  // One side's probes are enough.
  ring::set_stream_options(fd, 0);
  if (plan_.sources.empty()) return fd;
  // The port is chosen by connect(), per pair of addresses: 28,000 for each source.
  const int yes = 1;
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
  const ring::SocketAddress& source = plan_.sources[next_source_++ % plan_.sources.size()];
  if (::bind(fd, source.raw(), source.size()) == 0) return fd;
  const int error = errno;
  ::close(fd);
  return -error;
}

void Wire::connect(const Waiting& request) {
  Link& link = take_slot();
  link.behaviour = request.behaviour;
  link.member = request.member;
  link.node = request.node;
  // Those before it in this turn have taken their time.
  link.begun_ns = Clock::read().ns;
  link.intended_ns = request.intended_ns == kWhenPossible ? link.begun_ns : request.intended_ns;
  link.phase = LinkPhase::kConnecting;
  ++on_the_way_;
  link.socket = open_socket();
  if (!link.socket) {
    fail(link, ErrorKind::kNoAddress);
    return;
  }
  deadlines_.push_back({clock_.ns + plan_.timeout_ns, link.slot, link.generation});
  link.address = std::make_unique<ring::SocketAddress>(plan_.server);
  ++link.operations;
  rings_.first().connect(link.data(ring::Op::kConnect), link.socket, *link.address);
}

void Wire::on_connected(Link& link, std::int32_t result) {
  --link.operations;
  link.address.reset();
  if (link.phase != LinkPhase::kConnecting) {
    settle(link);
    return;
  }
  if (result < 0) {
    stats_.connect_errno = -result;
    const bool ours = result == -EADDRNOTAVAIL || result == -EMFILE || result == -ENFILE;
    fail(link, ours ? ErrorKind::kNoAddress : ErrorKind::kConnect);
    return;
  }
  if (rings_.first().direct_sockets() == 0) {
    greet(link);
    return;
  }
  const std::size_t ring = ring_with_place();
  ++taken_[ring];
  link.adopted_place = link.socket.number;
  ++link.operations;
  rings_.at(ring).adopt(link.data(ring::Op::kAdopt), link.adopted_place);
}

// Of full tables the last one: the socket stays a regular descriptor then.
std::size_t Wire::ring_with_place() {
  const std::uint32_t places = rings_.first().direct_sockets();
  for (std::size_t i = taken_.size(); i-- > 0;) {
    if (taken_[i] < places) return i;
  }
  if (rings_.size() < ring::RingSet::kRingsMax && rings_.open()) taken_.push_back(0);
  return taken_.size() - 1;
}

void Wire::on_adopted(Link& link, const ring::Completion& completion) {
  --link.operations;
  if (completion.result == 1) {
    ::close(link.socket.number);
    link.socket = ring::Handle::in_table(link.adopted_place, completion.ring);
  } else {
    --taken_[completion.ring];
  }
  if (link.phase == LinkPhase::kConnecting) {
    greet(link);
  } else {
    settle(link);
  }
}

void Wire::greet(Link& link) {
  if (!link.behaviour->raw()) {
    start_handshake(link);
    return;
  }
  arm(link);
  opened(link);
}

protocol::HandshakeContext Wire::context(Link& link) {
  return {clock_.unix_ms, *link.node, *server_.trust, replay_, reader_};
}

void Wire::start_handshake(Link& link) {
  link.phase = LinkPhase::kHandshaking;
  link.handshake = std::make_unique<protocol::Initiator>(
      plan_.group, std::vector<codec::Fingerprint>{server_.node});
  const std::string object = link.handshake->start(context(link), fresh_seed());
  if (object.empty()) {
    fail(link, kind_of(link.handshake->failure()));
    return;
  }
  send_raw(link, codec::as_bytes(object));
  arm(link);
}

void Wire::on_handshake_bytes(Link& link, codec::MutableBytes& bytes) {
  protocol::Initiator& handshake = *link.handshake;
  while (!bytes.empty() && handshake.state() == protocol::HandshakeState::kExpectObject) {
    bytes = bytes.subspan(handshake.receive(bytes, context(link)));
  }
  if (handshake.state() == protocol::HandshakeState::kExpectCompute) {
    handshake.compute(context(link));
  }
  if (handshake.state() == protocol::HandshakeState::kFailed) {
    fail(link, kind_of(handshake.failure()));
    return;
  }
  if (handshake.state() != protocol::HandshakeState::kExpectFrames) return;
  link.keys = handshake.take_result().keys;
  link.handshake.reset();
  ++stats_.handshakes;
  opened(link);
}

void Wire::opened(Link& link) {
  link.phase = LinkPhase::kOpen;
  --on_the_way_;
  ++sessions_;
  link.behaviour->on_open(link);
}

Link* Wire::find(std::uint32_t slot, std::uint32_t generation) {
  if (slot >= links_.size()) return nullptr;
  Link& link = *links_[slot];
  const bool alive = link.phase != LinkPhase::kFree && link.phase != LinkPhase::kClosing;
  return alive && link.generation == generation ? &link : nullptr;
}

void Wire::fail(Link& link, ErrorKind why) {
  if (link.phase == LinkPhase::kFree || link.phase == LinkPhase::kClosing) return;
  Behaviour& behaviour = *link.behaviour;
  if (behaviour.counts_errors()) ++stats_.errors[static_cast<std::size_t>(why)];
  leave(link);
  behaviour.on_end(link, why);
  settle(link);
}

void Wire::close(Link& link) {
  if (link.phase == LinkPhase::kFree || link.phase == LinkPhase::kClosing) return;
  leave(link);
  settle(link);
}

void Wire::leave(Link& link) {
  if (link.phase == LinkPhase::kOpen) {
    --sessions_;
  } else {
    --on_the_way_;
  }
  link.phase = LinkPhase::kClosing;
  link.keys.send.forget(keys_);
  link.keys.receive.forget(keys_);
  // Ends what the kernel still holds of it.
  if (link.receive_armed) cancel(link, ring::Op::kReceive);
  if (link.send_in_flight) cancel(link, ring::Op::kSend);
  if (link.address) cancel(link, ring::Op::kConnect);
}

void Wire::cancel(Link& link, ring::Op op) {
  rings_.of(link.socket).cancel(link.data(ring::Op::kCancel), link.data(op));
}

void Wire::settle(Link& link) {
  if (link.phase != LinkPhase::kClosing || link.operations > 0) return;
  if (link.socket.direct) {
    rings_.of(link.socket).close({ring::kNobody, 0, ring::Op::kClose}, link.socket);
    --taken_[link.socket.ring];
  } else if (link.socket) {
    ::close(link.socket.number);
  }
  const std::uint32_t slot = link.slot;
  const std::uint32_t generation = link.generation;
  link = Link();
  link.slot = slot;
  link.generation = generation;
  free_.push_back(slot);
  --live_;
}

void Wire::close_all() {
  waiting_.clear();
  for (const auto& link : links_) close(*link);
}

void Wire::expire() {
  while (!deadlines_.empty() && deadlines_.front().at_ns <= clock_.ns) {
    const Deadline deadline = deadlines_.front();
    deadlines_.pop_front();
    Link* link = find(deadline.slot, deadline.generation);
    if (link != nullptr && !link->open()) fail(*link, ErrorKind::kTimeout);
  }
}

void Wire::turn(std::optional<std::int64_t> until_ns) {
  connect_some();
  flush();
  if (!deadlines_.empty()) {
    until_ns = std::min(until_ns.value_or(deadlines_.front().at_ns), deadlines_.front().at_ns);
  }
  std::optional<std::int64_t> sleep_ns;
  if (until_ns) sleep_ns = std::max<std::int64_t>(0, *until_ns - Clock::read().ns);
  const auto completions = rings_.wait_ns(sleep_ns);
  clock_ = Clock::read();
  for (const ring::Completion& completion : completions) complete(completion);
  expire();
}

void Wire::complete(const ring::Completion& completion) {
  if (completion.data.op == ring::Op::kWake) {
    rings_.waker().arm(rings_.first());
    return;
  }
  if (completion.data.op == ring::Op::kCancel || completion.data.op == ring::Op::kClose) return;
  Link& link = *links_[completion.data.slot];
  SDMP_CHECK(link.generation == completion.data.generation && link.phase != LinkPhase::kFree);
  switch (completion.data.op) {
    case ring::Op::kConnect:
      on_connected(link, completion.result);
      return;
    case ring::Op::kAdopt:
      on_adopted(link, completion);
      return;
    case ring::Op::kReceive:
      on_received(link, completion);
      return;
    case ring::Op::kSend:
      on_sent(link, completion.result);
      return;
    default:
      return;
  }
}

}  // namespace sdmp::load
