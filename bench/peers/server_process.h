// What the processes of a server have used, from /proc: the figures that the peers are compared by.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace sdmp::bench::peers {

// All throw Failure when a process is gone.
class ServerProcess {
 public:
  explicit ServerProcess(std::vector<pid_t> pids) : pids_(std::move(pids)) {}

  // Of all processes together. The kernel counts in steps of 10 ms: measure for a second at least.
  double cpu_seconds() const;
  std::uint64_t resident_octets() const;
  // Waits until the memory has not changed for a second, five seconds at most.
  std::uint64_t settled_octets() const;

 private:
  std::vector<pid_t> pids_;
};

}  // namespace sdmp::bench::peers
