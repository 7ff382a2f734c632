#include "bench/peers/server_process.h"

#include <chrono>
#include <thread>

#include "bench/peers/failure.h"
#include "engine/load/process_use.h"

namespace sdmp::bench::peers {
namespace {

load::ProcessUse use_of(pid_t pid) {
  const auto use = load::read_process_use(pid);
  if (!use) throw Failure("the server is gone: " + use.error());
  return *use;
}

}  // namespace

double ServerProcess::cpu_seconds() const {
  double seconds = 0;
  for (const pid_t pid : pids_) seconds += use_of(pid).cpu_s;
  return seconds;
}

std::uint64_t ServerProcess::resident_octets() const {
  std::uint64_t octets = 0;
  for (const pid_t pid : pids_) octets += use_of(pid).rss_bytes;
  return octets;
}

// The kernel tells nobody when a process takes memory or gives it back, and a server says nothing
// behind its last answer: all that can be done is to look again.
std::uint64_t ServerProcess::settled_octets() const {
  constexpr int kSteady = 10;
  constexpr int kLongest = 50;
  std::uint64_t octets = resident_octets();
  for (int step = 0, steady = 0; step < kLongest && steady < kSteady; ++step) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const std::uint64_t now = resident_octets();
    steady = now == octets ? steady + 1 : 0;
    octets = now;
  }
  return octets;
}

}  // namespace sdmp::bench::peers
