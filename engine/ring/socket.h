// The few system calls around a TCP socket that are no ring operations: addresses, options,
// listening. All descriptors are blocking ones: the ring waits for them in the kernel (a
// non-blocking one would be answered EAGAIN at once).
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include <netinet/in.h>
#include <sys/socket.h>

namespace sdmp::ring {

class SocketAddress {
 public:
  SocketAddress() = default;
  // "127.0.0.1:7367" or "[::1]:7367"; no names. An error is a sentence.
  static std::expected<SocketAddress, std::string> parse(std::string_view text);
  // Room for an address of this family, for Ring::peer_address to fill; empty text() until then.
  static SocketAddress of_family(int family);
  // The peer's address of a connected socket; empty text() when it is gone.
  static SocketAddress of_peer(int fd);
  // The own address of a socket: after listen_on with port 0 it holds the port.
  static SocketAddress of_socket(int fd);

  std::string text() const;
  std::uint16_t port() const;
  int family() const { return storage_.any.sa_family; }
  const sockaddr* raw() const { return &storage_.any; }
  sockaddr* raw() { return &storage_.any; }
  socklen_t size() const { return size_; }

 private:
  // No more than the families that we use need: every connection keeps its peer's address.
  union Storage {
    sockaddr_in6 in6;
    sockaddr_in in4;
    sockaddr any;
  };
  Storage storage_{};
  socklen_t size_ = 0;
};
static_assert(sizeof(SocketAddress) == 32);

// A TCP socket; the caller's to close. An error is a negated errno.
int open_stream(int family);
// TCP_NODELAY (frames are batched by us), and keep-alive after so many seconds of silence, every
// 15 s, 8 times: a peer that vanished is noticed 2 minutes later. 0: none. Accepted sockets inherit
// them from a listener.
//
// The kernel's timers are coarse: of n idle sockets that were opened evenly about n/60 probe at
// once. What of that a queue on the way cannot hold is lost (1000 on the loopback interface,
// net.core.netdev_max_backlog), and 8 losses end a session.
void set_stream_options(int fd, int keepalive_s = 120);
// Makes an inherited or foreign descriptor blocking.
void set_blocking(int fd);
// Shuts the write side down: the peer reads the end behind what was sent. A system call of its own,
// since io_uring hands every shutdown to a worker thread: 20 us for each instead of 10 through a
// descriptor of Ring::expose (most of which is TCP's own work). It never blocks.
void shutdown_write(int fd);
// A listening socket with SO_REUSEPORT, so that each shard has its own; the caller's to close.
std::expected<int, std::string> listen_on(const SocketAddress& address, int backlog = 4096);

}  // namespace sdmp::ring
