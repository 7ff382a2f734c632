#include "engine/protocol/fifo.h"

#include <deque>

#include <gtest/gtest.h>

#include "tests/engine/protocol/testing.h"

namespace sdmp::protocol::testing {
namespace {

TEST(Fifo, BehavesAsADequeThatKeepsSomeOfItsFront) {
  PrintedRandom random;
  Fifo<std::uint64_t> fifo;
  std::deque<std::uint64_t> model;
  for (int step = 0; step < 20'000; ++step) {
    const std::uint64_t choice = random.below(5);
    if (choice < 3) {
      fifo.push_back(random.below(100));
      model.push_back(fifo[fifo.size() - 1]);
    } else if (choice == 3 && !model.empty()) {
      ASSERT_EQ(fifo.front(), model.front());
      fifo.pop_front();
      model.pop_front();
    } else if (!model.empty()) {
      const std::size_t count = 1 + random.below(model.size());
      std::vector<std::uint64_t> kept;
      for (std::size_t i = 0; i < count; ++i) {
        if (random.below(4) == 0) kept.push_back(model[i]);
      }
      model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(count));
      model.insert(model.begin(), kept.begin(), kept.end());
      fifo.replace_front(count, kept);
    }
    ASSERT_EQ(fifo.size(), model.size());
    for (std::size_t i = 0; i < model.size(); ++i) ASSERT_EQ(fifo[i], model[i]);
  }
}

}  // namespace
}  // namespace sdmp::protocol::testing
