#include "engine/relay/control_socket.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/engine/relay/fixture.h"

namespace sdmp::relay {
namespace {

struct Pair {
  UniqueFd a;
  UniqueFd b;
  Pair() {
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) std::abort();
    a.reset(fds[0]);
    b.reset(fds[1]);
  }
};

TEST(ControlSocket, LinesComeInAnySplit) {
  Pair pair;
  ASSERT_TRUE(write_line(pair.a.get(), "one"));
  ASSERT_EQ(write(pair.a.get(), "two\nthr", 7), 7);
  LineReader reader(pair.b.get(), -1, 100);
  std::string line;
  EXPECT_EQ(reader.next(line), ReadLine::kLine);
  EXPECT_EQ(line, "one");
  EXPECT_EQ(reader.next(line), ReadLine::kLine);
  EXPECT_EQ(line, "two");
  ASSERT_TRUE(write_line(pair.a.get(), "ee"));
  EXPECT_EQ(reader.next(line), ReadLine::kLine);
  EXPECT_EQ(line, "three");
  pair.a.reset();
  EXPECT_EQ(reader.next(line), ReadLine::kEnd);
}

TEST(ControlSocket, ALineHasALimit) {
  Pair pair;
  LineReader reader(pair.b.get(), -1, 10);
  std::string line;
  ASSERT_TRUE(write_line(pair.a.get(), "0123456789"));
  EXPECT_EQ(reader.next(line), ReadLine::kLine);
  ASSERT_EQ(write(pair.a.get(), "0123456789a", 11), 11);
  EXPECT_EQ(reader.next(line), ReadLine::kTooLong) << "before its end has come";
}

TEST(ControlSocket, ReadingCanBeStopped) {
  Pair pair;
  const UniqueFd stop(eventfd(1, EFD_CLOEXEC));
  LineReader reader(pair.b.get(), stop.get(), 10);
  std::string line;
  EXPECT_EQ(reader.next(line), ReadLine::kStopped);
}

TEST(ControlSocket, WritingToNobodyIsFalse) {
  Pair pair;
  pair.b.reset();
  EXPECT_FALSE(write_line(pair.a.get(), "hello?"));
}

TEST(ControlSocket, APathThatIsTooLongIsNamed) {
  const auto address = socket_address("/" + std::string(107, 'd'));
  ASSERT_FALSE(address);
  EXPECT_THAT(address.error(), ::testing::HasSubstr("too long (108 bytes"));
  EXPECT_TRUE(socket_address("/" + std::string(106, 'd')));
}

}  // namespace
}  // namespace sdmp::relay
