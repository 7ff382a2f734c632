// What a process on this machine uses, from /proc/PID.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace sdmp::load {

struct ProcessUse {
  double cpu_s = 0;  // user and system, of all its threads, since its start
  std::uint64_t rss_bytes = 0;
};

// From the text of /proc/PID/stat; nullopt when it is not such a text.
std::optional<ProcessUse> parse_process_use(std::string_view stat);
// An error is a sentence: no such process, or not ours to read.
std::expected<ProcessUse, std::string> read_process_use(int pid);

}  // namespace sdmp::load
