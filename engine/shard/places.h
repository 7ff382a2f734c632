// The places of the rings' tables of sockets: how many are taken, and how many are promised to
// accepts of one connection each, so that nothing else takes what one of them waits to fill.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/ring/handle.h"

namespace sdmp::shard {

// Of one table. Only counts; the kernel chooses the places. Thread rule: the shard's thread.
class Places {
 public:
  // 0: there is no table. Sockets are regular descriptors then, which the kernel counts.
  explicit Places(std::uint32_t all) : all_(all) {}

  std::uint32_t all() const { return all_; }
  // Not taken. A multishot accept takes places before we hear of it: those that are counted as
  // taken by then may be too many for a moment, which leaves 0.
  std::uint32_t left() const { return all_ - std::min(taken_, all_); }
  // Neither taken nor promised.
  std::uint32_t free() const { return left() - std::min(promised_, left()); }
  bool has_free() const { return free() > 0; }
  // Whether the kernel can have found the table full when it made the completions of this turn:
  // what the turn has given back so far was still taken then, and also what the turn before had
  // given back, when they were made between the parts of that turn's input.
  bool was_full() const { return all_ > 0 && left() <= given_back_ + given_back_before_; }

  void take() { ++taken_; }
  // The ring was told to close the socket.
  void give_back() {
    --taken_;
    ++given_back_;
  }
  void promise() { ++promised_; }
  // The accept that it was promised to is over.
  void end_promise() { --promised_; }
  // The ring has been waited for: it has carried out what it was told before.
  void begin_turn() {
    given_back_before_ = given_back_;
    given_back_ = 0;
  }

 private:
  std::uint32_t all_;
  std::uint32_t taken_ = 0;
  std::uint32_t promised_ = 0;
  std::uint32_t given_back_ = 0;         // in this turn
  std::uint32_t given_back_before_ = 0;  // in the turn before
};

// Of all tables of a shard, which are of one size, by the index of their ring. Thread rule: the
// shard's thread.
class Tables {
 public:
  // One table of `places`, of `tables_max` at most. 0 places: there is none, nor will there be.
  Tables(std::uint32_t places, std::size_t tables_max)
      : places_(places), tables_max_(tables_max), tables_(1, Places(places)) {}

  bool exist() const { return places_ > 0; }
  std::size_t size() const { return tables_.size(); }
  std::uint64_t all() const { return std::uint64_t{places_} * tables_.size(); }

  Places& at(std::size_t ring) { return tables_[ring]; }
  // Precondition: the socket is direct.
  Places& of(ring::Handle socket) { return tables_[socket.ring]; }
  // The ring whose table has most places that are free.
  std::size_t roomiest() const {
    const auto fewer = [](const Places& a, const Places& b) { return a.free() < b.free(); };
    return static_cast<std::size_t>(std::ranges::max_element(tables_, fewer) - tables_.begin());
  }
  bool has_free() const { return tables_[roomiest()].has_free(); }
  // With fewer free places a table is left for a roomier one: what arrives before the move is done,
  // up to one backlog, still finds a place.
  std::uint32_t few() const { return std::clamp<std::uint32_t>(places_ / 4, 1, kBacklog); }
  bool has_roomy() const { return tables_[roomiest()].free() >= few(); }

  bool may_grow() const { return exist() && tables_.size() < tables_max_; }
  // Another ring has been opened.
  void grow() { tables_.emplace_back(places_); }
  void begin_turn() {
    for (Places& places : tables_) places.begin_turn();
  }

 private:
  static constexpr std::uint32_t kBacklog = 4096;

  std::uint32_t places_;
  std::size_t tables_max_;
  std::vector<Places> tables_;
};

}  // namespace sdmp::shard
