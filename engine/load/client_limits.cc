#include "engine/load/client_limits.h"

#include <algorithm>
#include <cmath>

#include <sched.h>

namespace sdmp::load {
namespace {

// A client that is at work for more than this share of the time that its threads have, or behind
// its own schedule by this, is what limits the figures.
constexpr double kBusyShare = 0.9;
constexpr std::int64_t kLagMaxNs = 1'000'000;

std::string in_ms(std::int64_t ns) {
  const auto tenths = (ns + 50'000) / 100'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " ms";
}

}  // namespace

std::vector<std::string> client_limits(const ClientUse& use) {
  std::vector<std::string> sentences;
  // Threads without a core of their own have no time of their own either.
  const int at_once = std::max(std::min(use.threads, use.cores), 1);
  const bool more_threads = use.threads < use.cores;
  const double share = use.cpu_s / std::max(use.measured_s * at_once, 1e-9);
  if (share > kBusyShare) {
    sentences.push_back(
        "the client was at work for " + std::to_string(std::lround(share * 100)) +
        " % of the time: it, not the server, may be what limits these figures; give it " +
        (more_threads ? "more --threads" : "more cores, which all its threads need"));
  }
  if (use.open_loop && use.lag_p99_ns > kLagMaxNs) {
    sentences.push_back("the client was behind its own schedule (p99 " + in_ms(use.lag_p99_ns) +
                        "): part of the latency is its own; lower --rate or give it more " +
                        (more_threads ? "--threads" : "cores"));
  }
  return sentences;
}

int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(CPU_COUNT(&set), 1);
}

}  // namespace sdmp::load
