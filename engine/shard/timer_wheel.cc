#include "engine/shard/timer_wheel.h"

#include <algorithm>
#include <bit>

namespace sdmp::shard {

// 34 years: far enough to mean never, near enough that all arithmetic stays within the levels.
constexpr std::int64_t kFarthestMs = std::int64_t{1} << 40;

void TimerWheel::arm(TimerNode& node, std::int64_t deadline_ms) {
  if (node.armed()) {
    if (node.deadline_ms == deadline_ms) return;
    unlink(node);
  }
  node.deadline_ms = deadline_ms;
  place(node);
}

void TimerWheel::cancel(TimerNode& node) {
  if (node.armed()) unlink(node);
}

void TimerWheel::place(TimerNode& node) {
  const std::int64_t at = std::min(node.deadline_ms - base_ms_, elapsed_ + kFarthestMs);
  if (at <= elapsed_) {
    link(node, kDue);
    return;
  }
  const auto differing = static_cast<std::uint64_t>(at ^ elapsed_) | (kBuckets - 1);
  const int level = std::min((63 - std::countl_zero(differing)) / kBits, kLevels - 1);
  const auto slot = static_cast<int>((at >> (level * kBits)) & (kBuckets - 1));
  link(node, static_cast<std::int16_t>(level * kBuckets + slot));
}

void TimerWheel::link(TimerNode& node, std::int16_t bucket) {
  TimerNode*& head = heads_[static_cast<std::size_t>(bucket)];
  node.bucket = bucket;
  node.previous = nullptr;
  node.next = head;
  if (head != nullptr) head->previous = &node;
  head = &node;
  if (bucket < kDue) {
    occupied_[static_cast<std::size_t>(bucket / kBuckets)] |= std::uint64_t{1}
                                                              << (bucket % kBuckets);
  }
}

void TimerWheel::unlink(TimerNode& node) {
  TimerNode*& head = heads_[static_cast<std::size_t>(node.bucket)];
  if (node.previous != nullptr) {
    node.previous->next = node.next;
  } else {
    head = node.next;
  }
  if (node.next != nullptr) node.next->previous = node.previous;
  if (head == nullptr && node.bucket < kDue) {
    occupied_[static_cast<std::size_t>(node.bucket / kBuckets)] &=
        ~(std::uint64_t{1} << (node.bucket % kBuckets));
  }
  node.next = nullptr;
  node.previous = nullptr;
  node.bucket = -1;
}

// Every node of a level lies in a bucket behind the present one, and the lowest level that has any
// has the earliest.
std::optional<TimerWheel::Position> TimerWheel::first_bucket() const {
  for (int level = 0; level < kLevels; ++level) {
    const std::uint64_t occupied = occupied_[static_cast<std::size_t>(level)];
    if (occupied == 0) continue;
    const int slot = std::countr_zero(occupied);
    const int shift = level * kBits;
    const std::int64_t turn = elapsed_ >> (shift + kBits) << (shift + kBits);
    return Position{level * kBuckets + slot, turn + (std::int64_t{slot} << shift)};
  }
  return std::nullopt;
}

TimerNode* TimerWheel::expire(std::int64_t now_ms) {
  const std::int64_t now = now_ms - base_ms_;
  for (;;) {
    if (TimerNode* due = heads_[kDue]; due != nullptr) {
      unlink(*due);
      return due;
    }
    const auto first = first_bucket();
    if (!first || first->start > now) {
      elapsed_ = std::max(elapsed_, now);
      return nullptr;
    }
    elapsed_ = first->start;
    while (TimerNode* node = heads_[static_cast<std::size_t>(first->bucket)]) {
      unlink(*node);
      place(*node);
    }
  }
}

std::optional<std::int64_t> TimerWheel::next_ms() const {
  if (heads_[kDue] != nullptr) return base_ms_ + elapsed_;
  const auto first = first_bucket();
  if (!first) return std::nullopt;
  return base_ms_ + first->start;
}

}  // namespace sdmp::shard
