#include "engine/load/process_use.h"

#include <charconv>
#include <fstream>
#include <iterator>
#include <sstream>

#include <unistd.h>

namespace sdmp::load {
namespace {

// In `stat`, counted behind the process's name, which may contain anything.
constexpr int kUserTicks = 11;
constexpr int kSystemTicks = 12;
constexpr int kResidentPages = 21;

}  // namespace

std::optional<ProcessUse> parse_process_use(std::string_view stat) {
  const std::size_t name_end = stat.rfind(')');
  if (name_end == stat.npos) return std::nullopt;
  std::istringstream fields{std::string(stat.substr(name_end + 1))};
  ProcessUse use;
  std::uint64_t ticks = 0;
  std::string field;
  for (int i = 0; i <= kResidentPages; ++i) {
    if (!(fields >> field)) return std::nullopt;
    if (i != kUserTicks && i != kSystemTicks && i != kResidentPages) continue;
    std::uint64_t value = 0;
    const char* end = field.data() + field.size();
    if (std::from_chars(field.data(), end, value).ptr != end) return std::nullopt;
    if (i == kResidentPages) {
      use.rss_bytes = value * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    } else {
      ticks += value;
    }
  }
  use.cpu_s = static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
  return use;
}

std::expected<ProcessUse, std::string> read_process_use(int pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  std::ifstream file(path);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  if (const auto use = parse_process_use(text)) return *use;
  return std::unexpected("there is no process " + std::to_string(pid) + " to watch (" + path +
                         " cannot be read)");
}

}  // namespace sdmp::load
