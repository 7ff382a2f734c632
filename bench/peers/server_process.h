// What the processes of a server have used, from /proc: the figures that the peers are compared by.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace sdmp::bench::peers {

// User and system time, in clock ticks, of the text of /proc/PID/stat. Throws Failure when it is
// not such a text.
std::uint64_t cpu_ticks_of(std::string_view stat);

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
