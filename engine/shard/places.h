// The places of the ring's table of sockets: how many are taken, and how many are promised to
// accepts of one connection each, so that nothing else takes what one of them waits to fill.
#pragma once

#include <algorithm>
#include <cstdint>

namespace sdmp::shard {

// Only counts; the kernel chooses the places. Thread rule: the shard's thread.
class Places {
 public:
  // 0: there is no table. Sockets are regular descriptors then, which the kernel counts.
  explicit Places(std::uint32_t all) : all_(all) {}

  std::uint32_t all() const { return all_; }
  // Not taken. A multishot accept takes places before we hear of it: those that are counted as
  // taken by then may be too many for a moment, which leaves 0.
  std::uint32_t left() const { return all_ - std::min(taken_, all_); }
  // Whether one is neither taken nor promised.
  bool has_free() const { return left() > promised_; }
  // Whether the kernel can have found the table full when it made the completions of this turn:
  // what the turn has given back so far was still taken then.
  bool was_full() const { return all_ > 0 && left() <= given_back_; }

  void take() { ++taken_; }
  // The ring was told to close the socket.
  void give_back() {
    --taken_;
    ++given_back_;
  }
  void promise() { ++promised_; }
  // The accept that it was promised to is over.
  void end_promise() { --promised_; }
  // The ring has been waited for: it has carried out what it was told.
  void begin_turn() { given_back_ = 0; }

 private:
  std::uint32_t all_;
  std::uint32_t taken_ = 0;
  std::uint32_t promised_ = 0;
  std::uint32_t given_back_ = 0;  // in this turn
};

}  // namespace sdmp::shard
