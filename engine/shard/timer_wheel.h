// Deadlines of many connections: arming and cancelling cost the same however many there are.
//
// A hierarchical wheel: 7 levels of 64 buckets, a millisecond wide on the lowest level and 64 times
// wider on each next one. A deadline lies on the level of the highest 6 bits in which it differs
// from the present; when its bucket's time comes it moves down, or is due. Reference: G. Varghese
// and T. Lauck, "Hashed and Hierarchical Timing Wheels" (1987).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace sdmp::shard {

// Lives inside the thing that it wakes; must not move or end while armed. At most one deadline.
struct TimerNode {
  // Who is meant: the wheel only carries them.
  std::uint8_t kind = 0;
  std::uint64_t owner = 0;

  bool armed() const { return bucket >= 0; }

  // The wheel's.
  std::int64_t deadline_ms = 0;
  TimerNode* next = nullptr;
  TimerNode* previous = nullptr;
  std::int16_t bucket = -1;
};

// Pure: times are milliseconds of any clock that does not go back. Thread rule: one thread.
class TimerWheel {
 public:
  explicit TimerWheel(std::int64_t now_ms) : base_ms_(now_ms) {}
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // Arms, or moves an armed node. A deadline that has passed is due at the next expire().
  void arm(TimerNode& node, std::int64_t deadline_ms);
  void cancel(TimerNode& node);
  // One node whose deadline is at or before `now_ms`, disarmed; nullptr when there is none (left).
  TimerNode* expire(std::int64_t now_ms);
  // When to call expire() again: never after the earliest deadline, perhaps before it, when nodes
  // have to move down. nullopt: nothing is armed.
  std::optional<std::int64_t> next_ms() const;

 private:
  static constexpr int kLevels = 7;
  static constexpr int kBits = 6;
  static constexpr int kBuckets = 1 << kBits;
  static constexpr std::int16_t kDue = kLevels * kBuckets;

  struct Position {
    int bucket;
    std::int64_t start;  // relative to base_ms_
  };
  std::optional<Position> first_bucket() const;
  void place(TimerNode& node);
  void link(TimerNode& node, std::int16_t bucket);
  void unlink(TimerNode& node);

  std::int64_t base_ms_;
  std::int64_t elapsed_ = 0;  // the present as far as expire() has come, relative to base_ms_
  std::array<std::uint64_t, kLevels> occupied_{};
  std::array<TimerNode*, kLevels * kBuckets + 1> heads_{};
};

}  // namespace sdmp::shard
