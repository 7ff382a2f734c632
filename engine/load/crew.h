// What the behaviours of one client thread share, and what all threads share with the run.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "engine/load/identity.h"
#include "engine/load/plan.h"
#include "engine/load/publications.h"
#include "engine/load/wire.h"

namespace sdmp::load {

enum class Phase : std::uint8_t {
  kOpening,  // sessions that are to be there are opened
  kWarmup,   // everything runs, nothing counts
  kMeasuring,
  kDraining,  // nothing new is begun; what is on the way may arrive
  kClosing,
};

// Written by the run, read by the threads.
struct RunState {
  std::atomic<Phase> phase{Phase::kOpening};
  // When the open loop's schedule begins, monotonic; set before the phase leaves kOpening.
  std::atomic<std::int64_t> begin_ns{0};
};

// Of one thread.
struct Crew {
  const Plan& plan;
  const ServerIdentity& server;
  const TestIdentities& identities;
  Publications& publications;
  Wire& wire;
  int thread;  // 0 ... plan.threads - 1
  Phase phase = Phase::kOpening;
  std::int64_t begin_ns = 0;

  bool running() const { return phase == Phase::kWarmup || phase == Phase::kMeasuring; }
  // Adversaries work in the second half of the measurement, so that the first half tells what their
  // bystanders have without them.
  bool abuse_is_on() const {
    const std::int64_t from_ns = begin_ns + plan.warmup_ns + plan.duration_ns / 2;
    return !plan.abuse.empty() && phase == Phase::kMeasuring && now_ns() >= from_ns;
  }
  std::int64_t now_ns() const { return wire.clock().ns; }
  // This thread's part of something that is shared evenly.
  std::uint64_t share(std::uint64_t total) const {
    const auto threads = static_cast<std::uint64_t>(plan.threads);
    return total / threads + (static_cast<std::uint64_t>(thread) < total % threads ? 1 : 0);
  }
  // The first of this thread's part, when parts are dealt one behind the other.
  std::uint64_t first(std::uint64_t total) const {
    const auto threads = static_cast<std::uint64_t>(plan.threads);
    const auto index = static_cast<std::uint64_t>(thread);
    return total / threads * index + std::min(index, total % threads);
  }
};

// A behaviour together with what the run asks of it.
class Role : public Behaviour {
 public:
  // Asks for the first connections.
  virtual void begin() = 0;
  // Sessions that are to be open before anything is measured, and are.
  virtual bool ready() const { return true; }
  // Has done everything that was asked of it; in kDraining: nothing is on the way any more.
  virtual bool done() const { return true; }
  // Adds what only shows at the end to the figures.
  virtual void finish(Stats&) {}
};

// How long a session that could not be opened, or was lost, waits before the next attempt.
inline constexpr std::int64_t kReopenNs = 200'000'000;

// Answers what any session may be asked: this node's journal has nothing new.
void answer_nothing_new(Wire& wire, Link& link, const Arrived& request);

// Follows the server's journal in one session.
class JournalFollower {
 public:
  // False: the update's lines contradict each other or those before them.
  bool follow(const Arrived& update, const codec::Fingerprint& server);
  // The number on the last known line, once one is known: `since` of a request.
  const std::optional<codec::LineNumber>& last() const { return last_; }
  // What comes next need not continue what is known.
  void restart() { next_.reset(); }

 private:
  std::optional<codec::LineNumber> last_;
  std::optional<codec::LineNumber> next_;  // on the line behind it
};

}  // namespace sdmp::load
