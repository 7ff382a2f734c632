// The local ports that Linux chooses from when a connection names none: they bound how many
// connections to one server an address of this machine can have, and how soon that becomes slow.
#pragma once

#include <cstdint>
#include <string_view>

namespace sdmp::load {

struct LocalPorts {
  // Linux's own range, 32768 to 60999.
  std::uint64_t all = 28'232;

  // connect() looks through the ports of one parity first, and finds a free one soon for as long as
  // there is one. When these are used up, each connect() looks through all of them in vain before
  // it comes to the others.
  std::uint64_t soon_found() const { return (all + 1) / 2; }
  // Local addresses for so many connections to one server, each with soon_found() at most. Where
  // one is not enough they have some to spare, for connections that come and go.
  std::uint64_t addresses_for(std::uint64_t connections) const {
    return connections <= soon_found() ? 1 : connections / soon_found() + 1;
  }
};

// The text of /proc/sys/net/ipv4/ip_local_port_range; Linux's own range when it is no such text.
LocalPorts parse_local_ports(std::string_view text);
// Of this machine, for IPv4 and IPv6.
LocalPorts read_local_ports();

}  // namespace sdmp::load
