// Ways to do the same, measured by turns in one run: neighbours on the machine then lengthen all of
// them, and ratios can be trusted where times cannot.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace sdmp::bench {

// One of the ways, set up and warm.
class Racer {
 public:
  struct Cost {
    double operations = 0;
    double server_ns = 0;  // CPU time of the server's thread
    double wall_ns = 0;
    double turns = 0;  // of the server's loop; 0: not known
  };
  virtual ~Racer() = default;
  // About `scale` times the least amount of work that can be measured.
  virtual Cost run(std::uint32_t scale) = 0;
};

using MadeRacer = std::expected<std::unique_ptr<Racer>, std::string>;

struct Way {
  std::string name;
  // An error says why it is left out here.
  std::function<MadeRacer()> make;
};

// Registers a benchmark per way. The first of a race that is wanted runs the whole race, so that a
// filter of --benchmark_filter finds what it is compared with. The first way is the plain one.
//
// Counters: server_cpu_ns of an operation (median of the rounds), to_plain (median of the ratios of
// each round), per_turn (operations for which the server woke once).
void register_race(std::vector<Way> ways);

// What bench_engine.cc registers, each in a source of its own.
void register_accept();
void register_echo();
void register_fan_out();
void register_ways();
void register_timers();

}  // namespace sdmp::bench
