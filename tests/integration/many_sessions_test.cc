// Two shards, 1,000 sessions at once of 100 nodes that each publish ten posts: one subscriber gets
// each exactly once, and the relay's memory is bounded and comes back.
#include <fstream>
#include <map>

#include <gtest/gtest.h>

#include "codec/resource.h"
#include "engine/relay/descriptor_limit.h"
#include "tests/integration/client.h"
#include "tests/integration/process.h"

namespace sdmp::integration {
namespace {

using protocol::testing::TestNode;

constexpr int kNodes = 100;
constexpr int kSessionsPerNode = 10;
constexpr std::size_t kPosts = kNodes * kSessionsPerNode;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryIsOurs = false;  // a sanitizer's shadow and quarantine count too
#else
constexpr bool kMemoryIsOurs = true;
#endif

std::size_t resident_kib(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  }
  return 0;
}

// Follows the relay like an end node: counts what is delivered, asks for what was only announced.
class Subscriber {
 public:
  explicit Subscriber(Client& client, const codec::Fingerprint& relay)
      : client_(client), relay_(relay) {
    client_.send("journal_request",
                 codec::journal_request_body(codec::since_beginning(relay), std::nullopt));
  }

  // Until every post of `expected` has been delivered or nothing comes any more.
  void follow(const std::map<codec::Identifier, int>& expected) {
    std::size_t seen = 0;
    while (seen < expected.size()) {
      const auto message = client_.receive();
      if (!message) return;
      const auto container = reader_.parse_copy(message->text);
      ASSERT_TRUE(container);
      if (message->schema == codec::Schema::kResourceResponse) {
        const auto response = codec::read_resource_response(*container);
        ASSERT_TRUE(response && response->content);
        const auto content = content_.parse_copy(response->content->raw());
        ASSERT_TRUE(content);
        const auto identifier = content->identifier();
        if (++delivered_[identifier] == 1 && expected.contains(identifier)) ++seen;
      } else if (message->schema == codec::Schema::kJournalUpdate) {
        ASSERT_TRUE(codec::read_journal_update(*container, update_));
        for (const auto& entry : update_.entries) ask(entry);
        if (update_.entries.size() > 0 && update_.entries.size() % 1024 == 0) {
          client_.send("journal_request",
                       codec::journal_request_body(update_.entries.back().number, std::nullopt));
        }
      }
    }
  }

  int delivered(const codec::Identifier& identifier) const {
    const auto found = delivered_.find(identifier);
    return found == delivered_.end() ? 0 : found->second;
  }

 private:
  void ask(const codec::JournalEntry& entry) {
    if (delivered_.contains(entry.resource) || !asked_.insert(entry.resource).second) return;
    client_.send("resource_request", codec::resource_request_body(std::to_string(asked_.size()),
                                                                  entry.publisher, entry.resource));
  }

  Client& client_;
  codec::Fingerprint relay_;
  codec::ContainerReader reader_;
  codec::ContainerReader content_;
  codec::JournalUpdate update_;
  std::set<codec::Identifier> asked_;
  std::map<codec::Identifier, int> delivered_;
};

using Clients = std::vector<std::unique_ptr<Client>>;

Clients open_sessions(const std::vector<std::unique_ptr<TestNode>>& nodes,
                      const std::string& relay_bundle, const std::string& address,
                      const codec::Fingerprint& relay) {
  Clients sessions;
  for (const auto& node : nodes) {
    const auto trust = trust_relay(*node, relay_bundle);
    for (int i = 0; i < kSessionsPerNode; ++i) {
      sessions.push_back(std::make_unique<Client>(*node, trust, address, relay));
      EXPECT_TRUE(sessions.back()->established());
    }
  }
  return sessions;
}

// A session that was closed is only gone when the relay says so.
void wait_for_the_last_session(const TestHome& relay) {
  const auto sessions_now = [&] {
    const std::string text = relay.sdmp({"status", "--prometheus"}).out;
    const std::size_t at = text.find("\nsdmp_sessions ");
    return at == std::string::npos ? -1 : std::stoi(text.substr(at + 15));
  };
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  int left = sessions_now();
  while (left != 1 && std::chrono::steady_clock::now() < end) left = sessions_now();
  EXPECT_EQ(left, 1);
}

TEST(ManySessions, AThousandSessionsOnTwoShardsDeliverEachPostExactlyOnce) {
  relay::raise_descriptor_limit();
  const TemporaryDirectory directory;
  const TestHome relay(directory, "relay");
  std::vector<std::unique_ptr<TestNode>> nodes;
  std::string bundle;
  for (int i = 0; i < kNodes; ++i) {
    nodes.push_back(std::make_unique<TestNode>(1'000 + i));
    bundle += bundle_of(*nodes.back());
  }
  const TestNode subscriber_node(5'000);
  bundle += bundle_of(subscriber_node);
  const auto added = relay.sdmp({"trust", "add", "-"}, bundle);
  ASSERT_EQ(added.exit_code, 0) << added.err;

  Daemon daemon(relay, "127.0.0.1:0", {"--shards", "2"});
  const auto relay_node = *codec::Fingerprint::parse(relay.node());
  const std::string relay_bundle = relay.sdmp({"export"}).out;
  Client subscriber_client(subscriber_node, trust_relay(subscriber_node, relay_bundle),
                           daemon.address(), relay_node);
  ASSERT_TRUE(subscriber_client.established());
  const std::size_t base_kib = resident_kib(daemon.process().pid());

  std::map<codec::Identifier, int> expected;
  std::size_t peak_kib = 0;
  Subscriber subscriber(subscriber_client, relay_node);
  {
    const Clients sessions = open_sessions(nodes, relay_bundle, daemon.address(), relay_node);
    codec::ContainerReader reader;
    for (std::size_t i = 0; i < sessions.size(); ++i) {
      const auto& node = *nodes[i / kSessionsPerNode];
      const std::string post = node.post("post " + std::to_string(i) + std::string(300, 'x'));
      expected[reader.parse_copy(post)->identifier()] = 0;
      sessions[i]->push(post);
    }
    ASSERT_EQ(expected.size(), kPosts);
    subscriber.follow(expected);
    peak_kib = resident_kib(daemon.process().pid());
  }
  for (const auto& [identifier, unused] : expected) {
    ASSERT_EQ(subscriber.delivered(identifier), 1);
  }
  wait_for_the_last_session(relay);
  const std::size_t after_kib = resident_kib(daemon.process().pid());
  open_sessions(nodes, relay_bundle, daemon.address(), relay_node).clear();
  wait_for_the_last_session(relay);
  if (kMemoryIsOurs) {
    // 1,000 readers that do not read: one send batch each and no more.
    EXPECT_LT(peak_kib, base_kib + 320 * 1024);
    EXPECT_LT(after_kib, base_kib + 48 * 1024);
    // What stays is there once: another thousand sessions leave nothing of their own.
    EXPECT_LT(resident_kib(daemon.process().pid()), after_kib + 4 * 1024);
  }
  daemon.process().signal(SIGTERM);
  EXPECT_EQ(daemon.process().wait(), 0) << daemon.process().log();
  EXPECT_EQ(relay.sdmp({"verify"}).exit_code, 0);
}

}  // namespace
}  // namespace sdmp::integration
