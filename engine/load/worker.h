// One client thread: its ring, its sessions, its figures.
//
// Thread rule: create(), snapshot handling and stop from the run's thread; run() on its own.
#pragma once

#include <expected>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "engine/load/crew.h"

namespace sdmp::load {

class Worker {
 public:
  // What a thread hands over, a few times a second and at each change of phase.
  struct Delta {
    Stats stats;
    Phase phase = Phase::kOpening;  // in which it was counted
  };
  struct Standing {
    Gauges gauges;
    Phase phase = Phase::kOpening;  // that the thread has seen
    bool ready = false;             // everything that is to be open is
    bool done = false;              // everything that was asked is done
    std::uint64_t published = 0;    // posts of all threads, when this one looked whether it is
    double cpu_s = 0;               // of the thread so far
    std::int64_t ready_ns = 0;      // since when `ready`, monotonic; 0: not now
    std::int64_t back_ns = 0;       // when all idle sessions were back after the storm; 0: not yet
    std::int64_t progress_ns = 0;   // when something that is counted last happened, monotonic
  };

  // All must outlive it. An error is a sentence.
  static std::expected<std::unique_ptr<Worker>, std::string> create(
      const Plan& plan, const ServerIdentity& server, const TestIdentities& identities,
      Publications& publications, const RunState& state, int thread);
  ~Worker();

  // Sessions that this thread has room for.
  std::uint64_t sessions_max() const;
  void start();
  // Makes the thread look at the state's phase.
  void wake() const;
  // What has come since the last call.
  std::vector<Delta> take();
  Standing standing() const;
  // After kClosing.
  void join();

 private:
  struct State;
  explicit Worker(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
  std::jthread thread_;
};

// Whether all threads have done what `phase` asks of them. Each says so at a time of its own: a
// subscriber that had everything when less than `published`, all that there is now, was published
// may have the rest still to receive.
bool all_done(std::span<const Worker::Standing> standings, Phase phase, std::uint64_t published);

}  // namespace sdmp::load
