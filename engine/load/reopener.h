// Sessions that could not be opened, or were lost, and wait for their next attempt.
//
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

namespace sdmp::load {

// How long such a session waits: a server that refuses is not asked without a pause.
inline constexpr std::int64_t kReopenNs = 200'000'000;

class Reopener {
 public:
  // `member`: the behaviour's number of it. Times do not go back from one call to the next.
  void add(std::int64_t now_ns, std::uint32_t member) {
    waiting_.push_back({now_ns + kReopenNs, member});
  }
  // One whose wait is over, in the order in which they came.
  std::optional<std::uint32_t> take(std::int64_t now_ns);
  // When the next one's is; nullopt: none waits.
  std::optional<std::int64_t> next_due_ns() const;

 private:
  struct Waiting {
    std::int64_t at_ns;
    std::uint32_t member;
  };
  std::deque<Waiting> waiting_;  // in order: all wait equally long
};

}  // namespace sdmp::load
