#include <thread>

#include <sys/eventfd.h>
#include <sys/socket.h>

#include "engine/relay/control_socket.h"
#include "tests/engine/relay/fixture.h"

namespace sdmp::relay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A socket whose other end the test plays.
class ControlClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    listener_.reset(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto address = *socket_address(path_);
    ASSERT_EQ(bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
              0);
    ASSERT_EQ(listen(listener_.get(), 1), 0);
  }
  // Answers one request with `lines`, then hangs up.
  std::thread answering(std::vector<std::string> lines) {
    return std::thread([this, lines = std::move(lines)] {
      const UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      LineReader reader(fd.get(), -1, 1000);
      reader.next(request_);
      for (const auto& line : lines) write_line(fd.get(), line);
    });
  }

  testing::TemporaryDirectory directory_;
  std::filesystem::path path_ = directory_ / "control.sock";
  UniqueFd listener_;
  std::string request_;
};

TEST_F(ControlClientTest, GivesEveryLineUpToTheLastAnswer) {
  auto client = ControlClient::connect(path_);
  ASSERT_TRUE(client && *client);
  std::thread server = answering({R"({"event":"x"})", R"({"ok":true})", "not this"});
  std::vector<std::string> lines;
  const auto done = (*client)->request("please", [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  });
  server.join();
  EXPECT_TRUE(done) << done.error();
  EXPECT_EQ(request_, "please");
  EXPECT_THAT(lines, ElementsAre(R"({"event":"x"})", R"({"ok":true})"));
}

TEST_F(ControlClientTest, AnAnswerCutOffIsAnError) {
  auto client = ControlClient::connect(path_);
  ASSERT_TRUE(client && *client);
  std::thread server = answering({R"({"event":"x"})"});
  const auto done = (*client)->request("please", [](std::string_view) { return true; });
  server.join();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error(), HasSubstr("gone away"));
}

TEST_F(ControlClientTest, ADescriptorThatBecomesReadableStopsTheWaiting) {
  auto client = ControlClient::connect(path_);
  ASSERT_TRUE(client && *client);
  const UniqueFd stop(eventfd(1, EFD_CLOEXEC));
  // Nobody answers.
  const auto done = (*client)->request("please", [](std::string_view) { return true; }, stop.get());
  EXPECT_TRUE(done) << done.error();
}

TEST_F(ControlClientTest, NobodyListeningIsNoError) {
  listener_.reset();
  for (const auto& path :
       {path_, directory_ / "none", directory_ / std::string(200, 'x').c_str()}) {
    const auto client = ControlClient::connect(path);
    ASSERT_TRUE(client) << client.error();
    EXPECT_FALSE(*client);
  }
}

}  // namespace
}  // namespace sdmp::relay
