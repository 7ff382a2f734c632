#include "bench/bursts.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <vector>

namespace sdmp::bench {
namespace {

constexpr double kBurstNs = 5e4;
constexpr double kRaceNs = 7e8;
constexpr int kPassesWanted = 12;
constexpr double kLongRaceNs = 2e9;
constexpr int kPassesMin = 3;

// Not the thread's CPU time: in a virtual machine the kernel takes off it what the host has stolen,
// some time later, so that a burst can seem shorter than it was; and the least would be just that.
double now_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::nano>(now).count();
}

double clock_cost_ns() {
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 1000; ++i) {
    const double start = now_ns();
    least = std::min(least, now_ns() - start);
  }
  return least;
}

// A contender and the least time of each of its bursts.
class Racer {
 public:
  Racer(Contender& contender, std::size_t items, std::size_t burst_items)
      : contender_(contender), items_(items), burst_items_(burst_items) {
    for (std::size_t at = 0; at < items; at += burst_items) least_ns_.push_back(kNever);
  }

  void pass() {
    if (contender_.prepare) contender_.prepare();
    for (std::size_t i = 0; i < least_ns_.size(); ++i) {
      const std::size_t begin = i * burst_items_;
      const std::size_t end = std::min(items_, begin + burst_items_);
      const double start = now_ns();
      for (int call = 0; call < calls_; ++call) contender_.run(begin, end);
      least_ns_[i] = std::min(least_ns_[i], (now_ns() - start - clock_ns_) / calls_);
    }
  }
  double sum_ns() const {
    double sum = 0;
    for (const double least : least_ns_) sum += least;
    return sum;
  }
  // Not what is prepared, which can be done once only, and not one of several bursts: the items of
  // the second call would lie in the caches.
  void choose_calls() {
    if (contender_.prepare || least_ns_.size() > 1) return;
    calls_ = static_cast<int>(std::ceil(kBurstNs / std::max(1.0, least_ns_.front())));
  }
  void finish() { contender_.least_ns = sum_ns(); }

 private:
  static constexpr double kNever = std::numeric_limits<double>::infinity();
  static inline const double clock_ns_ = clock_cost_ns();

  Contender& contender_;
  std::size_t items_;
  std::size_t burst_items_;
  int calls_ = 1;
  std::vector<double> least_ns_;
};

// As many batches as take kBurstNs in the slowest of the contenders, which is the whole of what the
// others are parts of.
std::size_t choose_burst(Contender& slowest, std::size_t items, std::size_t batch) {
  Racer trial(slowest, items, items);
  trial.pass();
  const double batch_ns = trial.sum_ns() * static_cast<double>(batch) / static_cast<double>(items);
  const auto batches = static_cast<std::size_t>(std::ceil(kBurstNs / std::max(1.0, batch_ns)));
  return std::min(items, batches * batch);
}

}  // namespace

int race(std::span<Contender> contenders, std::size_t items, std::size_t batch) {
  const double start = now_ns();
  const std::size_t burst_items = choose_burst(contenders.front(), items, batch);
  std::vector<Racer> racers;
  for (Contender& contender : contenders) racers.emplace_back(contender, items, burst_items);
  for (Racer& racer : racers) racer.pass();
  for (Racer& racer : racers) racer.choose_calls();
  int passes = 1;
  const auto enough = [&passes, start] {
    const double spent = now_ns() - start;
    if (passes < kPassesMin || spent < kRaceNs) return false;
    return passes >= kPassesWanted || spent > kLongRaceNs;
  };
  while (!enough()) {
    // Nobody always runs behind the same one, whose traces in the caches may help or hurt.
    const auto first = static_cast<std::size_t>(passes);
    for (std::size_t i = 0; i < racers.size(); ++i) racers[(first + i) % racers.size()].pass();
    ++passes;
  }
  for (Racer& racer : racers) racer.finish();
  return passes;
}

}  // namespace sdmp::bench
