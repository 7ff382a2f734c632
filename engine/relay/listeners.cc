#include "engine/relay/listeners.h"

#include <cerrno>
#include <cstring>

#include <sys/socket.h>

namespace sdmp::relay {
namespace {

// What the kernel keeps of connections that wait to be accepted, in each socket; it lowers this to
// net.core.somaxconn.
constexpr int kBacklog = 4096;

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

std::unexpected<std::string> failed(const Address& address) {
  const int error = errno;
  return std::unexpected("cannot listen on " + address.text() + ": " + system_error_text(error) +
                         remedy(error, address));
}

bool set_option(int fd, int level, int name, int value) {
  return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

Outcome<UniqueFd> bound_socket(const Address& address, bool share_port) {
  UniqueFd fd(socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd || !set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1) ||
      !set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT, share_port ? 1 : 0)) {
    return failed(address);
  }
  if (address.is_v6() &&
      !set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, address.is_wildcard() ? 0 : 1)) {
    return failed(address);
  }
  const auto* name = reinterpret_cast<const sockaddr*>(&address.storage);
  if (bind(fd.get(), name, address.size) != 0) return failed(address);
  return fd;
}

Outcome<Address> address_of(const UniqueFd& fd, const Address& wanted) {
  Address bound;
  bound.size = sizeof bound.storage;
  if (getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound.storage), &bound.size) != 0) {
    return failed(wanted);
  }
  return bound;
}

Outcome<void> open_address(const Address& wanted, int shards, Listeners& listeners) {
  // A socket that does not share its port shows whether anybody listens there.
  if (wanted.port() != 0) {
    if (auto probe = bound_socket(wanted, false); !probe) return std::unexpected(probe.error());
  }
  Address address = wanted;
  for (int shard = 0; shard < shards; ++shard) {
    auto fd = bound_socket(address, true);
    if (!fd) return std::unexpected(fd.error());
    // Port 0: the first socket's port is the port of all.
    auto bound = address_of(*fd, wanted);
    if (!bound) return std::unexpected(bound.error());
    address = *bound;
    // Listens at once: another process that probes this port is refused from now on.
    if (listen(fd->get(), kBacklog) != 0) return failed(address);
    listeners.fds[static_cast<std::size_t>(shard)].push_back(std::move(*fd));
  }
  listeners.addresses.push_back(address);
  return {};
}

}  // namespace

Outcome<Listeners> open_listeners(const std::vector<Address>& addresses, int shards) {
  Listeners listeners;
  listeners.fds.resize(static_cast<std::size_t>(shards));
  for (const Address& address : addresses) {
    if (auto opened = open_address(address, shards, listeners); !opened) {
      return std::unexpected(opened.error());
    }
  }
  return listeners;
}

}  // namespace sdmp::relay
