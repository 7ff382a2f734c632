// Whole nodes as users run them: homes, daemon and commands, over real sockets.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <signal.h>

#include "engine/relay/listeners.h"
#include "tests/integration/process.h"

namespace sdmp::integration {
namespace {

// The URIs among `lines` (journal lines) that `publisher` published, in journal order.
std::vector<std::string> uris_of(const TestHome& home, const std::string& publisher) {
  std::vector<std::string> uris;
  for (const auto& line : home.log()) {
    const std::size_t at = line.find("@" + publisher + "/");
    if (at != std::string::npos) uris.push_back("sdmp://" + line.substr(at + 1));
  }
  return uris;
}

bool ends_with(const std::vector<std::string>& all, const std::vector<std::string>& tail) {
  return all.size() >= tail.size() && std::equal(tail.rbegin(), tail.rend(), all.rbegin());
}

struct Parties {
  explicit Parties(const std::string& suite)
      : relay(directory, "relay", suite),
        alice(directory, "alice", suite),
        bob(directory, "bob", suite) {
    relay.trust({&alice, &bob});
    alice.trust({&relay});
    bob.trust({&relay, &alice});
  }
  TemporaryDirectory directory;
  TestHome relay;
  TestHome alice;
  TestHome bob;
};

class Suites : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(Suites, PostsTravelFromOneNodeThroughTheRelayToAnother_SYN_9) {
  const auto& [suite, listen] = GetParam();
  Parties parties(suite);
  Daemon daemon(parties.relay, listen);
  const auto uris =
      parties.alice.publish_lines({"first", "second \xc3\xa9\xe2\x82\xac", "third \"quoted\""});
  ASSERT_EQ(uris.size(), 3u);

  const auto up = parties.alice.sdmp({"sync", "--peer", daemon.address()});
  ASSERT_EQ(up.exit_code, 0) << up.err << daemon.process().log();
  const auto down = parties.bob.sdmp({"sync", "--peer", daemon.address()});
  ASSERT_EQ(down.exit_code, 0) << down.err;

  EXPECT_TRUE(ends_with(uris_of(parties.bob, parties.alice.node()), uris));
  for (const auto& uri : uris) {
    const auto sent = parties.alice.sdmp({"show", "--container", uri});
    const auto received = parties.bob.sdmp({"show", "--container", uri});
    EXPECT_EQ(received.exit_code, 0) << received.err;
    EXPECT_EQ(sent.out, received.out);
  }
  daemon.process().signal(SIGTERM);
  EXPECT_EQ(daemon.process().wait(), 0) << daemon.process().log();
  for (const auto* home : {&parties.relay, &parties.alice, &parties.bob}) {
    EXPECT_EQ(home->sdmp({"verify"}).exit_code, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(P_KEY, Suites,
                         ::testing::Values(std::pair("modern", "127.0.0.1:0"),
                                           std::pair("classic", "127.0.0.1:0"),
                                           std::pair("modern", "[::1]:0")),
                         [](const auto& suite_info) {
                           return std::string(suite_info.param.first) +
                                  (suite_info.param.second[0] == '[' ? "_IPv6" : "_IPv4");
                         });

TEST(Relay, JRN_1_JRN_5_TheJournalIsInOrderOfKnowledgeNotOfTime) {
  Parties parties("modern");
  Daemon daemon(parties.relay);
  const auto older = parties.bob.publish_lines({"written first, known last"});
  const auto newer = parties.alice.publish_lines({"written last, known first"});
  ASSERT_EQ(parties.alice.sdmp({"sync", "--peer", daemon.address()}).exit_code, 0);
  ASSERT_EQ(parties.bob.sdmp({"sync", "--peer", daemon.address()}).exit_code, 0);
  const auto log = parties.relay.log();
  const auto line_of = [&log](const std::string& uri) {
    return std::ranges::find_if(log, [&uri](const std::string& line) {
      return line.ends_with(uri.substr(std::string("sdmp://").size()));
    });
  };
  ASSERT_NE(line_of(older[0]), log.end());
  EXPECT_LT(line_of(newer[0]), line_of(older[0]));
}

TEST(Relay, DeletedAndReplacedPostsAreNotGivenOut_RES_4) {
  Parties parties("modern");
  Daemon daemon(parties.relay);
  const auto uris = parties.alice.publish_lines({"stays", "goes"});
  ASSERT_EQ(parties.alice.sdmp({"delete", uris[1]}).exit_code, 0);
  ASSERT_EQ(parties.alice.sdmp({"sync", "--peer", daemon.address()}).exit_code, 0);
  const auto synced = parties.bob.sdmp({"sync", "--peer", daemon.address()});
  EXPECT_EQ(synced.exit_code, 0) << synced.err;
  EXPECT_EQ(parties.bob.sdmp({"show", uris[0]}).exit_code, 0);
  EXPECT_EQ(parties.bob.sdmp({"show", uris[1]}).exit_code, 1);
}

// Sets `peers` in a home's node.toml.
void set_peers(const TestHome& home, const std::string& address) {
  const std::string config = home.path() + "/node.toml";
  std::ifstream in(config);
  std::string text(std::istreambuf_iterator<char>(in), {});
  const std::string none = "\npeers = []";
  const std::size_t at = text.find(none);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, none.size(), "\npeers = [\"" + address + "\"]");
  std::ofstream(config) << text;
}

// Asks again until it holds; false when it does not within the deadline.
template <class Condition>
bool eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
  }
  return true;
}

TEST(Relay, WhatIsPublishedOnARunningHomeReachesConnectedPeersAtOnce_SYN_9) {
  Parties parties("modern");
  Daemon relay(parties.relay);
  set_peers(parties.bob, relay.address());
  Daemon bob(parties.bob);
  set_peers(parties.alice, relay.address());
  Daemon alice(parties.alice);
  const auto uris = parties.alice.publish_lines({"while all three run"});
  EXPECT_TRUE(eventually([&] { return parties.bob.sdmp({"show", uris[0]}).exit_code == 0; }))
      << bob.process().log();
}

TEST(Relay, RelaysChainThroughConfiguredPeers) {
  TemporaryDirectory directory;
  TestHome first(directory, "first");
  TestHome second(directory, "second");
  TestHome reader(directory, "reader");
  first.trust({&second, &reader});
  second.trust({&first});
  reader.trust({&first, &second});

  Daemon upstream(second);
  set_peers(first, upstream.address());
  Daemon middle(first);
  const auto uris = second.publish_lines({"from afar"});
  ASSERT_EQ(uris.size(), 1u);
  EXPECT_TRUE(eventually([&] { return first.sdmp({"show", uris[0]}).exit_code == 0; }))
      << middle.process().log();
  const auto synced = reader.sdmp({"sync", "--peer", middle.address()});
  EXPECT_EQ(synced.exit_code, 0) << synced.err << middle.process().log();
  EXPECT_EQ(reader.sdmp({"show", uris[0]}).exit_code, 0);
}

TEST(Relay, TrustTakesEffectWhileTheDaemonRuns_P_TRUST) {
  TemporaryDirectory directory;
  TestHome relay(directory, "relay");
  TestHome alice(directory, "alice");
  alice.trust({&relay});
  Daemon daemon(relay);
  const auto stranger = alice.sdmp({"sync", "--peer", daemon.address(), "--timeout", "5"});
  EXPECT_EQ(stranger.exit_code, 1);
  EXPECT_NE(stranger.err.find("refused"), std::string::npos) << stranger.err;

  relay.trust({&alice});
  const auto uris = alice.publish_lines({"welcome"});
  const auto friendly = alice.sdmp({"sync", "--peer", daemon.address()});
  EXPECT_EQ(friendly.exit_code, 0) << friendly.err;
  EXPECT_EQ(relay.sdmp({"show", uris[0]}).exit_code, 0);

  EXPECT_EQ(relay.sdmp({"trust", "remove", alice.user()}).exit_code, 0);
  const auto again = alice.sdmp({"sync", "--peer", daemon.address(), "--timeout", "5"});
  EXPECT_EQ(again.exit_code, 1);
}

TEST(Relay, ASecondDaemonOnOneHomeIsRefused) {
  TemporaryDirectory directory;
  TestHome relay(directory, "relay");
  Daemon daemon(relay);
  const auto second = run("sdmpd", {"--home", relay.path(), "--listen", "127.0.0.1:0"});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_NE(second.err.find(std::to_string(daemon.process().pid())), std::string::npos)
      << second.err;
}

TEST(Relay, TheDaemonUsesIoUringAndNoEpoll) {
  TemporaryDirectory directory;
  TestHome relay(directory, "relay");
  Daemon daemon(relay, "127.0.0.1:0", {"--shards", "2"});
  int rings = 0;
  for (const auto& entry : std::filesystem::directory_iterator(
           "/proc/" + std::to_string(daemon.process().pid()) + "/fd")) {
    std::error_code error;
    const std::string target = std::filesystem::read_symlink(entry.path(), error).string();
    rings += target.find("io_uring") != std::string::npos;
    EXPECT_EQ(target.find("eventpoll"), std::string::npos);
  }
  EXPECT_EQ(rings, 2);
  daemon.process().signal(SIGINT);
  EXPECT_EQ(daemon.process().wait(), 0);
}

// The test listens in the place of a kernel that has not yet ended a killed process's ring.
TEST(Relay, TheNextDaemonWaitsForAKilledOnesPort) {
  TemporaryDirectory directory;
  TestHome relay(directory, "relay");
  std::string address;
  {
    Daemon killed(relay);
    address = killed.address();
    killed.process().signal(SIGKILL);
    killed.process().wait();
  }
  const std::vector<relay::Address> port = {*relay::parse_address(address)};
  auto kernel = relay::open_listeners(port, 1, std::chrono::minutes(1));
  ASSERT_TRUE(kernel) << kernel.error();
  const std::vector<std::string> arguments = {"--home", relay.path(), "--listen", address};
  Process next("sdmpd", arguments);
  EXPECT_TRUE(next.wait_for_line(address + " is still in use")) << next.log();
  kernel->fds.clear();
  EXPECT_TRUE(next.wait_for_line("sdmpd: ready")) << next.log();
  next.signal(SIGTERM);
  ASSERT_EQ(next.wait(), 0);

  kernel = relay::open_listeners(port, 1);
  ASSERT_TRUE(kernel) << kernel.error();
  const auto refused = run("sdmpd", arguments);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_EQ(refused.err.find("still in use"), std::string::npos) << "none was killed";
}

TEST(Relay, ARestartedDaemonServesWhatItHad) {
  Parties parties("modern");
  std::vector<std::string> uris;
  {
    Daemon daemon(parties.relay);
    uris = parties.alice.publish_lines({"kept"});
    ASSERT_EQ(parties.alice.sdmp({"sync", "--peer", daemon.address()}).exit_code, 0);
    daemon.process().signal(SIGTERM);
    ASSERT_EQ(daemon.process().wait(), 0);
  }
  Daemon daemon(parties.relay);
  ASSERT_EQ(parties.bob.sdmp({"sync", "--peer", daemon.address()}).exit_code, 0);
  EXPECT_EQ(parties.bob.sdmp({"show", "--content", uris[0]}).out, "kept");
}

}  // namespace
}  // namespace sdmp::integration
