// Real loopback sockets and an enabled ring for the tests of engine/ring.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/ring/buffer_ring.h"
#include "engine/ring/ring.h"
#include "engine/ring/socket.h"

namespace sdmp::ring::testing {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() { reset(); }
  int get() const { return fd_; }
  void reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

// Listens on an ephemeral port of the loopback interface.
struct Listener {
  Listener() : fd(*listen_on(*SocketAddress::parse("127.0.0.1:0"))) {}
  SocketAddress address() const { return SocketAddress::of_socket(fd.get()); }
  // A connected blocking socket; the other end waits to be accepted.
  Descriptor dial() const {
    Descriptor client(open_stream(AF_INET));
    const SocketAddress where = address();
    EXPECT_EQ(::connect(client.get(), where.raw(), where.size()), 0);
    return client;
  }
  Descriptor accept() const { return Descriptor(::accept(fd.get(), nullptr, nullptr)); }

  Descriptor fd;
};

// Two connected sockets.
struct Pair {
  Pair() : client(listener.dial()), server(listener.accept()) {}
  Listener listener;
  Descriptor client;
  Descriptor server;
};

inline void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    ASSERT_GT(written, 0);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

// A ring of the test's own thread, with completions one by one.
struct TestRing {
  TestRing() : ring(*Ring::create({.submissions = 8, .completions = 64})) { ring.enable(); }
  explicit TestRing(const RingConfig& config) : ring(*Ring::create(config)) { ring.enable(); }

  Completion next() {
    while (queue.empty()) {
      for (const Completion& completion : ring.wait(std::nullopt)) queue.push_back(completion);
    }
    const Completion first = queue.front();
    queue.pop_front();
    return first;
  }

  Ring ring;
  std::deque<Completion> queue;
};

constexpr UserData name(std::uint32_t slot, Op op) {
  return {slot, 7, op};
}

}  // namespace sdmp::ring::testing
