// The few system calls around a TCP socket that are no ring operations: addresses, options,
// listening. All descriptors are blocking ones: the ring waits for them in the kernel (a
// non-blocking one would be answered EAGAIN at once).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include <sys/socket.h>

namespace sdmp::ring {

class SocketAddress {
 public:
  SocketAddress() = default;
  // "127.0.0.1:7367" or "[::1]:7367"; no names. An error is a sentence.
  static std::expected<SocketAddress, std::string> parse(std::string_view text);
  // The peer's address of a connected socket; empty text() when it is gone.
  static SocketAddress of_peer(int fd);
  // The own address of a socket: after listen_on with port 0 it holds the port.
  static SocketAddress of_socket(int fd);

  std::string text() const;
  std::uint16_t port() const;
  int family() const { return storage_.ss_family; }
  const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const { return size_; }

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

// A TCP socket; the caller's to close. An error is a negated errno.
int open_stream(int family);
// TCP_NODELAY (frames are batched by us), and keep-alive after 60 s of silence, every 15 s, 4
// times: a peer that vanished is noticed within 2 minutes. Accepted sockets inherit them from a
// listener.
void set_stream_options(int fd);
// Makes an inherited or foreign descriptor blocking.
void set_blocking(int fd);
// Shuts the write side down: the peer reads the end behind what was sent. A system call of its own,
// since io_uring hands every shutdown to a worker thread; it never blocks.
void shutdown_write(int fd);
// Throws away what has been received and not read, at most `bytes_max` octets, without waiting: a
// close with unread input is a reset, which destroys what the peer has not read yet.
void discard_unread(int fd, std::size_t bytes_max);
// A listening socket with SO_REUSEPORT, so that each shard has its own; the caller's to close.
std::expected<int, std::string> listen_on(const SocketAddress& address, int backlog = 4096);

}  // namespace sdmp::ring
