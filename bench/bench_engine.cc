// What the engine's work on sockets costs, over real rings and real sockets on the loopback
// interface: accept, echo of sealed frames, fan-out, and the ways to use a ring that were weighed
// against those that the engine uses; and its timers. Names, counters and what follows from the
// figures: docs/benchmarks.md.
#include <cstdio>
#include <string>

#include <benchmark/benchmark.h>
#include <sys/utsname.h>

#include "bench/engine_load.h"
#include "bench/engine_race.h"
#include "codec/key.h"

namespace sdmp::bench {
namespace {

void add_context() {
  utsname system{};
  uname(&system);
  benchmark::AddCustomContext("kernel", system.release);
  benchmark::AddCustomContext("compiler", __VERSION__);
  const BenchCores cores = bench_cores();
  benchmark::AddCustomContext("cores", "client " + std::to_string(cores.client) + ", server " +
                                           std::to_string(cores.server));
  if (cores.client == cores.server) {
    std::fputs("warning: one core for both ends; times on the clock mean nothing\n", stderr);
  }
#ifndef __OPTIMIZE__
  std::fputs("warning: built without optimisation; the figures mean nothing\n", stderr);
#endif
}

}  // namespace
}  // namespace sdmp::bench

int main(int argc, char** argv) {
  using namespace sdmp;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  codec::crypto_init();
  bench::add_context();
  bench::stay_on_core(bench::bench_cores().client);
  bench::register_accept();
  bench::register_echo();
  bench::register_fan_out();
  bench::register_ways();
  bench::register_timers();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
