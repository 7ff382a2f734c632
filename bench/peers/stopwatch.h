// From its making: time on the clock, the CPU time of the server, and that of this process.
#pragma once

#include <chrono>

#include <sys/resource.h>

#include "bench/peers/runs.h"

namespace sdmp::bench::peers {

class Stopwatch {
 public:
  explicit Stopwatch(const ServerProcess& server)
      : server_(server), server_start_(server.cpu_seconds()), client_start_(own_cpu_seconds()) {}

  Use stop() const {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
    return {elapsed.count(), server_.cpu_seconds() - server_start_,
            own_cpu_seconds() - client_start_};
  }

 private:
  static double own_cpu_seconds() {
    rusage use{};
    getrusage(RUSAGE_SELF, &use);
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(use.ru_utime) + seconds(use.ru_stime);
  }

  const ServerProcess& server_;
  double server_start_;
  double client_start_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace sdmp::bench::peers
