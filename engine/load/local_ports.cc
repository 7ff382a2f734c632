#include "engine/load/local_ports.h"

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace sdmp::load {

LocalPorts parse_local_ports(std::string_view text) {
  std::istringstream fields{std::string(text)};
  std::int64_t first = 0;
  std::int64_t last = 0;
  const bool is_range = fields >> first >> last && 0 < first && first <= last && last <= UINT16_MAX;
  if (!is_range) return {};
  return {static_cast<std::uint64_t>(last - first + 1)};
}

LocalPorts read_local_ports() {
  std::ifstream file("/proc/sys/net/ipv4/ip_local_port_range");
  return parse_local_ports(std::string(std::istreambuf_iterator<char>(file), {}));
}

}  // namespace sdmp::load
