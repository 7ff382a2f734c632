#include "engine/relay/listeners.h"

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include "tests/engine/relay/fixture.h"

namespace sdmp::relay {
namespace {

using ::testing::HasSubstr;

bool connects(const Address& address) {
  const UniqueFd fd(socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0;
}

TEST(Listeners, ShareThePortThatTheKernelChose) {
  const auto opened = open_listeners({*parse_address("127.0.0.1:0"), *parse_address("[::1]:0")}, 3);
  ASSERT_TRUE(opened) << opened.error();
  ASSERT_EQ(opened->addresses.size(), 2u);
  ASSERT_EQ(opened->fds.size(), 3u);
  for (const auto& fds : opened->fds) EXPECT_EQ(fds.size(), 2u);
  for (const Address& address : opened->addresses) {
    EXPECT_NE(address.port(), 0);
    EXPECT_TRUE(connects(address)) << address.text();
  }
  for (std::size_t shard = 0; shard < 3; ++shard) {
    sockaddr_in bound{};
    socklen_t size = sizeof bound;
    getsockname(opened->fds[shard][0].get(), reinterpret_cast<sockaddr*>(&bound), &size);
    EXPECT_EQ(ntohs(bound.sin_port), opened->addresses[0].port());
  }
}

TEST(Listeners, TheIpv6WildcardTakesIpv4AsWell) {
  const auto opened = open_listeners({*parse_address("[::]:0")}, 1);
  ASSERT_TRUE(opened) << opened.error();
  const std::string port = std::to_string(opened->addresses[0].port());
  EXPECT_TRUE(connects(*parse_address("127.0.0.1:" + port)));
  EXPECT_TRUE(connects(*parse_address("[::1]:" + port)));
}

// SO_REUSEPORT would let two daemons of one user share a port in silence.
TEST(Listeners, APortInUseIsRefusedEvenWhenItCouldBeShared) {
  const auto first = open_listeners({*parse_address("127.0.0.1:0")}, 2);
  ASSERT_TRUE(first) << first.error();
  const auto second = open_listeners(first->addresses, 2);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error(), HasSubstr("cannot listen on " + first->addresses[0].text() +
                                        ": Address already in use; "));
}

// Closes the sockets as soon as somebody is logged to wait for them.
class Kernel final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit Kernel(Listeners& listeners) : listeners_(listeners) {}

 private:
  void sink_it_(const spdlog::details::log_msg&) override { listeners_.fds.clear(); }
  void flush_() override {}

  Listeners& listeners_;
};

TEST(Listeners, APortThatAKilledProcessHadIsWaitedFor) {
  auto killed = open_listeners({*parse_address("127.0.0.1:0")}, 2);
  ASSERT_TRUE(killed) << killed.error();
  const auto previous = spdlog::default_logger();
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("test", std::make_shared<Kernel>(*killed)));
  const auto next = open_listeners(killed->addresses, 2, std::chrono::minutes(1));
  spdlog::set_default_logger(previous);
  ASSERT_TRUE(next) << next.error();
  EXPECT_TRUE(connects(next->addresses[0]));
}

TEST(Listeners, AnAddressOfAnotherHostIsNamed) {
  const auto opened = open_listeners({*parse_address("192.0.2.1:0")}, 1);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error(), HasSubstr("192.0.2.1:0"));
  EXPECT_THAT(opened.error(), HasSubstr("no interface"));
}

TEST(Listeners, NoAddressIsNoListener) {
  const auto opened = open_listeners({}, 2);
  ASSERT_TRUE(opened);
  EXPECT_TRUE(opened->addresses.empty());
  EXPECT_EQ(opened->fds.size(), 2u);
}

}  // namespace
}  // namespace sdmp::relay
