// A bounded queue between two threads, one producer and one consumer, without locks: the only way
// in which a shard and the ledger talk.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "codec/check.h"

namespace sdmp::shard {

// Thread rule: try_push and free_slots on the producer's thread, try_pop on the consumer's.
template <class T>
class Mailbox {
 public:
  // `capacity` is rounded up to a power of two.
  explicit Mailbox(std::size_t capacity) {
    std::size_t size = 1;
    while (size < capacity) size *= 2;
    slots_.resize(size);
  }
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // False when full; `value` is then untouched.
  bool try_push(T& value) {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    if (head - tail_.load(std::memory_order_acquire) == slots_.size()) return false;
    slots_[head & (slots_.size() - 1)] = std::move(value);
    head_.store(head + 1, std::memory_order_release);
    return true;
  }
  // Slots that are free now; can only grow until the producer pushes.
  std::size_t free_slots() const {
    return slots_.size() -
           (head_.load(std::memory_order_relaxed) - tail_.load(std::memory_order_acquire));
  }
  bool try_pop(T& value) {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    if (head_.load(std::memory_order_acquire) == tail) return false;
    value = std::move(slots_[tail & (slots_.size() - 1)]);
    slots_[tail & (slots_.size() - 1)] = T{};
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }
  bool empty() const {
    return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_acquire);
  }

 private:
  std::vector<T> slots_;
  alignas(64) std::atomic<std::size_t> head_{0};
  alignas(64) std::atomic<std::size_t> tail_{0};
};

}  // namespace sdmp::shard
