#include "engine/relay/address.h"

#include <charconv>
#include <cstring>

#include <arpa/inet.h>

namespace sdmp::relay {
namespace {

std::unexpected<std::string> bad(std::string_view text, std::string_view why) {
  return std::unexpected("\"" + std::string(text) + "\" is no address: " + std::string(why) +
                         "; write 127.0.0.1:7367 or [::1]:7367");
}

bool parse_port(std::string_view text, std::uint16_t& port) {
  // from_chars would take no sign either, but does take leading zeros: "0007367" is no port.
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text.front() == '0')) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size();
}

bool fill_v4(const std::string& host, std::uint16_t port, Address& address) {
  sockaddr_in socket_address{};
  socket_address.sin_family = AF_INET;
  socket_address.sin_port = htons(port);
  if (inet_pton(AF_INET, host.c_str(), &socket_address.sin_addr) != 1) return false;
  std::memcpy(&address.storage, &socket_address, sizeof socket_address);
  address.size = sizeof socket_address;
  return true;
}

bool fill_v6(const std::string& host, std::uint16_t port, Address& address) {
  sockaddr_in6 socket_address{};
  socket_address.sin6_family = AF_INET6;
  socket_address.sin6_port = htons(port);
  if (inet_pton(AF_INET6, host.c_str(), &socket_address.sin6_addr) != 1) return false;
  std::memcpy(&address.storage, &socket_address, sizeof socket_address);
  address.size = sizeof socket_address;
  return true;
}

// The storage is read through copies: it was never an object of the other types.
sockaddr_in as_v4(const Address& address) {
  sockaddr_in v4{};
  std::memcpy(&v4, &address.storage, sizeof v4);
  return v4;
}
sockaddr_in6 as_v6(const Address& address) {
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address.storage, sizeof v6);
  return v6;
}

}  // namespace

std::string Address::text() const {
  char host[INET6_ADDRSTRLEN] = "";
  if (storage.ss_family == AF_INET) {
    const sockaddr_in v4 = as_v4(*this);
    inet_ntop(AF_INET, &v4.sin_addr, host, sizeof host);
    return std::string(host) + ":" + std::to_string(port());
  }
  const sockaddr_in6 v6 = as_v6(*this);
  inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof host);
  return "[" + std::string(host) + "]:" + std::to_string(port());
}

std::uint16_t Address::port() const {
  return storage.ss_family == AF_INET ? ntohs(as_v4(*this).sin_port)
                                      : ntohs(as_v6(*this).sin6_port);
}

void Address::set_port(std::uint16_t port) {
  if (storage.ss_family == AF_INET) {
    sockaddr_in v4 = as_v4(*this);
    v4.sin_port = htons(port);
    std::memcpy(&storage, &v4, sizeof v4);
  } else {
    sockaddr_in6 v6 = as_v6(*this);
    v6.sin6_port = htons(port);
    std::memcpy(&storage, &v6, sizeof v6);
  }
}

bool Address::is_v6() const {
  return storage.ss_family == AF_INET6;
}

bool Address::is_wildcard() const {
  if (!is_v6()) return as_v4(*this).sin_addr.s_addr == htonl(INADDR_ANY);
  const sockaddr_in6 v6 = as_v6(*this);
  return IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr);
}

bool Address::operator==(const Address& other) const {
  if (storage.ss_family != other.storage.ss_family || port() != other.port()) return false;
  if (!is_v6()) return as_v4(*this).sin_addr.s_addr == as_v4(other).sin_addr.s_addr;
  const sockaddr_in6 a = as_v6(*this);
  const sockaddr_in6 b = as_v6(other);
  return std::memcmp(&a.sin6_addr, &b.sin6_addr, sizeof a.sin6_addr) == 0;
}

Outcome<Address> parse_address(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return bad(text, "it contains a zero byte");
  const bool bracketed = text.starts_with('[');
  std::string_view host = text;
  std::string_view port_text;
  bool has_port = false;
  if (bracketed) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return bad(text, "the closing bracket is missing");
    host = text.substr(1, end - 1);
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return bad(text, "a colon must follow the bracket");
    has_port = !rest.empty();
    if (has_port) port_text = rest.substr(1);
  } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    if (text.find(':', colon + 1) != std::string_view::npos) {
      return bad(text, "an IPv6 address is written in brackets");
    }
    host = text.substr(0, colon);
    port_text = text.substr(colon + 1);
    has_port = true;
  }
  std::uint16_t port = kDefaultPort;
  if (has_port && !parse_port(port_text, port)) {
    return bad(text, "the port is a number from 0 to 65535");
  }
  Address address;
  const std::string host_text(host);
  if (bracketed) {
    if (!fill_v6(host_text, port, address)) return bad(text, "not an IPv6 address in the brackets");
  } else if (!fill_v4(host_text, port, address)) {
    return bad(text, "not an IPv4 address (names are not looked up)");
  }
  return address;
}

Outcome<PeerAddress> parse_peer_address(std::string_view text) {
  PeerAddress peer;
  std::string_view address_text = text;
  if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
    const auto pinned = codec::Fingerprint::parse(text.substr(0, at));
    if (!pinned) {
      return std::unexpected("\"" + std::string(text) +
                             "\": what stands before the @ is no fingerprint (86 characters)");
    }
    peer.pinned = *pinned;
    address_text = text.substr(at + 1);
  }
  auto address = parse_address(address_text);
  if (!address) return std::unexpected(address.error());
  if (address->port() == 0) {
    return std::unexpected("\"" + std::string(text) + "\": nobody can be reached at port 0");
  }
  if (address->is_wildcard()) {
    return std::unexpected("\"" + std::string(text) +
                           "\": every address is no peer; name the one to reach");
  }
  peer.address = *address;
  return peer;
}

}  // namespace sdmp::relay
