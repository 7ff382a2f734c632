#include <cerrno>

#include <sodium.h>
#include <sys/time.h>

#include "tests/engine/shard/support.h"

namespace sdmp::shard::testing {
namespace {

protocol::AgreementSeed random_seed() {
  protocol::AgreementSeed seed;
  randombytes_buf(seed.writable().data(), seed.size());
  return seed;
}

}  // namespace

TestPeer::TestPeer(const TestNode& own, const TestNode& other)
    : node(own), relay(other), trust_(trust(own, {&other})) {}

void TestPeer::adopt(int fd) {
  fd_.emplace(fd);
  input_.clear();
  session_.reset();
  const timeval limit{.tv_sec = 30, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

void TestPeer::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void TestPeer::connect(const ring::SocketAddress& address) {
  const int fd = ring::open_stream(address.family());
  ASSERT_EQ(::connect(fd, address.raw(), address.size()), 0) << address.text();
  ring::set_stream_options(fd);
  adopt(fd);
}

protocol::HandshakeContext TestPeer::context() {
  return {unix_now(), node.key, *trust_, replay_, scratch_.container};
}

std::string TestPeer::object(codec::Group group) {
  initiator_.emplace(group, std::vector<codec::Fingerprint>{relay.fingerprint()});
  return initiator_->start(context(), random_seed());
}

bool TestPeer::shake_hands(codec::Group group) {
  write(object(group));
  while (initiator_->state() == protocol::HandshakeState::kExpectObject) {
    const std::string octets = read_some();
    if (octets.empty()) return false;
    const std::size_t consumed = initiator_->receive(codec::as_bytes(octets), context());
    const codec::Bytes rest = codec::as_bytes(octets).subspan(consumed);
    input_.insert(input_.end(), rest.begin(), rest.end());
  }
  if (initiator_->state() != protocol::HandshakeState::kExpectCompute) return false;
  initiator_->compute(context());
  if (initiator_->state() != protocol::HandshakeState::kExpectFrames) return false;
  auto result = initiator_->take_result();
  session_.emplace(result.peer, std::move(result.keys));
  return true;
}

bool TestPeer::answer_handshake() {
  protocol::Responder responder;
  while (responder.state() == protocol::HandshakeState::kExpectObject) {
    const std::string octets = read_some();
    if (octets.empty()) return false;
    responder.receive(codec::as_bytes(octets), context());
  }
  if (responder.state() != protocol::HandshakeState::kExpectCompute) return false;
  write(responder.compute(context(), random_seed()));
  auto result = responder.take_result();
  session_.emplace(result.peer, std::move(result.keys));
  return true;
}

bool TestPeer::try_write(std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t written = ::send(fd(), octets.data(), octets.size(), MSG_NOSIGNAL);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    octets.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void TestPeer::write(std::string_view octets) {
  ASSERT_TRUE(try_write(octets));
}

std::string TestPeer::read_some() {
  std::string octets(64 * 1024, '\0');
  // The kernel's work for a ring that this thread has made and given away may interrupt a receive
  // that has a time limit.
  ssize_t got = -1;
  do {
    got = ::recv(fd(), octets.data(), octets.size(), 0);
  } while (got < 0 && errno == EINTR);
  EXPECT_FALSE(got < 0 && errno == EAGAIN) << "nothing came for 30 s";
  octets.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  if (got < 0 && errno == ECONNRESET) return {};
  return octets;
}

char TestPeer::peek() {
  char octet = 0;
  ssize_t got = -1;
  do {
    got = ::recv(fd(), &octet, 1, MSG_PEEK);
  } while (got < 0 && errno == EINTR);
  return got == 1 ? octet : '\0';
}

std::string TestPeer::read_to_end() {
  std::string all;
  for (;;) {
    const std::string octets = read_some();
    if (octets.empty()) return all;
    all += octets;
  }
}

std::string TestPeer::frame(const std::string& text) {
  codec::ByteVector out(encoder_.frame_bound(text.size()));
  codec::EncodeItem item{.key = session_->next_send_key(scratch_), .text = text, .out = out};
  encoder_.encode({&item, 1});
  EXPECT_TRUE(item.frame_bytes.has_value());
  return std::string(codec::as_text(codec::Bytes(out).first(item.frame_bytes.value())));
}

void TestPeer::send_request_for_journal(const codec::LineNumber& since) {
  const std::string_view schemas[] = {"journal_request"};
  send(codec::build_container(node.key, unix_now(), schemas,
                              codec::journal_request_body(since, std::nullopt)));
}

void TestPeer::push(const std::string& resource) {
  const std::string_view schemas[] = {"resource_response"};
  send(codec::build_container(node.key, unix_now(), schemas,
                              codec::resource_response_body(std::nullopt, std::nullopt, resource)));
}

std::optional<TestPeer::Message> TestPeer::next() {
  for (;;) {
    codec::MutableBytes stream(input_);
    auto message = session_->receive(stream, *trust_, unix_now(), scratch_);
    if (!message) {
      ADD_FAILURE() << protocol::describe(message.error());
      return std::nullopt;
    }
    if (*message) {
      Message result{(*message)->container.first_schema(), std::string((*message)->container.text)};
      input_.erase(input_.begin(), input_.end() - static_cast<std::ptrdiff_t>(stream.size()));
      return result;
    }
    const std::string octets = read_some();
    if (octets.empty()) return std::nullopt;
    const codec::Bytes bytes = codec::as_bytes(octets);
    input_.assign(bytes.begin(), bytes.end());
  }
}

std::optional<TestPeer::Message> TestPeer::next(codec::Schema schema) {
  for (;;) {
    auto message = next();
    if (!message || message->schema == schema) return message;
  }
}

std::vector<codec::JournalEntry> TestPeer::journal(std::size_t count) {
  std::vector<codec::JournalEntry> entries;
  codec::ContainerReader reader;
  while (entries.size() < count) {
    const auto message = next(codec::Schema::kJournalUpdate);
    if (!message) break;
    codec::JournalUpdate update;
    const auto container = reader.parse_copy(message->text);
    if (!container || !codec::read_journal_update(*container, update)) break;
    entries.insert(entries.end(), update.entries.begin(), update.entries.end());
  }
  return entries;
}

}  // namespace sdmp::shard::testing
