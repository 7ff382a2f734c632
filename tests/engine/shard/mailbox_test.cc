#include "engine/shard/mailbox.h"

#include <memory>
#include <thread>

#include <gtest/gtest.h>

namespace sdmp::shard {
namespace {

TEST(Mailbox, IsFirstInFirstOutAndBounded) {
  Mailbox<int> mailbox(3);
  EXPECT_EQ(mailbox.free_slots(), 4u) << "rounded up to a power of two";
  for (int i = 0; i < 4; ++i) {
    int value = i;
    EXPECT_TRUE(mailbox.try_push(value));
  }
  int fifth = 5;
  EXPECT_FALSE(mailbox.try_push(fifth));
  EXPECT_EQ(fifth, 5);
  EXPECT_EQ(mailbox.free_slots(), 0u);
  int value = -1;
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(mailbox.try_pop(value));
    EXPECT_EQ(value, i);
  }
  EXPECT_FALSE(mailbox.try_pop(value));
  EXPECT_TRUE(mailbox.empty());
}

TEST(Mailbox, ARefusedMessageIsUntouched) {
  Mailbox<std::unique_ptr<int>> mailbox(1);
  auto first = std::make_unique<int>(1);
  auto second = std::make_unique<int>(2);
  EXPECT_TRUE(mailbox.try_push(first));
  EXPECT_FALSE(mailbox.try_push(second));
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(*second, 2);
}

TEST(Mailbox, APoppedSlotKeepsNothingAlive) {
  Mailbox<std::shared_ptr<int>> mailbox(2);
  auto content = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = content;
  mailbox.try_push(content);
  std::shared_ptr<int> taken;
  mailbox.try_pop(taken);
  taken.reset();
  content.reset();
  EXPECT_TRUE(watch.expired());
}

TEST(Mailbox, TwoThreadsLoseAndReorderNothing) {
  Mailbox<std::unique_ptr<int>> mailbox(64);
  constexpr int kMessages = 200'000;
  std::thread producer([&] {
    for (int i = 0; i < kMessages; ++i) {
      auto message = std::make_unique<int>(i);
      while (!mailbox.try_push(message)) std::this_thread::yield();
    }
  });
  int expected = 0;
  while (expected < kMessages) {
    std::unique_ptr<int> message;
    if (!mailbox.try_pop(message)) {
      std::this_thread::yield();
      continue;
    }
    ASSERT_EQ(*message, expected);
    ++expected;
  }
  producer.join();
}

}  // namespace
}  // namespace sdmp::shard
