// A real node's shards on loopback sockets, with a small ledger of the tests' own, and peers with
// blocking sockets made of the protocol's state machines. Nothing sleeps: tests wait for octets,
// for events or for counters.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "codec/batch.h"
#include "codec/sync_message.h"
#include "engine/protocol/session.h"
#include "engine/ring/socket.h"
#include "engine/shard/shard.h"
#include "tests/engine/protocol/testing.h"
#include "tests/engine/ring/support.h"
#include "tests/engine/store/support.h"

namespace sdmp::shard::testing {

using protocol::testing::TestNode;

// Made once: the node under test, two that may be trusted, and one that never is.
const TestNode& relay();
const TestNode& friendly();
const TestNode& other();
const TestNode& stranger();

codec::UnixMillis unix_now();

// `self` trusts the nodes, all far from expiry.
protocol::TrustFacts facts(const TestNode& self, const std::vector<const TestNode*>& others);
std::shared_ptr<const protocol::TrustTable> trust(const TestNode& self,
                                                  const std::vector<const TestNode*>& others);

// Gives way to other threads until `condition` holds; false after 30 s.
bool eventually(const std::function<bool()>& condition);

// The ledger's side of LedgerPort, on a thread of its own.
class TestLedger {
 public:
  explicit TestLedger(store::Store& store) : store_(store) {}
  ~TestLedger() { stop(); }

  void attach(LedgerPort& port, std::function<void()> wake_shard);
  void start();
  void stop();
  void wake() { work_.release(); }
  // While held it takes nothing: shards run into its full mailbox.
  void hold(bool on);
  // Tells every shard, as the ledger does when trust has changed.
  void set_trust(std::shared_ptr<const protocol::TrustTable> table);
  // To the first shard.
  void tell(ToShard message);
  // From outside: appends and tells all.
  void publish(std::vector<std::string> containers);

 private:
  struct Link {
    LedgerPort* port;
    std::function<void()> wake;
  };
  void run();
  void commit();
  void append(store::Batch& batch, const ToLedger& message, Committed& answers);
  void push(Link& link, ToShard message);

  store::Store& store_;
  std::vector<Link> links_;
  std::counting_semaphore<> work_{0};
  std::mutex mutex_;  // what is below
  bool held_ = false;
  bool stopping_ = false;
  std::vector<std::string> local_;
  std::shared_ptr<const protocol::TrustTable> trust_;
  std::vector<ToShard> messages_;
  std::vector<LineSource> fresh_;
  std::thread thread_;
};

// Remembers what it was told; safe to ask from the test's thread.
class TestObserver final : public DialObserver {
 public:
  void on_established(std::uint64_t dial_id, const codec::Fingerprint& peer) override;
  void on_progress(std::uint64_t dial_id, const protocol::SyncProgress& progress) override;
  void on_ended(std::uint64_t dial_id, const protocol::Failure& failure,
                const std::string& words) override;

  // Wait until the number of events is reached, or 30 s.
  bool wait_established(std::size_t count);
  bool wait_ended(std::size_t count);
  bool wait_complete();
  protocol::Cause last_cause();
  std::string last_words();

 private:
  bool wait(const std::function<bool()>& condition);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t established_ = 0;
  std::size_t ended_ = 0;
  bool complete_ = false;
  protocol::Failure failure_;
  std::string words_;
};

struct RigOptions {
  ShardConfig config;
  int shards = 1;
  bool listen = true;
  std::uint32_t sessions_per_node_max = 64;
};

// A node: store, ledger, shards with their threads. Ends by draining.
class Rig {
 public:
  Rig(const TestNode& self, const std::vector<const TestNode*>& trusted,
      const RigOptions& options = {});
  ~Rig();

  ring::SocketAddress address() const { return ring::SocketAddress::of_socket(listeners_.at(0)); }
  std::string address_text() const { return address().text(); }
  ShardCounters counters() const;
  std::uint64_t failures(protocol::Cause cause) const {
    return counters().failures[static_cast<std::size_t>(cause)];
  }
  std::uint64_t journal_size() { return store->reader().journal_size(); }
  // Returns when every shard's run() has.
  void drain();
  void dial(Dial request) { ledger->tell(ToShard(std::move(request))); }

  store::testing::TemporaryDirectory directory;
  std::unique_ptr<store::Store> store;
  SharedReplayGuard replay{1000};
  SessionCensus census;
  TestObserver observer;
  std::vector<std::unique_ptr<LedgerPort>> ports;
  std::unique_ptr<TestLedger> ledger;
  std::vector<std::unique_ptr<Shard>> shards;

 private:
  std::vector<int> listeners_;
  std::vector<std::thread> threads_;
};

// No file can be opened while this lives. What the test needs beside the shard it opens before.
struct NoDescriptors {
  NoDescriptors();
  ~NoDescriptors();
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

  rlimit before{};
};

// The other end, on a blocking socket. Every read gives up after 30 s.
class TestPeer {
 public:
  TestPeer(const TestNode& node, const TestNode& relay);

  void connect(const ring::SocketAddress& address);
  void adopt(int fd);
  // The connection object, fresh.
  std::string object(codec::Group group = codec::Group::kX25519);
  // As initiator: true when the session stands.
  bool shake_hands(codec::Group group = codec::Group::kX25519);
  bool connect_and_shake(const ring::SocketAddress& address) {
    connect(address);
    return shake_hands();
  }
  // As responder on an adopted socket.
  bool answer_handshake();

  void write(std::string_view octets);
  // False when the other side does not take it any more.
  bool try_write(std::string_view octets);
  // Waits for the next octet and leaves it there; 0 when there is none.
  char peek();
  // Everything until the other side closes or resets.
  std::string read_to_end();
  std::string frame(const std::string& text);
  void send(const std::string& text) { write(frame(text)); }
  void send_request_for_journal(const codec::LineNumber& since);
  void push(const std::string& resource);

  // The next message's container text and first schema; nullopt at the end of the stream.
  struct Message {
    codec::Schema schema;
    std::string text;
  };
  std::optional<Message> next();
  // Skips others.
  std::optional<Message> next(codec::Schema schema);
  // Entries of the journal updates that come, until there are `count`.
  std::vector<codec::JournalEntry> journal(std::size_t count);
  int fd() const { return fd_->get(); }
  void close() { fd_.reset(); }
  // Closes with a reset, which overtakes and destroys what is on the way.
  void reset();

  const TestNode& node;
  const TestNode& relay;

 private:
  protocol::HandshakeContext context();
  std::string read_some();

  std::shared_ptr<const protocol::TrustTable> trust_;
  protocol::ReplayCache replay_{1000};
  protocol::SessionScratch scratch_{codec::FrameLimits{}};
  codec::BatchEncoder encoder_{codec::kCompressDefault};
  std::optional<ring::testing::Descriptor> fd_;
  std::optional<protocol::Initiator> initiator_;
  std::optional<protocol::Session> session_;
  codec::ByteVector input_;
};

}  // namespace sdmp::shard::testing
