#include "tools/sdmp-load/cores.h"

#include <algorithm>

#include <sched.h>

namespace sdmp::tools {

Cores split_cores(int shards) {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cores;
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    for (int core = 0; core < CPU_SETSIZE; ++core) {
      if (CPU_ISSET(core, &set)) cores.push_back(core);
    }
  }
  if (cores.size() < 2) return {cores, cores};
  const auto servers =
      std::clamp<std::ptrdiff_t>(shards, 1, static_cast<std::ptrdiff_t>(cores.size() / 2));
  return {{cores.begin(), cores.end() - servers}, {cores.end() - servers, cores.end()}};
}

bool stay_on(const std::vector<int>& cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : cores) CPU_SET(core, &set);
  return !cores.empty() && sched_setaffinity(0, sizeof set, &set) == 0;
}

}  // namespace sdmp::tools
