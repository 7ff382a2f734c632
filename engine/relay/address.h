// Network addresses as people write them: 127.0.0.1:7367, [::1]:7367, [::]:7367; no names, no
// look-ups. A peer may be pinned: FINGERPRINT@ADDR:PORT.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>

#include "codec/digest.h"
#include "engine/relay/outcome.h"

namespace sdmp::relay {

inline constexpr std::uint16_t kDefaultPort = 7367;

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  std::string text() const;
  std::uint16_t port() const;
  void set_port(std::uint16_t port);
  bool is_v6() const;
  bool is_wildcard() const;
  bool operator==(const Address& other) const;
};
// The port may be left out (7367); port 0 lets the kernel choose, for listening.
Outcome<Address> parse_address(std::string_view text);

// What a node that listens at `listen` announces in its node_information (RES-6): the address
// itself when it is specific; for a wildcard the host's global-scope interface addresses, IPv6
// first, else loopback; nothing for port 0.
std::vector<std::string> announced_addresses(const Address& listen);

struct PeerAddress {
  Address address;
  std::optional<codec::Fingerprint> pinned;
};
Outcome<PeerAddress> parse_peer_address(std::string_view text);

}  // namespace sdmp::relay
