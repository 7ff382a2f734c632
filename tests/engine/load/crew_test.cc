#include "engine/load/crew.h"

#include <gtest/gtest.h>

#include "tests/engine/load/test_run.h"

namespace sdmp::load {
namespace {

codec::Fingerprint server() {
  codec::Fingerprint fingerprint;
  fingerprint.octets.fill(7);
  return fingerprint;
}

// Numbers of a chain of lines, all of one resource.
std::vector<codec::LineNumber> chain(std::size_t count) {
  std::vector<codec::LineNumber> numbers = {codec::number_after(server())};
  while (numbers.size() < count) {
    numbers.push_back(codec::number_after(codec::JournalEntry{numbers.back(), {}, {}}));
  }
  return numbers;
}

// Lines [from, to) of it, as an answer or announcement has them.
Arrived update(const std::vector<codec::LineNumber>& numbers, std::size_t from, std::size_t to) {
  Arrived arrived;
  arrived.kind = Arrived::Kind::kJournalUpdate;
  arrived.since = from == 0 ? codec::since_beginning(server()) : numbers[from - 1];
  if (from == to) return arrived;
  arrived.first = numbers[from];
  arrived.last = numbers[to - 1];
  arrived.next = numbers[to];
  arrived.lines.resize(to - from);
  return arrived;
}

using Outcome = JournalFollower::Outcome;

TEST(JournalFollower, FollowsWhatContinues) {
  const auto numbers = chain(20);
  JournalFollower follower;
  EXPECT_EQ(follower.follow(update(numbers, 5, 7), server()), Outcome::kHolds);
  EXPECT_EQ(follower.follow(update(numbers, 7, 8), server()), Outcome::kHolds);
  EXPECT_EQ(follower.follow(update(numbers, 8, 8), server()), Outcome::kHolds);
  EXPECT_EQ(follower.follow(update(numbers, 8, 12), server()), Outcome::kHolds);
  EXPECT_TRUE(follower.caught_up());
  EXPECT_FALSE(follower.next_page());
}

TEST(JournalFollower, GapsRepetitionsAndForksAreContradictions) {
  const auto numbers = chain(20);
  for (const auto& [from, to] : {std::pair{8u, 9u}, {6u, 8u}, {5u, 7u}}) {
    JournalFollower follower;
    EXPECT_EQ(follower.follow(update(numbers, 5, 7), server()), Outcome::kHolds);
    EXPECT_EQ(follower.follow(update(numbers, from, to), server()), Outcome::kBroken) << from;
  }
  JournalFollower follower;
  EXPECT_EQ(follower.follow(update(numbers, 5, 7), server()), Outcome::kHolds);
  Arrived fork = update(numbers, 7, 8);
  fork.first.octets.front() ^= 1;
  EXPECT_EQ(follower.follow(fork, server()), Outcome::kBroken);
  // From there it goes on: one contradiction is counted once.
  EXPECT_EQ(follower.follow(update(numbers, 8, 9), server()), Outcome::kHolds);
}

TEST(JournalFollower, AChainBrokenInsideAnUpdateIsAContradiction) {
  const auto numbers = chain(20);
  for (const std::size_t from : {0u, 5u}) {
    JournalFollower follower;
    Arrived broken = update(numbers, from, 9);
    broken.chain_holds = false;
    EXPECT_EQ(follower.follow(broken, server()), Outcome::kBroken);
  }
}

TEST(JournalFollower, JRN_2_TheFirstLineContinuesTheServersFingerprint) {
  const auto numbers = chain(20);
  Arrived foreign = update(numbers, 0, 3);
  foreign.first.octets.front() ^= 1;
  JournalFollower follower;
  EXPECT_EQ(follower.follow(foreign, server()), Outcome::kBroken);
  follower.begin(server(), std::nullopt);
  EXPECT_EQ(follower.follow(foreign, server()), Outcome::kBroken);
}

TEST(JournalFollower, AFewLinesOfTheBeginningSayNothingAboutWhatFollows) {
  const auto numbers = chain(20);
  JournalFollower follower;
  EXPECT_EQ(follower.begin(server(), 1),
            codec::journal_request_body(codec::since_beginning(server()), 1));
  // Announced before the answer is here.
  EXPECT_EQ(follower.follow(update(numbers, 12, 13), server()), Outcome::kHolds);
  EXPECT_EQ(follower.follow(update(numbers, 0, 1), server()), Outcome::kHolds);
  EXPECT_EQ(follower.follow(update(numbers, 13, 14), server()), Outcome::kHolds);
}

TEST(JournalFollower, WhatWasMissedIsAskedForPageByPage) {
  const auto numbers = chain(20);
  JournalFollower follower;
  EXPECT_EQ(follower.follow(update(numbers, 5, 7), server()), Outcome::kHolds);
  // Whatever the limit: something is known.
  EXPECT_EQ(follower.begin(server(), 1), codec::journal_request_body(numbers[6], std::nullopt));
  EXPECT_FALSE(follower.caught_up());
  EXPECT_FALSE(follower.next_page());
  // An announcement comes again in the pages.
  EXPECT_EQ(follower.follow(update(numbers, 11, 12), server()), Outcome::kIgnored);
  EXPECT_EQ(follower.follow(update(numbers, 7, 10), server()), Outcome::kHolds);
  EXPECT_FALSE(follower.caught_up());
  EXPECT_EQ(follower.next_page(), codec::journal_request_body(numbers[9], std::nullopt));
  EXPECT_FALSE(follower.next_page());
  EXPECT_EQ(follower.follow(update(numbers, 10, 12), server()), Outcome::kHolds);
  EXPECT_EQ(follower.next_page(), codec::journal_request_body(numbers[11], std::nullopt));
  EXPECT_EQ(follower.follow(update(numbers, 12, 12), server()), Outcome::kHolds);
  EXPECT_TRUE(follower.caught_up());
  EXPECT_FALSE(follower.next_page());
  EXPECT_EQ(follower.follow(update(numbers, 12, 13), server()), Outcome::kHolds);
}

TEST(JournalFollower, AGapBetweenPagesIsAContradiction) {
  const auto numbers = chain(20);
  JournalFollower follower;
  EXPECT_EQ(follower.follow(update(numbers, 5, 7), server()), Outcome::kHolds);
  follower.begin(server(), 1);
  Arrived page = update(numbers, 8, 10);
  page.since = numbers[6];
  EXPECT_EQ(follower.follow(page, server()), Outcome::kBroken);
}

TEST(Crew, SharesOfAllThreadsAddUpWithoutOverlap) {
  const TestIdentities identities = testing::test_identities(1);
  const testing::TestServer test_server(identities);
  for (const int threads : {1, 2, 3, 7}) {
    Plan plan;
    plan.threads = threads;
    Publications publications("run", 0);
    Inbox inbox(test_server.identity(), identities, publications, SignatureCheck::kAll);
    Stats stats;
    const auto wire = Wire::create(plan, test_server.identity(), inbox, stats).value();
    for (const std::uint64_t total : {0u, 1u, 6u, 7u, 100u}) {
      std::uint64_t next = 0;
      for (int thread = 0; thread < threads; ++thread) {
        const Crew crew{plan, test_server.identity(), identities, publications, *wire, thread};
        EXPECT_EQ(crew.first(total), next);
        next += crew.share(total);
      }
      EXPECT_EQ(next, total);
    }
  }
}

}  // namespace
}  // namespace sdmp::load
