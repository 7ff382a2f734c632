#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/store/store.h"
#include "tests/engine/store/support.h"

namespace sdmp::store {
namespace {

using ::testing::HasSubstr;
using testing::TemporaryDirectory;

TEST(StoreLock, SecondOneIsBusyAndNamesTheHolder) {
  TemporaryDirectory home;
  const auto first = StoreLock::acquire(home.store());
  ASSERT_TRUE(first) << first.error().message;
  const auto second = StoreLock::acquire(home.store());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, StoreError::Kind::kBusy);
  EXPECT_THAT(second.error().message, HasSubstr(home.store().string()));
  EXPECT_THAT(second.error().message, HasSubstr("process " + std::to_string(getpid())));
  const auto third = StoreLock::acquire(home.store());
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().message, second.error().message) << "nothing of the holder's was lost";
}

TEST(StoreLock, IsFreeAfterItsEnd) {
  TemporaryDirectory home;
  {
    ASSERT_TRUE(StoreLock::acquire(home.store()));
  }
  EXPECT_TRUE(StoreLock::acquire(home.store()));
}

TEST(StoreLock, MovesWithoutLettingGo) {
  TemporaryDirectory home;
  auto first = StoreLock::acquire(home.store());
  ASSERT_TRUE(first);
  StoreLock kept = std::move(*first);
  EXPECT_FALSE(StoreLock::acquire(home.store()));
  TemporaryDirectory other;
  auto second = StoreLock::acquire(other.store());
  ASSERT_TRUE(second);
  kept = std::move(*second);
  EXPECT_TRUE(StoreLock::acquire(home.store()));
  EXPECT_FALSE(StoreLock::acquire(other.store()));
}

TEST(StoreLock, EndsWithAKilledProcess) {
  TemporaryDirectory home;
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto held = StoreLock::acquire(home.store());
    const char word = held ? '1' : '0';
    if (write(ends[1], &word, 1) != 1) _exit(1);
    while (true) pause();
  }
  char word = 0;
  ASSERT_EQ(read(ends[0], &word, 1), 1);
  EXPECT_EQ(word, '1');
  const auto refused = StoreLock::acquire(home.store());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("process " + std::to_string(child)));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  {
    const auto after = StoreLock::acquire(home.store());
    ASSERT_TRUE(after);
    EXPECT_TRUE(after->left_by_killed());
  }
  const auto later = StoreLock::acquire(home.store());
  ASSERT_TRUE(later);
  EXPECT_FALSE(later->left_by_killed()) << "that one gave it back";
  close(ends[0]);
  close(ends[1]);
}

TEST(StoreLock, ImpossibleDirectoryIsAnErrorInWords) {
  const auto lock = StoreLock::acquire("/proc/no-such-place/store");
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().kind, StoreError::Kind::kIo);
  EXPECT_THAT(lock.error().message, HasSubstr("/proc/no-such-place/store"));
}

}  // namespace
}  // namespace sdmp::store
