#include "engine/relay/control_commands.h"

#include "tests/engine/relay/node_fixture.h"

namespace sdmp::relay {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ControlCommandsTest : public ::testing::Test {
 protected:
  std::string ask(const std::string& request) {
    std::string answer;
    ControlCommands commands(
        *node_,
        [&](std::string_view line) {
          answer = line;
          return true;
        },
        -1, -1);
    EXPECT_TRUE(commands.handle(request));
    return answer;
  }
  static std::string append_request(const std::vector<std::string>& containers) {
    std::string request = R"({"command":"append","containers":[)";
    for (const auto& container : containers) {
      if (request.back() != '[') request += ',';
      codec::json::append_string(container, request);
    }
    return request + "]}";
  }

  testing::TemporaryDirectory directory_;
  Home home_ = *Home::create(directory_ / "home", testing::local_options());
  std::unique_ptr<Node> node_ = testing::start_node(directory_ / "home", testing::node_config(),
                                                    {.listen = false, .control_socket = false});
};

TEST_F(ControlCommandsTest, AppendAnswersWithAnOutcomeEach) {
  const std::string post = testing::post_by(home_, "hello");
  EXPECT_EQ(ask(append_request({post, post})),
            R"({"ok":true,"outcomes":["journalled","duplicate"]})");
  EXPECT_EQ(node_->store().reader().journal_size(), 5u);
}

// The client has verified what it sends, and is not believed.
TEST_F(ControlCommandsTest, AppendVerifiesAgainAndWritesNothingOnAFault) {
  std::string forged = testing::post_by(home_, "hello");
  const std::size_t at = forged.rfind("\"signature\":\"") + 13;
  forged[at] = forged[at] == 'A' ? 'B' : 'A';
  EXPECT_THAT(ask(append_request({testing::post_by(home_, "good"), forged})),
              StartsWith(R"({"ok":false,"error":"the request line 2: )"));
  EXPECT_EQ(node_->store().reader().journal_size(), 4u);
}

TEST_F(ControlCommandsTest, MetricsAreText) {
  EXPECT_THAT(ask(R"({"command":"metrics"})"),
              StartsWith(R"({"ok":true,"text":"# HELP sdmp_uptime_seconds )"));
}

TEST_F(ControlCommandsTest, APeerCanBeReset) {
  const std::string node = codec::Fingerprint{}.text();
  EXPECT_EQ(ask(R"({"command":"reset_peer","node":")" + node + "\"}"), R"({"ok":true})");
}

TEST_F(ControlCommandsTest, WhatIsWrongIsSaid) {
  const struct {
    const char* request;
    const char* error;
  } cases[] = {
      {"", "no JSON"},
      {"words", "no JSON"},
      {"[]", "no \\\"command\\\""},
      {R"({"command":3})", "no \\\"command\\\""},
      {R"({"command":"dance"})", "there is no command \\\"dance\\\""},
      {R"({"command":"append"})", "containers"},
      {R"({"command":"append","containers":[1]})", "strings only"},
      {R"({"command":"append","containers":[]})", "holds no container"},
      {R"({"command":"dial"})", "needs \\\"peer\\\""},
      {R"({"command":"dial","peer":"x"})", "is no address"},
      {R"({"command":"dial","peer":"127.0.0.1:1"})", "no node is trusted yet"},
      {R"({"command":"reset_peer"})", "fingerprint"},
      {R"({"command":"reset_peer","node":"x"})", "fingerprint"},
  };
  for (const auto& test : cases) {
    const std::string answer = ask(test.request);
    EXPECT_THAT(answer, StartsWith(R"({"ok":false,"error":")")) << test.request;
    EXPECT_THAT(answer, HasSubstr(test.error)) << test.request;
  }
}

}  // namespace
}  // namespace sdmp::relay
