#include "bench/engine_race.h"

#include <algorithm>

#include "codec/check.h"

namespace sdmp::bench {
namespace {

constexpr int kRounds = 21;
// Long enough that the thread that waits for the other costs little, short enough for a neighbour
// to meet all ways alike.
constexpr double kSegmentNs = 20e6;
constexpr std::uint32_t kScaleMax = 1u << 20;

struct Result {
  std::string left_out;
  double server_ns = 0;
  double wall_ns = 0;
  double to_plain = 0;
  double per_turn = 0;
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

class Race {
 public:
  explicit Race(std::vector<Way> ways) : ways_(std::move(ways)) {}

  const Way& way(std::size_t index) const { return ways_[index]; }
  const Result& result(std::size_t index) {
    if (results_.empty()) run();
    return results_[index];
  }

 private:
  void run() {
    std::vector<std::unique_ptr<Racer>> racers;
    results_.resize(ways_.size());
    for (std::size_t i = 0; i < ways_.size(); ++i) {
      auto made = ways_[i].make();
      if (!made) results_[i].left_out = made.error();
      racers.push_back(made ? *std::move(made) : nullptr);
    }
    SDMP_CHECK(racers.front() != nullptr);
    const std::uint32_t scale = measurable(*racers.front());
    std::vector<std::vector<Racer::Cost>> costs(racers.size());
    for (int round = 0; round < kRounds; ++round) {
      for (std::size_t i = 0; i < racers.size(); ++i) {
        if (racers[i]) costs[i].push_back(racers[i]->run(scale));
      }
    }
    for (std::size_t i = 0; i < racers.size(); ++i) {
      if (racers[i]) summarize(costs[i], costs.front(), results_[i]);
    }
  }

  static std::uint32_t measurable(Racer& racer) {
    std::uint32_t scale = 1;
    while (racer.run(scale).wall_ns < kSegmentNs && scale < kScaleMax) scale *= 2;
    return scale;
  }

  static void summarize(const std::vector<Racer::Cost>& costs,
                        const std::vector<Racer::Cost>& plain, Result& result) {
    std::vector<double> server;
    std::vector<double> wall;
    std::vector<double> ratio;
    double operations = 0;
    double turns = 0;
    for (std::size_t i = 0; i < costs.size(); ++i) {
      server.push_back(costs[i].server_ns / costs[i].operations);
      wall.push_back(costs[i].wall_ns / costs[i].operations);
      ratio.push_back(server.back() / (plain[i].server_ns / plain[i].operations));
      operations += costs[i].operations;
      turns += costs[i].turns;
    }
    result.server_ns = median(server);
    result.wall_ns = median(wall);
    result.to_plain = median(ratio);
    result.per_turn = turns > 0 ? operations / turns : 0;
  }

  std::vector<Way> ways_;
  std::vector<Result> results_;
};

void report(benchmark::State& state, const Result& result) {
  if (!result.left_out.empty()) {
    state.SkipWithError(("left out: " + result.left_out).c_str());
    return;
  }
  for ([[maybe_unused]] auto iteration : state) state.SetIterationTime(result.wall_ns * 1e-9);
  state.counters["server_cpu_ns"] = result.server_ns;
  state.counters["to_plain"] = result.to_plain;
  if (result.per_turn > 0) state.counters["per_turn"] = result.per_turn;
}

}  // namespace

void register_race(std::vector<Way> ways) {
  const std::size_t count = ways.size();
  const auto race = std::make_shared<Race>(std::move(ways));
  for (std::size_t i = 0; i < count; ++i) {
    benchmark::RegisterBenchmark(
        race->way(i).name.c_str(),
        [race, i](benchmark::State& state) { report(state, race->result(i)); })
        ->UseManualTime()
        ->Iterations(1);
  }
}

}  // namespace sdmp::bench
