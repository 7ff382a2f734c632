#include "tests/integration/client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "codec/batch.h"
#include "engine/relay/clock.h"

namespace sdmp::integration {
namespace {

using protocol::testing::TestNode;

int connect_to(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    ADD_FAILURE() << "connect to " << address << ": " << strerror(errno);
  }
  return fd;
}

void send_all(int fd, codec::Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

protocol::AgreementSeed random_seed() {
  static std::uint64_t counter = 0;
  return protocol::testing::make_seed(++counter + 1'000'000);
}

}  // namespace

std::shared_ptr<const protocol::TrustTable> trust_relay(const TestNode& self,
                                                        const std::string& relay_bundle) {
  protocol::TrustFacts facts = protocol::testing::trust_facts(self, {});
  codec::ContainerReader reader;
  std::size_t at = 0;
  while (at < relay_bundle.size()) {
    const std::size_t end = std::min(relay_bundle.find('\n', at), relay_bundle.size());
    const auto container = reader.parse_copy(std::string_view(relay_bundle).substr(at, end - at));
    at = end + 1;
    if (!container) continue;
    if (const auto identity = codec::read_identity(*container)) {
      facts.identities.push_back(
          {container->publisher, identity->type, identity->expires, identity->spki});
      if (identity->type == codec::IdentityType::kUser) {
        facts.relationships.push_back(
            {self.user.fingerprint(), codec::RelationshipType::kConnection, container->publisher});
      }
    } else if (const auto relationship = codec::read_relationship(*container)) {
      facts.relationships.push_back(
          {container->publisher, relationship->type, relationship->identity});
    }
  }
  return protocol::TrustTable::compute(facts);
}

Client::Client(const TestNode& self, std::shared_ptr<const protocol::TrustTable> trust,
               const std::string& address, const codec::Fingerprint& relay)
    : self_(self),
      trust_(std::move(trust)),
      fd_(connect_to(address)),
      scratch_(std::make_unique<protocol::SessionScratch>(codec::FrameLimits{})),
      buffer_(256 * 1024) {
  protocol::ReplayCache replay(16);
  codec::ContainerReader reader;
  const auto context = [&] {
    return protocol::HandshakeContext{relay::unix_now(), self_.key, *trust_, replay, reader};
  };
  protocol::Initiator initiator(codec::Group::kX25519, {relay});
  const std::string hello = initiator.start(context(), random_seed());
  send_all(fd_, codec::as_bytes(hello));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (initiator.state() == protocol::HandshakeState::kExpectObject && fill(end)) {
    unread_ = unread_.subspan(initiator.receive(unread_, context()));
  }
  if (initiator.state() == protocol::HandshakeState::kExpectCompute) initiator.compute(context());
  if (initiator.state() != protocol::HandshakeState::kExpectFrames) {
    ADD_FAILURE() << "handshake: " << protocol::describe(initiator.failure());
    return;
  }
  auto result = initiator.take_result();
  session_.emplace(result.peer, std::move(result.keys));
}

Client::~Client() {
  if (fd_ >= 0) close(fd_);
}

bool Client::fill(std::chrono::steady_clock::time_point end) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
  pollfd fd{fd_, POLLIN, 0};
  if (left.count() <= 0 || poll(&fd, 1, static_cast<int>(left.count())) <= 0) return false;
  const ssize_t n = recv(fd_, buffer_.data(), buffer_.size(), 0);
  if (n <= 0) return false;
  unread_ = codec::MutableBytes(buffer_.data(), static_cast<std::size_t>(n));
  return true;
}

void Client::send(std::string_view schema, const std::string& body) {
  const std::string_view schemas[] = {schema};
  const std::string text = codec::build_container(self_.key, relay::unix_now(), schemas, body);
  codec::BatchEncoder encoder(codec::kCompressDefault);
  codec::ByteVector frame(encoder.frame_bound(text.size()));
  codec::EncodeItem item{.key = session_->next_send_key(*scratch_), .text = text, .out = frame};
  encoder.encode({&item, 1});
  ASSERT_TRUE(item.frame_bytes);
  send_all(fd_, codec::Bytes(frame.data(), *item.frame_bytes));
}

void Client::push(const std::string& resource) {
  send("resource_response", codec::resource_response_body(std::nullopt, std::nullopt, resource));
}

std::optional<Client::Received> Client::receive(std::chrono::seconds deadline) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (true) {
    const auto message = session_->receive(unread_, *trust_, relay::unix_now(), *scratch_);
    if (!message) {
      ADD_FAILURE() << "session: " << protocol::describe(message.error());
      return std::nullopt;
    }
    if (*message) {
      return Received{(*message)->container.first_schema(),
                      std::string((*message)->container.text)};
    }
    if (!fill(end)) return std::nullopt;
  }
}

}  // namespace sdmp::integration
