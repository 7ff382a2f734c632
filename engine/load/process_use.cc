#include "engine/load/process_use.h"

#include <fstream>
#include <sstream>

#include <unistd.h>

namespace sdmp::load {
namespace {

// In `stat`, counted behind the process's name, which may contain anything.
constexpr int kUserTicks = 11;
constexpr int kSystemTicks = 12;
constexpr int kResidentPages = 21;

}  // namespace

std::expected<ProcessUse, std::string> read_process_use(int pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) {
    return std::unexpected("there is no process " + std::to_string(pid) + " to watch (" + path +
                           " cannot be read)");
  }
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  ProcessUse use;
  double ticks = 0;
  std::string field;
  for (int i = 0; fields >> field; ++i) {
    if (i == kUserTicks || i == kSystemTicks) ticks += std::stod(field);
    if (i == kResidentPages) {
      use.rss_bytes = std::stoull(field) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    }
  }
  use.cpu_s = ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
  return use;
}

}  // namespace sdmp::load
