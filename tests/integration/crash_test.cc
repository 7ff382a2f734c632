// SIGKILL at random moments under load: nothing that was acknowledged is lost, the chain is whole.
#include <algorithm>
#include <random>
#include <thread>

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include "tests/integration/process.h"

namespace sdmp::integration {
namespace {

constexpr int kKills = 50;
constexpr int kPostsPerRound = 40;
// A kill comes before that, counted from the start of a round, which mostly takes less.
constexpr int kLatestMs = 120;

std::uint64_t choose_seed() {
  const char* given = std::getenv("SDMP_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device{}();
  std::cout << "SDMP_TEST_SEED=" << seed << "\n";
  return seed;
}

long number_behind(const std::string& text, const std::string& key) {
  const std::size_t at = text.find("\"" + key + "\":");
  return at == std::string::npos ? 0 : std::stol(text.substr(at + key.size() + 3));
}

long lines_of(const TestHome& home, const std::string& publisher) {
  long count = 0;
  for (const auto& line : home.log())
    count += line.find("@" + publisher + "/") != std::string::npos;
  return count;
}

// The last line of the relay's journal that the node has been told of; empty when there is none.
std::string last_told(const TestHome& node, const TestHome& relay) {
  const std::string peers = node.sdmp({"log", "--peers"}).out;
  const std::size_t at = peers.find(relay.node());
  if (at == std::string::npos) return {};
  const std::string key = "  last ";
  const std::size_t begin = peers.find(key, at) + key.size();
  const std::string number = peers.substr(begin, peers.find('\n', begin) - begin);
  return number == "-" ? "" : number;
}

bool names(const std::vector<std::string>& journal, const std::string& number) {
  return std::ranges::any_of(
      journal, [&](const std::string& line) { return line.find(number) != std::string::npos; });
}

bool continues(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  return before.size() <= after.size() && std::equal(before.begin(), before.end(), after.begin());
}

TEST(Crash, FiftyKillsLoseNothingAcknowledged_P_SYN_JournalledOnlyWhenDurable) {
  std::mt19937_64 random(choose_seed());
  const TemporaryDirectory directory;
  const TestHome relay(directory, "relay");
  const TestHome alice(directory, "alice");
  relay.trust({&alice});
  alice.trust({&relay});

  long acknowledged = 0;
  int cut_short = 0;
  int told = 0;
  std::vector<std::string> before = relay.log();
  int latest_ms = kLatestMs;
  for (int round = 0; round < kKills; ++round) {
    Daemon daemon(relay);
    std::vector<std::string> posts;
    for (int i = 0; i < kPostsPerRound; ++i) {
      posts.push_back("round " + std::to_string(round) + " post " + std::to_string(i) +
                      std::string(random() % 2000, 'x'));
    }
    alice.publish_lines(posts);
    RunResult synced;
    std::thread syncing(
        [&] { synced = alice.sdmp({"sync", "--peer", daemon.address(), "--json"}); });
    // The moment itself is the test's input: anywhere from before the handshake to after the round.
    poll(nullptr, 0, static_cast<int>(random() % static_cast<unsigned>(latest_ms)));
    daemon.process().signal(SIGKILL);
    syncing.join();
    daemon.process().wait();

    const long by_this_round = number_behind(synced.out, "acknowledged");
    acknowledged += by_this_round;
    // On a slow machine a round takes longer.
    latest_ms = by_this_round > 0 ? kLatestMs : std::min(2 * latest_ms, 32 * kLatestMs);
    cut_short += synced.exit_code != 0;
    const auto verified = relay.sdmp({"verify"});
    ASSERT_EQ(verified.exit_code, 0) << "after kill " << round << ": " << verified.err;
    ASSERT_GE(lines_of(relay, alice.node()), acknowledged) << "after kill " << round;
    std::vector<std::string> after = relay.log();
    ASSERT_TRUE(continues(before, after)) << "after kill " << round;
    before = std::move(after);
    const std::string last = last_told(alice, relay);
    told += !last.empty();
    ASSERT_TRUE(last.empty() || names(before, last)) << "after kill " << round << ": " << last;
  }
  std::cout << cut_short << " of " << kKills << " rounds were cut short; " << acknowledged
            << " posts acknowledged\n";
  EXPECT_GT(cut_short, 0) << "no kill came in time";
  EXPECT_GT(acknowledged, 0) << "no kill had anything to lose";
  EXPECT_GT(told, 0) << "no kill came after a line was told";

  Daemon daemon(relay);
  const auto last = alice.sdmp({"sync", "--peer", daemon.address()});
  EXPECT_EQ(last.exit_code, 0) << last.err;
  daemon.process().signal(SIGTERM);
  EXPECT_EQ(daemon.process().wait(), 0);
  // Identity and node_information of alice came with the bundle or through her journal.
  EXPECT_GE(lines_of(relay, alice.node()), kKills * kPostsPerRound);
  EXPECT_EQ(relay.sdmp({"verify"}).exit_code, 0);
  EXPECT_EQ(alice.sdmp({"verify"}).exit_code, 0);
}

}  // namespace
}  // namespace sdmp::integration
