#include <algorithm>
#include <cstring>
#include <memory>

#include <ifaddrs.h>
#include <net/if.h>

#include "engine/relay/address.h"

namespace sdmp::relay {
namespace {

bool is_global(const sockaddr_in& v4) {
  const std::uint32_t host = ntohl(v4.sin_addr.s_addr);
  const bool loopback = host >> 24 == 127;
  const bool link_local = host >> 16 == 0xA9FE;  // 169.254/16
  return !loopback && !link_local && host != INADDR_ANY;
}

bool is_global(const sockaddr_in6& v6) {
  return !IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) && !IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr) &&
         !IN6_IS_ADDR_MULTICAST(&v6.sin6_addr) && !IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) &&
         !IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr);
}

// The address of one interface when others can reach it, with `port`.
std::optional<Address> usable_address(const ifaddrs& entry, std::uint16_t port) {
  if (entry.ifa_addr == nullptr || (entry.ifa_flags & IFF_UP) == 0) return std::nullopt;
  Address address;
  if (entry.ifa_addr->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, entry.ifa_addr, sizeof v4);
    if (!is_global(v4)) return std::nullopt;
    std::memcpy(&address.storage, &v4, sizeof v4);
    address.size = sizeof v4;
  } else if (entry.ifa_addr->sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, entry.ifa_addr, sizeof v6);
    if (!is_global(v6)) return std::nullopt;
    std::memcpy(&address.storage, &v6, sizeof v6);
    address.size = sizeof v6;
  } else {
    return std::nullopt;
  }
  address.set_port(port);
  return address;
}

}  // namespace

std::vector<std::string> announced_addresses(const Address& listen) {
  if (listen.port() == 0) return {};
  if (!listen.is_wildcard()) return {listen.text()};

  std::vector<Address> found;
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) == 0) {
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> guard(first, freeifaddrs);
    for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
      auto address = usable_address(*entry, listen.port());
      if (!address || (address->is_v6() && !listen.is_v6())) continue;
      if (std::ranges::find(found, *address) == found.end()) found.push_back(*address);
    }
  }
  // IPv6 is preferred when dialling (RES-6): it goes first.
  std::ranges::stable_partition(found, [](const Address& address) { return address.is_v6(); });
  std::vector<std::string> texts;
  for (const Address& address : found) texts.push_back(address.text());
  if (texts.empty()) {
    const std::string port = std::to_string(listen.port());
    if (listen.is_v6()) texts.push_back("[::1]:" + port);
    texts.push_back("127.0.0.1:" + port);
  }
  return texts;
}

}  // namespace sdmp::relay
