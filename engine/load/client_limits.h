// Whether the client, not the server, is what limits a run's figures.
//
// Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sdmp::load {

struct ClientUse {
  double cpu_s = 0;  // of the client's threads while measuring
  double measured_s = 0;
  int threads = 1;
  int cores = 1;  // that they may run on
  bool open_loop = false;
  std::int64_t lag_p99_ns = 0;
};

// A sentence for each way in which it is, with what to do about it.
std::vector<std::string> client_limits(const ClientUse& use);

// How many cores this process may run on.
int usable_cores();

}  // namespace sdmp::load
