#include "codec/socket_address.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>

#include <arpa/inet.h>

namespace sdmp::codec {
namespace {

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), port);
  return status == std::errc{} && end == text.data() + text.size() && text.front() != '0';
}

bool is_address(int family, std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.contains('\0')) return false;
  std::memcpy(terminated.data(), text.data(), text.size());
  in6_addr storage;
  return inet_pton(family, terminated.data(), &storage) == 1;
}

}  // namespace

bool is_socket_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || !is_port(text.substr(colon + 1))) {
    return false;
  }
  const std::string_view host = text.substr(0, colon);
  if (!host.starts_with('[')) return is_address(AF_INET, host);
  return host.ends_with(']') && is_address(AF_INET6, host.substr(1, host.size() - 2));
}

}  // namespace sdmp::codec
