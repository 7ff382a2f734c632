#include "engine/load/wire.h"

#include <cstdio>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/engine/load/test_run.h"

namespace sdmp::load {
namespace {

using testing::errors;
using testing::Misconduct;
using Greeting = Misconduct::Greeting;

TEST(Wire, NoMoreConnectionsThanAllowedAreOnTheWay) {
  Misconduct misconduct;
  misconduct.greeting = Greeting::kSilent;
  const TestIdentities identities = testing::test_identities(1);
  testing::TestServer server(identities, misconduct);
  server.start();
  Plan plan;
  plan.server = server.address();
  plan.idle = 20;
  plan.connecting_max = 3;
  plan.timeout_ns = 100'000'000;
  RunOptions options = testing::patient("sessions");
  options.open_timeout_ns = 250'000'000;
  const Report report =
      testing::carry_out(plan, options, server.identity(), identities, [](auto&) {});
  // Three at a time for as long as the timeout: the third three is on the way at the end.
  EXPECT_GE(errors(report, ErrorKind::kTimeout), 3u);
  EXPECT_EQ(errors(report, ErrorKind::kTimeout) % 3, 0u);
  EXPECT_LE(errors(report, ErrorKind::kTimeout), 12u);
  ASSERT_FALSE(report.shortfalls.empty());
  EXPECT_NE(report.shortfalls[0].find("not all open in time"), std::string::npos);
}

// What a test does with one link.
class Talker final : public Behaviour {
 public:
  explicit Talker(bool raw) : raw_(raw) {}
  bool raw() const override { return raw_; }
  void on_open(Link& link) override {
    slot = link.slot;
    generation = link.generation;
    ++opened;
  }
  void on_message(Link&, const Arrived&) override { ++messages; }
  void on_bytes(Link&, codec::Bytes bytes) override { answer += codec::as_text(bytes); }
  void on_end(Link&, ErrorKind why) override { ended = why; }

  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  int opened = 0;
  int messages = 0;
  std::string answer;
  std::optional<ErrorKind> ended;

 private:
  bool raw_;
};

class WireTest : public ::testing::Test {
 protected:
  WireTest() {
    server.start();
    plan.server = server.address();
    wire = Wire::create(plan, server.identity(), inbox, stats).value();
    wire->enable();
  }
  ~WireTest() override {
    wire->close_all();
    turn_until([this] { return wire->idle(); });
  }
  template <class Condition>
  bool turn_until(Condition condition) {
    const std::int64_t end_ns = Clock::read().ns + 10'000'000'000;
    while (!condition() && Clock::read().ns < end_ns) wire->turn(Clock::read().ns + 10'000'000);
    return condition();
  }
  Link* link_of(const Talker& talker) { return wire->find(talker.slot, talker.generation); }

  TestIdentities identities = testing::test_identities(1);
  testing::TestServer server{identities};
  Publications publications{"run", 0};
  Plan plan;
  Stats stats;
  Inbox inbox{server.identity(), identities, publications, SignatureCheck::kAll};
  std::unique_ptr<Wire> wire;
};

TEST_F(WireTest, ALinkIsFoundUntilItIsClosedAndItsSlotComesAgain) {
  Talker talker(false);
  wire->open(talker, 0, identities.nodes()[0], kWhenPossible);
  EXPECT_EQ(wire->opening(), 1u);
  ASSERT_TRUE(turn_until([&] { return talker.opened == 1; }));
  EXPECT_EQ(wire->sessions(), 1u);
  EXPECT_EQ(wire->opening(), 0u);
  ASSERT_TRUE(turn_until([&] { return talker.messages == 1; }));
  const auto [slot, generation] = std::pair(talker.slot, talker.generation);
  ASSERT_NE(link_of(talker), nullptr);
  wire->close(*link_of(talker));
  EXPECT_EQ(wire->find(slot, generation), nullptr);
  EXPECT_EQ(wire->sessions(), 0u);
  ASSERT_TRUE(turn_until([&] { return wire->idle(); }));
  EXPECT_FALSE(talker.ended) << "it was this side that closed";
  wire->open(talker, 0, identities.nodes()[0], kWhenPossible);
  ASSERT_TRUE(turn_until([&] { return talker.opened == 2; }));
  EXPECT_EQ(talker.slot, slot);
  EXPECT_NE(talker.generation, generation);
}

// In /proc/net/tcp a keep-alive timer is "02" before the colon of the sixth field.
TEST_F(WireTest, ALinkSendsNoProbesOfItsOwn) {
  Talker talker(false);
  wire->open(talker, 0, identities.nodes()[0], kWhenPossible);
  ASSERT_TRUE(turn_until([&] { return talker.messages == 1; }));
  std::ifstream table("/proc/net/tcp");
  char peer[16];
  std::snprintf(peer, sizeof peer, "0100007F:%04X", server.address().port());
  int found = 0;
  for (std::string line; std::getline(table, line);) {
    std::istringstream fields(line);
    std::string number, local, remote, state, queues, timer;
    fields >> number >> local >> remote >> state >> queues >> timer;
    if (remote != peer || state != "01") continue;
    ++found;
    EXPECT_NE(timer.substr(0, 2), "02") << line;
  }
  EXPECT_EQ(found, 1);
}

TEST_F(WireTest, ALinkReservesNothingOnceEverythingIsSent) {
  Talker talker(false);
  wire->open(talker, 0, identities.nodes()[0], kWhenPossible);
  ASSERT_TRUE(turn_until([&] { return talker.opened == 1; }));
  ASSERT_TRUE(
      wire->send(*link_of(talker), codec::Schema::kJournalRequest,
                 codec::journal_request_body(codec::since_beginning(server.identity().node), 0)));
  EXPECT_GT(link_of(talker)->output.capacity(), 0u);
  ASSERT_TRUE(turn_until([&] {
    return link_of(talker)->output.capacity() + link_of(talker)->sending.capacity() == 0;
  }));
}

TEST_F(WireTest, ARawLinkSaysAndHearsWhatItWants) {
  Talker talker(true);
  wire->open(talker, 0, identities.nodes()[0], kWhenPossible);
  ASSERT_TRUE(turn_until([&] { return talker.opened == 1; }));
  wire->send_raw(*link_of(talker), codec::as_bytes("GET / HTTP/1.1\r\n\r\n"));
  ASSERT_TRUE(turn_until([&] { return talker.ended.has_value(); }));
  EXPECT_EQ(talker.answer, "nope");
  EXPECT_EQ(talker.ended, ErrorKind::kClosed);
  EXPECT_EQ(stats.bytes_in, 4u);
  EXPECT_EQ(stats.bytes_out, 18u);
}

TEST_F(WireTest, AForgedFrameIsTheEndOfTheSessionAtAnHonestServer) {
  Talker talker(false);
  wire->open(talker, 0, identities.nodes()[0], kWhenPossible);
  ASSERT_TRUE(turn_until([&] { return talker.messages == 1; }));
  wire->send_forged(*link_of(talker), codec::Schema::kJournalRequest,
                    codec::journal_request_body(codec::since_beginning(server.identity().node), 0));
  ASSERT_TRUE(turn_until([&] { return talker.ended.has_value(); }));
  EXPECT_EQ(talker.messages, 1);
}

TEST_F(WireTest, AReaderThatStopsReadingHearsNothingMore) {
  Talker deaf(false);
  Talker other(false);
  wire->open(deaf, 0, identities.nodes()[0], kWhenPossible);
  wire->open(other, 0, identities.nodes()[0], kWhenPossible);
  ASSERT_TRUE(turn_until([&] { return deaf.messages == 1 && other.messages == 1; }));
  const auto ask = [&](Talker& talker) {
    wire->send(*link_of(talker), codec::Schema::kJournalRequest,
               codec::journal_request_body(codec::since_beginning(server.identity().node), 0));
  };
  wire->stop_reading(*link_of(deaf));
  ask(deaf);
  ask(other);
  ASSERT_TRUE(turn_until([&] { return other.messages == 2; }));
  ask(other);
  ASSERT_TRUE(turn_until([&] { return other.messages == 3; }));
  EXPECT_EQ(deaf.messages, 1);
  EXPECT_NE(link_of(deaf), nullptr);
}

TEST_F(WireTest, AMessageThatNoFrameHoldsIsNotSent) {
  Talker talker(false);
  wire->open(talker, 0, identities.nodes()[0], kWhenPossible);
  ASSERT_TRUE(turn_until([&] { return talker.messages == 1; }));
  EXPECT_FALSE(wire->send(*link_of(talker), codec::Schema::kResourceResponse,
                          "\"x\":\"" + std::string(8 << 20, 'x') + "\""));
  wire->send(*link_of(talker), codec::Schema::kJournalRequest,
             codec::journal_request_body(codec::since_beginning(server.identity().node), 0));
  EXPECT_TRUE(turn_until([&] { return talker.messages == 2; }));
}

}  // namespace
}  // namespace sdmp::load
