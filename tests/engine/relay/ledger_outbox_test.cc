#include "engine/relay/ledger_outbox.h"

#include <gtest/gtest.h>

namespace sdmp::relay {
namespace {

shard::Committed commit_of(std::uint64_t size, std::uint32_t answers) {
  shard::Committed committed{.journal_size = size, .answers = {}, .fresh = {}, .trust = {}};
  for (std::uint32_t i = 0; i < answers; ++i) {
    committed.answers.push_back(shard::ProgressAnswer{{.slot = i, .generation = 1}});
  }
  committed.fresh =
      std::make_shared<std::vector<shard::LineSource>>(std::vector<shard::LineSource>{{size, {}}});
  return committed;
}

TEST(LedgerOutbox, WakesTheShardOncePerFlush) {
  shard::LedgerPort port;
  int wakes = 0;
  LedgerOutbox outbox(port, [&] { ++wakes; });
  EXPECT_TRUE(outbox.flush());
  EXPECT_EQ(wakes, 0);
  outbox.commit(commit_of(1, 1));
  outbox.tell(shard::Drain{});
  EXPECT_TRUE(outbox.flush());
  EXPECT_EQ(wakes, 1);
  shard::ToShard message;
  ASSERT_TRUE(port.to_shard.try_pop(message));
  EXPECT_TRUE(std::holds_alternative<shard::Committed>(message));
  ASSERT_TRUE(port.to_shard.try_pop(message));
  EXPECT_TRUE(std::holds_alternative<shard::Drain>(message));
}

TEST(LedgerOutbox, AFullMailboxMergesCommitsAndLosesNothing) {
  shard::LedgerPort port;
  shard::ToShard filler = shard::EndDial{1};
  while (port.to_shard.try_push(filler)) filler = shard::EndDial{1};
  int wakes = 0;
  LedgerOutbox outbox(port, [&] { ++wakes; });
  constexpr std::uint64_t kCommits = 10'000;
  for (std::uint64_t i = 1; i <= kCommits; ++i) {
    outbox.commit(commit_of(i, 1));
    EXPECT_FALSE(outbox.flush());
  }
  EXPECT_EQ(wakes, 0);
  shard::ToShard message;
  for (std::size_t i = 0; i < shard::LedgerPort::kToShardMax; ++i) port.to_shard.try_pop(message);
  EXPECT_TRUE(outbox.flush());
  EXPECT_EQ(wakes, 1);
  ASSERT_TRUE(port.to_shard.try_pop(message));
  const auto* merged = std::get_if<shard::Committed>(&message);
  ASSERT_NE(merged, nullptr);
  EXPECT_EQ(merged->journal_size, kCommits);
  EXPECT_EQ(merged->answers.size(), kCommits);
  ASSERT_EQ(merged->fresh->size(), LedgerOutbox::kFreshMax) << "only the newest can be pushed";
  EXPECT_EQ(merged->fresh->back().line, kCommits);
  EXPECT_FALSE(port.to_shard.try_pop(message));
}

}  // namespace
}  // namespace sdmp::relay
