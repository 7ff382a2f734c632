#include "engine/relay/control_dial.h"

#include "tests/engine/relay/node_fixture.h"

namespace sdmp::relay {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ControlDialTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const Home a = *Home::create(directory_ / "a", testing::local_options());
    const Home b = *Home::create(directory_ / "b", testing::local_options());
    testing::trust(a, b);
    testing::trust(b, a);
    a_ = testing::start_node(directory_ / "a", testing::node_config());
    b_ = testing::start_node(directory_ / "b", testing::node_config());
  }
  // Every answer line to a request to b's socket.
  std::vector<std::string> ask(const std::string& request, std::size_t lines_max = 1000) {
    auto client = ControlClient::connect(b_->home().control_socket());
    EXPECT_TRUE(client && *client);
    std::vector<std::string> lines;
    EXPECT_TRUE((*client)->request(request, [&](std::string_view line) {
      lines.emplace_back(line);
      return lines.size() < lines_max;
    }));
    return lines;
  }
  std::string dial_request(const std::string& more) {
    return R"({"command":"dial","peer":")" + a_->listening()[0].text() + "\"" + more + "}";
  }

  testing::TemporaryDirectory directory_;
  std::unique_ptr<Node> a_;
  std::unique_ptr<Node> b_;
};

TEST_F(ControlDialTest, ARoundEndsWithItsFigures) {
  const auto post = testing::publish(*a_, "news");
  const auto lines = ask(dial_request(R"(,"watch":false)"));
  ASSERT_GE(lines.size(), 2u);
  EXPECT_THAT(lines.front(), StartsWith(R"({"event":"established","node":")"));
  EXPECT_THAT(lines.front(), HasSubstr(a_->home().node().text()));
  EXPECT_THAT(lines.back(), StartsWith(R"({"ok":true,"received":)"));
  EXPECT_THAT(lines.back(), HasSubstr(R"("complete":true)"));
  EXPECT_TRUE(testing::holds(*b_, post));
}

TEST_F(ControlDialTest, RoundsGiveTheirSessionsBack) {
  const std::uint32_t many = 2 * testing::node_config().sessions_per_node_max;
  for (std::uint32_t i = 0; i < many; ++i) {
    const auto lines = ask(dial_request(""));
    ASSERT_THAT(lines.back(), StartsWith(R"({"ok":true)")) << "round " << i;
  }
}

TEST_F(ControlDialTest, NobodyThereIsAnError) {
  const std::string address = a_->listening()[0].text();
  a_.reset();
  const auto lines = ask(R"({"command":"dial","peer":")" + address + "\"}");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], StartsWith(R"({"ok":false,"error":"no session with )" + address));
}

TEST_F(ControlDialTest, ATimeoutThatIsNoneIsRefused) {
  for (const char* timeout : {"0", "-1", "1.5", "3600001", "\"2\""}) {
    const auto lines = ask(dial_request(std::string(R"(,"timeout_ms":)") + timeout));
    ASSERT_EQ(lines.size(), 1u) << timeout;
    EXPECT_THAT(lines[0], StartsWith(R"({"ok":false,"error":"\"timeout_ms\" is)"));
  }
}

// Past bug: a forked journal was an "ok".
TEST_F(ControlDialTest, OnlyACompleteRoundIsOk) {
  SyncRound round;
  EXPECT_EQ(round_answer(round, "[::1]:1", 2'000),
            R"({"ok":false,"error":"no session with [::1]:1: no answer within 2 s"})");
  round.peer = a_->home().node();
  round.progress.forked = true;
  const std::string forked = round_answer(round, "[::1]:1", 2'000);
  EXPECT_THAT(forked, StartsWith(R"({"ok":false,"error":"the peer's journal contradicts)"));
  EXPECT_THAT(forked, HasSubstr(R"("forked":true,"complete":false})"));
}

TEST_F(ControlDialTest, AWatchedSessionEndsWithItsClient) {
  const auto lines = ask(dial_request(R"(,"watch":true)"), 1);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], StartsWith(R"({"event":"established")"));
}

}  // namespace
}  // namespace sdmp::relay
