// timers/<armed>: what a deadline costs in engine/shard/timer_wheel.h while so many are armed:
// arming one that is not, cancelling it, and letting one come due (expiring, and arming it again).
// One thread, no kernel. Nodes are taken at random, as sessions send.
#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/engine_race.h"
#include "codec/check.h"
#include "engine/shard/timer_wheel.h"

namespace sdmp::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kAtOnce = 256;
constexpr int kPasses = 2000;
// Deadlines lie within a minute, as those of sessions do.
constexpr std::int64_t kSpanMs = 60'000;

double ns_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::nano>(Clock::now() - begin).count();
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

class Timers {
 public:
  explicit Timers(std::size_t armed) : nodes_(armed) {
    for (shard::TimerNode& node : nodes_) wheel_.arm(node, deadline());
  }

  void run(benchmark::State& state) {
    verify();
    std::vector<double> cancelled;
    std::vector<double> armed;
    for (int pass = 0; pass < kPasses; ++pass) {
      const auto [cancel_ns, arm_ns] = cancel_and_arm();
      cancelled.push_back(cancel_ns);
      armed.push_back(arm_ns);
    }
    const double arm_ns = median(armed);
    const double expire_ns = expire_span();
    for ([[maybe_unused]] auto iteration : state) state.SetIterationTime(arm_ns * 1e-9);
    state.counters["cancel_ns"] = median(cancelled);
    state.counters["arm_ns"] = arm_ns;
    state.counters["expire_ns"] = expire_ns;
  }

 private:
  std::int64_t deadline() {
    return now_ms_ + 1 + static_cast<std::int64_t>(random_() % static_cast<unsigned>(kSpanMs));
  }

  // All come due, none before its time.
  void verify() {
    const std::int64_t end = now_ms_ + kSpanMs;
    std::size_t due = 0;
    for (; now_ms_ < end; ++now_ms_) {
      while (shard::TimerNode* node = wheel_.expire(now_ms_)) {
        SDMP_CHECK(node->deadline_ms == now_ms_);
        ++due;
        wheel_.arm(*node, end + kSpanMs);
      }
    }
    while (wheel_.expire(end) != nullptr) ++due;
    SDMP_CHECK(due == nodes_.size());
    for (shard::TimerNode& node : nodes_) wheel_.arm(node, deadline());
  }

  // Nanoseconds of cancelling one, and of arming it again.
  std::array<double, 2> cancel_and_arm() {
    std::array<shard::TimerNode*, kAtOnce> chosen{};
    std::array<std::int64_t, kAtOnce> deadlines{};
    for (std::size_t i = 0; i < kAtOnce; ++i) {
      chosen[i] = &nodes_[random_() % nodes_.size()];
      deadlines[i] = deadline();
    }
    // One that was chosen twice is cancelled once.
    const auto cancelling = Clock::now();
    for (shard::TimerNode* node : chosen) wheel_.cancel(*node);
    const double cancelled_ns = ns_since(cancelling);
    const auto arming = Clock::now();
    for (std::size_t i = 0; i < kAtOnce; ++i) wheel_.arm(*chosen[i], deadlines[i]);
    const double armed_ns = ns_since(arming);
    return {cancelled_ns / kAtOnce, armed_ns / kAtOnce};
  }

  // Nanoseconds of a deadline that comes due and is armed again; of all that the wheel does in a
  // minute of its time, called when it asks for it.
  double expire_span() {
    std::vector<std::int64_t> next(4096);
    for (std::int64_t& delay : next) delay = deadline() - now_ms_;
    std::size_t due = 0;
    const auto begin = Clock::now();
    for (const std::int64_t end = now_ms_ + kSpanMs; *wheel_.next_ms() <= end;) {
      now_ms_ = *wheel_.next_ms();
      while (shard::TimerNode* node = wheel_.expire(now_ms_)) {
        wheel_.arm(*node, now_ms_ + kSpanMs + next[due % next.size()]);
        ++due;
      }
    }
    return ns_since(begin) / static_cast<double>(std::max<std::size_t>(due, 1));
  }

  std::int64_t now_ms_ = 0;
  std::mt19937_64 random_{1};
  shard::TimerWheel wheel_{0};
  std::vector<shard::TimerNode> nodes_;
};

}  // namespace

void register_timers() {
  for (const std::size_t armed : {1'000u, 100'000u, 1'000'000u}) {
    benchmark::RegisterBenchmark(("timers/" + std::to_string(armed)).c_str(),
                                 [armed](benchmark::State& state) { Timers(armed).run(state); })
        ->UseManualTime()
        ->Iterations(1);
  }
}

}  // namespace sdmp::bench
