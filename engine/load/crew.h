// What the behaviours of one client thread share, and what all threads share with the run.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/load/arrivals.h"
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
  // And when it ends; set before the phase leaves kMeasuring.
  std::atomic<std::int64_t> end_ns{0};
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
  std::int64_t end_ns = 0;  // in kDraining and after it

  bool running() const { return phase == Phase::kWarmup || phase == Phase::kMeasuring; }
  // Until when an open loop's arrivals are due: what was due before the end is owed after it, too.
  std::int64_t due_until_ns() const {
    return phase == Phase::kDraining ? std::min(end_ns, now_ns()) : now_ns();
  }
  // This thread's arrivals when it has `part` of the `whole` that the plan's rate is shared among.
  Arrivals arrivals(std::uint64_t part, std::uint64_t whole) const;
  // Adversaries work in the second half of the measurement, so that the first half tells what their
  // bystanders have without them.
  std::int64_t abuse_from_ns() const {
    return begin_ns + plan.unmeasured_ns() + plan.duration_ns / 2;
  }
  bool abuse_is_on() const {
    return !plan.abuse.empty() && phase == Phase::kMeasuring && now_ns() >= abuse_from_ns();
  }
  // A latency until now of what was due at `intended_ns`, `times` over. Beside adversaries each
  // half counts apart, too, by when it was due: what the first leaves behind is not their doing.
  void record_latency(Stats& stats, std::int64_t intended_ns, std::uint64_t times = 1) const;
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

// Answers what any session may be asked: this node's journal has nothing new.
void answer_nothing_new(Wire& wire, Link& link, const Arrived& request);

// Follows the server's journal in one session. What was missed is asked for page by page until
// nothing is new; what the server announces meanwhile is part of these answers, and ignored.
class JournalFollower {
 public:
  enum class Outcome : std::uint8_t {
    kIgnored,  // what it says comes again, or has nothing to do with what is followed
    kHolds,
    kBroken,  // its lines contradict each other or those before them
  };

  // The body of the journal_request of a session that begins: all behind the last known line; when
  // none is known, `limit` lines of the beginning, which are not followed, or all (nullopt).
  std::string begin(const codec::Fingerprint& server, std::optional<std::uint64_t> limit);
  Outcome follow(const Arrived& update, const codec::Fingerprint& server);
  // The body of the request for the next page, once, when the last one was not the end.
  std::optional<std::string> next_page();
  // All that was there when the last request was answered is known.
  bool caught_up() const { return !asked_ && !page_due_; }

 private:
  std::optional<codec::LineNumber> last_;   // on the last known line
  std::optional<codec::LineNumber> next_;   // on the line behind it
  std::optional<codec::LineNumber> asked_;  // `since` of the request without an answer
  bool page_due_ = false;
};

}  // namespace sdmp::load
