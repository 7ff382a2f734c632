// The address:port texts of node_information (RES-6).
#pragma once

#include <string_view>

namespace sdmp::codec {

// Whether `text` is an IPv4 address or an IPv6 address in brackets, a colon and a port from 1 to
// 65535 in decimal without leading zeros. Host names and zone ids are none.
bool is_socket_address(std::string_view text);

}  // namespace sdmp::codec
