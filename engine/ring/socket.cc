#include "engine/ring/socket.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <unistd.h>

namespace sdmp::ring {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
    return std::nullopt;
  }
  return port;
}

std::string failed(const char* call, int error) {
  return std::string(call) + ": " + std::strerror(error);
}

void set_option(int fd, int level, int option, int value) {
  // Advisory: a kernel that refuses one of them still gives a working connection.
  setsockopt(fd, level, option, &value, sizeof value);
}

}  // namespace

std::expected<SocketAddress, std::string> SocketAddress::parse(std::string_view text) {
  const std::string complaint =
      "\"" + std::string(text) + "\" is no address like 127.0.0.1:7367 or [::1]:7367";
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::unexpected(complaint);
  const auto port = parse_port(text.substr(colon + 1));
  std::string host(text.substr(0, colon));
  if (!port || host.empty()) return std::unexpected(complaint);
  SocketAddress address;
  if (host.front() == '[' && host.back() == ']') {
    sockaddr_in6* in6 = &address.storage_.in6;
    host = host.substr(1, host.size() - 2);
    if (inet_pton(AF_INET6, host.c_str(), &in6->sin6_addr) != 1) return std::unexpected(complaint);
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(*port);
    address.size_ = sizeof *in6;
  } else {
    sockaddr_in* in4 = &address.storage_.in4;
    if (inet_pton(AF_INET, host.c_str(), &in4->sin_addr) != 1) return std::unexpected(complaint);
    in4->sin_family = AF_INET;
    in4->sin_port = htons(*port);
    address.size_ = sizeof *in4;
  }
  return address;
}

SocketAddress SocketAddress::of_family(int family) {
  SocketAddress address;
  address.size_ = family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  return address;
}

SocketAddress SocketAddress::of_peer(int fd) {
  SocketAddress address;
  address.size_ = sizeof address.storage_;
  if (getpeername(fd, address.raw(), &address.size_) != 0) {
    return {};
  }
  return address;
}

SocketAddress SocketAddress::of_socket(int fd) {
  SocketAddress address;
  address.size_ = sizeof address.storage_;
  if (getsockname(fd, address.raw(), &address.size_) != 0) {
    return {};
  }
  return address;
}

std::uint16_t SocketAddress::port() const {
  return ntohs(family() == AF_INET6 ? storage_.in6.sin6_port : storage_.in4.sin_port);
}

std::string SocketAddress::text() const {
  char host[INET6_ADDRSTRLEN] = {};
  if (family() == AF_INET6) {
    inet_ntop(AF_INET6, &storage_.in6.sin6_addr, host, sizeof host);
    return "[" + std::string(host) + "]:" + std::to_string(port());
  }
  if (family() == AF_INET) {
    inet_ntop(AF_INET, &storage_.in4.sin_addr, host, sizeof host);
    return std::string(host) + ":" + std::to_string(port());
  }
  return {};
}

int open_stream(int family) {
  const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
  return fd < 0 ? -errno : fd;
}

void set_stream_options(int fd, int keepalive_s) {
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, keepalive_s > 0 ? 1 : 0);
  if (keepalive_s <= 0) return;
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, keepalive_s);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 15);
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 8);
}

void set_blocking(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags >= 0 && (flags & O_NONBLOCK) != 0) fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

void shutdown_write(int fd) {
  // Fails only when the connection is gone already.
  ::shutdown(fd, SHUT_WR);
}

std::expected<int, std::string> listen_on(const SocketAddress& address, int backlog) {
  const int fd = open_stream(address.family());
  if (fd < 0) return std::unexpected(failed("socket", -fd));
  set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  if (address.family() == AF_INET6) set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if (::bind(fd, address.raw(), address.size()) != 0 || ::listen(fd, backlog) != 0) {
    const int error = errno;
    ::close(fd);
    return std::unexpected(failed(("listening on " + address.text()).c_str(), error));
  }
  return fd;
}

}  // namespace sdmp::ring
