#include "engine/relay/listeners.h"

#include <cerrno>
#include <cstring>
#include <expected>
#include <utility>

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

namespace sdmp::relay {
namespace {

// What the kernel keeps of connections that wait to be accepted, in each socket; it lowers this to
// net.core.somaxconn.
constexpr int kBacklog = 4096;

// Between two looks at a port that is in use.
constexpr int kPauseMs = 20;

std::string remedy(int error, const Address& address) {
  switch (error) {
    case EADDRINUSE:
      return "; another process listens there: stop it, or choose another address with --listen";
    case EADDRNOTAVAIL:
      return "; no interface of this host has that address";
    case EACCES:
      return "; ports below 1024 need privileges: choose a higher one";
    case EAFNOSUPPORT:
      return "; this host has no IPv6: listen on 0.0.0.0:" + std::to_string(address.port());
    default:
      return "";
  }
}

std::unexpected<std::string> failed(const Address& address, int error) {
  return std::unexpected("cannot listen on " + address.text() + ": " + system_error_text(error) +
                         remedy(error, address));
}

bool set_option(int fd, int level, int name, int value) {
  return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

// Or errno.
std::expected<UniqueFd, int> bound_socket(const Address& address, bool share_port) {
  UniqueFd fd(socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd || !set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1) ||
      !set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT, share_port ? 1 : 0)) {
    return std::unexpected(errno);
  }
  if (address.is_v6() &&
      !set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, address.is_wildcard() ? 0 : 1)) {
    return std::unexpected(errno);
  }
  const auto* name = reinterpret_cast<const sockaddr*>(&address.storage);
  if (bind(fd.get(), name, address.size) != 0) return std::unexpected(errno);
  return fd;
}

Outcome<Address> address_of(const UniqueFd& fd, const Address& wanted) {
  Address bound;
  bound.size = sizeof bound.storage;
  if (getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound.storage), &bound.size) != 0) {
    return failed(wanted, errno);
  }
  return bound;
}

// A socket that does not share its port shows whether anybody listens there.
Outcome<void> wait_until_free(const Address& wanted, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  bool told = false;
  while (true) {
    const auto probe = bound_socket(wanted, false);
    if (probe) return {};
    if (probe.error() != EADDRINUSE || std::chrono::steady_clock::now() >= deadline) {
      return failed(wanted, probe.error());
    }
    if (!std::exchange(told, true)) {
      spdlog::warn(
          "{} is still in use, perhaps by what was killed here and has not ended yet: "
          "trying for up to {} s",
          wanted.text(), std::chrono::ceil<std::chrono::seconds>(patience).count());
    }
    // Nothing tells when a port is free: a pause, bounded by the deadline.
    poll(nullptr, 0, kPauseMs);
  }
}

Outcome<void> open_address(const Address& wanted, int shards, std::chrono::milliseconds patience,
                           Listeners& listeners) {
  if (wanted.port() != 0) {
    if (auto free = wait_until_free(wanted, patience); !free) return free;
  }
  Address address = wanted;
  for (int shard = 0; shard < shards; ++shard) {
    auto fd = bound_socket(address, true);
    if (!fd) return failed(address, fd.error());
    // Port 0: the first socket's port is the port of all.
    auto bound = address_of(*fd, wanted);
    if (!bound) return std::unexpected(bound.error());
    address = *bound;
    // Listens at once: another process that probes this port is refused from now on.
    if (listen(fd->get(), kBacklog) != 0) return failed(address, errno);
    listeners.fds[static_cast<std::size_t>(shard)].push_back(std::move(*fd));
  }
  listeners.addresses.push_back(address);
  return {};
}

}  // namespace

Outcome<Listeners> open_listeners(const std::vector<Address>& addresses, int shards,
                                  std::chrono::milliseconds patience) {
  Listeners listeners;
  listeners.fds.resize(static_cast<std::size_t>(shards));
  for (const Address& address : addresses) {
    if (auto opened = open_address(address, shards, patience, listeners); !opened) {
      return std::unexpected(opened.error());
    }
  }
  return listeners;
}

}  // namespace sdmp::relay
