// Wakes a ring's thread from any other one: an eventfd with a read that stays armed in the ring.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "engine/ring/ring.h"

namespace sdmp::ring {

// Thread rule: wake() from any thread; the rest on the ring's thread. Must end after the Ring.
class Waker {
 public:
  static std::expected<Waker, std::string> create();
  ~Waker();
  Waker(Waker&& other) noexcept;
  Waker& operator=(Waker&&) = delete;

  // Never blocks; calls before the thread has woken count as one.
  void wake() const;
  // The eventfd, for what else shall wake the thread.
  int descriptor() const { return fd_; }

  // Arms the read: it completes with op kWake after the next wake(), or at once when there was one.
  // Arm again after each completion, before looking at what the wake was for.
  void arm(Ring& ring);
  // Ends the armed read: it completes with -ECANCELED.
  void disarm(Ring& ring) const;

 private:
  explicit Waker(int fd) : fd_(fd) {}
  int fd_;
  std::uint64_t value_ = 0;
};

}  // namespace sdmp::ring
