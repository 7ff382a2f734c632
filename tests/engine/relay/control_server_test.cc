#include <sys/socket.h>
#include <sys/stat.h>

#include "engine/relay/control_socket.h"
#include "tests/engine/relay/node_fixture.h"

namespace sdmp::relay {
namespace {

using ::testing::HasSubstr;

class ControlServerTest : public ::testing::Test {
 protected:
  testing::TemporaryDirectory directory_;
  Home home_ = *Home::create(directory_ / "home", testing::local_options());
  std::unique_ptr<Node> node_ =
      testing::start_node(directory_ / "home", testing::node_config(), {.listen = false});

  std::string ask(std::string_view request) {
    auto client = ControlClient::connect(home_.control_socket());
    EXPECT_TRUE(client && *client);
    std::string answer;
    const auto done = (*client)->request(request, [&](std::string_view line) {
      answer = line;
      return true;
    });
    EXPECT_TRUE(done) << done.error();
    return answer;
  }
};

TEST_F(ControlServerTest, OnlyTheOwnerMayConnect) {
  struct stat status{};
  ASSERT_EQ(stat(home_.control_socket().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777u, 0600u);
  EXPECT_TRUE(S_ISSOCK(status.st_mode));
}

TEST_F(ControlServerTest, ServesSeveralClientsAndStopsWithThemConnected) {
  auto idle = ControlClient::connect(home_.control_socket());
  ASSERT_TRUE(idle && *idle);
  EXPECT_THAT(ask(R"({"command":"status"})"), HasSubstr("\"journal_lines\":4"));
  EXPECT_THAT(ask(R"({"command":"status"})"), HasSubstr("\"ok\":true"));
  node_->stop();
  const auto done = (*idle)->request("{}", [](std::string_view) { return true; });
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error(), HasSubstr("gone away"));
  const auto gone = ControlClient::connect(home_.control_socket());
  ASSERT_TRUE(gone);
  EXPECT_FALSE(*gone);
}

TEST_F(ControlServerTest, ASocketLeftBehindIsReplaced) {
  node_.reset();
  {
    const UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto address = *socket_address(home_.control_socket());
    ASSERT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  node_ = testing::start_node(directory_ / "home", testing::node_config(), {.listen = false});
  EXPECT_THAT(ask(R"({"command":"status"})"), HasSubstr("\"ok\":true"));
}

TEST_F(ControlServerTest, ASocketThatIsServedIsNotTaken) {
  const auto second = ControlServer::start(home_.control_socket(), *node_);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error(), HasSubstr("another process serves"));
  EXPECT_THAT(ask(R"({"command":"status"})"), HasSubstr("\"ok\":true"));
}

TEST_F(ControlServerTest, TooManyClientsAreToldSo) {
  std::vector<ControlClient> clients;
  for (std::size_t i = 0; i < kControlClientsMax; ++i) {
    auto client = ControlClient::connect(home_.control_socket());
    ASSERT_TRUE(client && *client);
    clients.push_back(std::move(**client));
  }
  EXPECT_TRUE(clients.back().request(R"({"command":"status"})", [](auto) { return true; }));
  const UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = *socket_address(home_.control_socket());
  ASSERT_EQ(connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  LineReader reader(fd.get(), -1, 1000);
  std::string line;
  ASSERT_EQ(reader.next(line), ReadLine::kLine);
  EXPECT_THAT(line, HasSubstr("too many clients"));
}

}  // namespace
}  // namespace sdmp::relay
