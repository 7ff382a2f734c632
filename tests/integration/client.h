// A node in a test: blocking sockets around protocol::Initiator and protocol::Session, so that a
// test decides message by message what a peer of the relay does.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "codec/sync_message.h"
#include "engine/protocol/session.h"
#include "tests/engine/protocol/testing.h"

namespace sdmp::integration {

// A trust table of a test node that trusts whatever the relay's exported bundle says.
std::shared_ptr<const protocol::TrustTable> trust_relay(const protocol::testing::TestNode& self,
                                                        const std::string& relay_bundle);

class Client {
 public:
  // Connects and shakes hands; check established().
  Client(const protocol::testing::TestNode& self, std::shared_ptr<const protocol::TrustTable> trust,
         const std::string& address, const codec::Fingerprint& relay);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool established() const { return session_.has_value(); }
  // Signs and sends one message.
  void send(std::string_view schema, const std::string& body);
  void push(const std::string& resource);
  // The next verified message's payload text and first schema; nullopt at end of stream or when
  // nothing comes before the deadline.
  struct Received {
    codec::Schema schema;
    std::string text;  // the container
  };
  std::optional<Received> receive(std::chrono::seconds deadline = std::chrono::seconds(20));

 private:
  bool fill(std::chrono::steady_clock::time_point end);

  const protocol::testing::TestNode& self_;
  std::shared_ptr<const protocol::TrustTable> trust_;
  int fd_ = -1;
  std::optional<protocol::Session> session_;
  std::unique_ptr<protocol::SessionScratch> scratch_;
  codec::ByteVector buffer_;
  codec::MutableBytes unread_;
};

}  // namespace sdmp::integration
