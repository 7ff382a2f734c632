#include "bench/peers/server_process.h"

#include <chrono>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "bench/peers/failure.h"

namespace sdmp::bench::peers {
namespace {

std::string read_proc(pid_t pid, const char* file) {
  std::ifstream in(fmt::format("/proc/{}/{}", pid, file));
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (text.empty()) throw Failure(fmt::format("the server's process {} is gone", pid));
  return text;
}

}  // namespace

// The second field is the program's name in parentheses, which may hold spaces and parentheses;
// user and system time are fields 14 and 15 (proc(5)).
std::uint64_t cpu_ticks_of(std::string_view stat) {
  const std::size_t name_end = stat.rfind(')');
  if (name_end == stat.npos) throw Failure("/proc/PID/stat without a name");
  std::istringstream fields{std::string(stat.substr(name_end + 1))};
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  if (!(fields >> user >> system)) throw Failure("/proc/PID/stat is cut short");
  return user + system;
}

double ServerProcess::cpu_seconds() const {
  std::uint64_t ticks = 0;
  for (const pid_t pid : pids_) ticks += cpu_ticks_of(read_proc(pid, "stat"));
  return static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::uint64_t ServerProcess::resident_octets() const {
  std::uint64_t pages = 0;
  for (const pid_t pid : pids_) {
    std::istringstream fields(read_proc(pid, "statm"));
    std::uint64_t virtual_pages = 0;
    std::uint64_t resident_pages = 0;
    fields >> virtual_pages >> resident_pages;
    pages += resident_pages;
  }
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

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
