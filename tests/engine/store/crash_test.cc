// Journalled means durable: a writer is killed at random moments, and what it had reported as
// committed is there. SDMP_TEST_SEED repeats a run.
#include <chrono>
#include <random>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/store/store.h"
#include "tests/engine/store/support.h"

namespace sdmp::store {
namespace {

using testing::Draft;
using testing::open_store;
using testing::TemporaryDirectory;

constexpr int kKills = 24;

// Appends `drafts` from where the journal ends and reports each commit's journal size; never
// returns.
[[noreturn]] void write_until_killed(const std::filesystem::path& directory,
                                     const codec::Fingerprint& self,
                                     const std::vector<Draft>& drafts, int report,
                                     std::uint32_t seed) {
  std::minstd_rand random(seed);
  auto store = Store::open(directory, self);
  if (!store) _exit(1);
  std::uint64_t size = (*store)->reader().journal_size();
  while (size < drafts.size()) {
    auto batch = (*store)->begin();
    if (!batch) _exit(2);
    const std::uint64_t many = 1 + random() % 16;
    for (std::uint64_t i = 0; i < many && size < drafts.size(); ++i) {
      if (batch->append(drafts[size].view()) != AppendOutcome::kAppended) _exit(3);
      ++size;
    }
    if (!batch->commit()) _exit(4);
    if (write(report, &size, sizeof size) != sizeof size) _exit(5);
  }
  while (true) pause();
}

// Runs a writer, kills it after `reports` commits and `delay`; the last size it reported, or
// nullopt when it ended by itself.
std::optional<std::uint64_t> run_and_kill(const std::filesystem::path& directory,
                                          const codec::Fingerprint& self,
                                          const std::vector<Draft>& drafts, std::uint32_t seed,
                                          unsigned reports, std::chrono::microseconds delay) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return std::nullopt;
  const pid_t child = fork();
  if (child == 0) write_until_killed(directory, self, drafts, ends[1], seed);
  close(ends[1]);
  std::uint64_t last = 0;
  std::uint64_t size = 0;
  for (unsigned i = 0; i < reports && last < drafts.size(); ++i) {
    if (read(ends[0], &size, sizeof size) != sizeof size) break;
    last = size;
  }
  const auto until = std::chrono::steady_clock::now() + delay;
  while (std::chrono::steady_clock::now() < until) {
  }
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  while (read(ends[0], &size, sizeof size) == sizeof size) last = size;
  close(ends[0]);
  if (!WIFSIGNALED(status)) return std::nullopt;
  return last;
}

TEST(Crash, KilledWriterLosesNothingThatItReported) {
  const char* given = std::getenv("SDMP_TEST_SEED");
  const auto seed = given != nullptr ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10))
                                     : std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  std::printf("SDMP_TEST_SEED=%u\n", seed);
  std::mt19937 random(seed);

  TemporaryDirectory home;
  const codec::PrivateKey key = testing::new_key();
  const codec::Fingerprint self = key.public_key().fingerprint();
  std::vector<Draft> drafts{testing::identity(key, codec::IdentityType::kNode)};
  for (int i = 0; i < 4000; ++i) {
    std::vector<codec::Identifier> updates;
    if (i % 5 == 4) updates.push_back(drafts.back().identifier);
    drafts.push_back(testing::post(key, std::string(random() % 3000, 'x') + std::to_string(i),
                                   std::move(updates)));
  }
  std::uint64_t floor = 0;
  for (int round = 0; round < kKills; ++round) {
    const auto reported = run_and_kill(
        home.store(), self, drafts, static_cast<std::uint32_t>(random()),
        static_cast<unsigned>(random() % 6), std::chrono::microseconds(random() % 3000));
    ASSERT_TRUE(reported) << "the writer failed, seed " << seed;
    floor = std::max(floor, *reported);
    auto store = open_store(home.store(), self);
    const VerifyReport report = verify(*store);
    ASSERT_FALSE(report.faulty_line)
        << *report.faulty_line << ": " << report.fault << ", seed " << seed;
    Reader reader = store->reader();
    ASSERT_GE(reader.journal_size(), floor) << "seed " << seed;
    ASSERT_EQ(report.lines, reader.journal_size());
    for (std::uint64_t line = 1; line <= reader.journal_size(); ++line) {
      ASSERT_EQ(reader.journal_entry(line).resource, drafts[line - 1].identifier);
    }
    floor = reader.journal_size();
  }
  EXPECT_GT(floor, 0u);
}

}  // namespace
}  // namespace sdmp::store
