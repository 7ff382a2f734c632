// What a process on this machine uses, from /proc/PID.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

namespace sdmp::load {

struct ProcessUse {
  double cpu_s = 0;  // user and system, of all its threads, since its start
  std::uint64_t rss_bytes = 0;
};

// An error is a sentence: no such process, or not ours to read.
std::expected<ProcessUse, std::string> read_process_use(int pid);

}  // namespace sdmp::load
