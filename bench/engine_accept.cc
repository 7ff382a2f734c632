// accept/<direct|regular>: a connection from its accept (multishot) to its close by the server,
// with the socket in the ring's table or as a regular descriptor. 64 arrive at a time.
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <thread>

#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench/engine_load.h"
#include "bench/engine_race.h"
#include "codec/check.h"

namespace sdmp::bench {
namespace {

using ring::Op;

constexpr std::uint32_t kAtOnce = 64;
constexpr std::uint32_t kPlaces = 4096;

std::int64_t cpu_now_ns() {
  timespec time{};
  SDMP_CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

class AcceptServer {
 public:
  AcceptServer(const Listener& listener, ring::Ring ring)
      : ring_(std::move(ring)), thread_([this, fd = listener.descriptor()] { serve(fd); }) {}
  // `listener` must have been shut down.
  ~AcceptServer() = default;

  // The latest that is known when so many connections have been closed.
  std::int64_t cpu_ns_at(std::uint64_t closed) const {
    while (closed_.load(std::memory_order_acquire) < closed) std::this_thread::yield();
    return cpu_ns_.load(std::memory_order_relaxed);
  }
  std::uint64_t turns() const { return turns_.load(std::memory_order_relaxed); }

 private:
  void serve(int listener) {
    stay_on_core(bench_cores().server);
    ring_.enable();
    ring_.accept({0, 0, Op::kAccept}, listener);
    std::uint64_t closed = 0;
    for (bool accepting = true; accepting || closed < accepted_;) {
      for (const ring::Completion& completion : ring_.wait(std::nullopt)) {
        if (completion.data.op == Op::kClose) {
          SDMP_CHECK(completion.result == 0);
          ++closed;
          continue;
        }
        if (completion.result >= 0) {
          ++accepted_;
          ring_.close({0, 0, Op::kClose}, ring_.accepted(completion));
        }
        if (completion.more) continue;
        // Shutting the listener down ends the accept: with its last error this server ends.
        accepting = completion.result >= 0;
        if (accepting) ring_.accept({0, 0, Op::kAccept}, listener);
      }
      turns_.fetch_add(1, std::memory_order_relaxed);
      cpu_ns_.store(cpu_now_ns(), std::memory_order_relaxed);
      closed_.store(closed, std::memory_order_release);
    }
  }

  ring::Ring ring_;
  std::uint64_t accepted_ = 0;
  std::atomic<std::uint64_t> closed_ = 0;
  std::atomic<std::uint64_t> turns_ = 0;
  std::atomic<std::int64_t> cpu_ns_ = 0;
  std::jthread thread_;
};

class AcceptRacer final : public Racer {
 public:
  explicit AcceptRacer(ring::Ring ring) : server_(listener_, std::move(ring)) { run(1); }
  ~AcceptRacer() override { ::shutdown(listener_.descriptor(), SHUT_RDWR); }

  Cost run(std::uint32_t scale) override {
    using Clock = std::chrono::steady_clock;
    const std::int64_t cpu_ns = server_.cpu_ns_at(opened_);
    const std::uint64_t turns = server_.turns();
    const auto begin = Clock::now();
    for (std::uint32_t i = 0; i < scale; ++i) connect_some();
    opened_ += std::uint64_t{scale} * kAtOnce;
    const std::chrono::duration<double, std::nano> wall = Clock::now() - begin;
    return {.operations = static_cast<double>(scale) * kAtOnce,
            .server_ns = static_cast<double>(server_.cpu_ns_at(opened_) - cpu_ns),
            .wall_ns = wall.count(),
            .turns = static_cast<double>(server_.turns() - turns)};
  }

 private:
  // Each of them must be closed by the server.
  void connect_some() {
    std::array<int, kAtOnce> sockets{};
    for (int& socket : sockets) socket = listener_.connect();
    for (const int socket : sockets) {
      char octet = 0;
      SDMP_CHECK(::recv(socket, &octet, sizeof octet, 0) == 0);
      // With a reset, so that nothing waits for late segments of it.
      const linger at_once{.l_onoff = 1, .l_linger = 0};
      setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      ::close(socket);
    }
  }

  Listener listener_;
  std::uint64_t opened_ = 0;
  AcceptServer server_;
};

MadeRacer make_racer(std::uint32_t places) {
  auto ring = ring::Ring::create({.direct_sockets = places});
  if (!ring) return std::unexpected(ring.error());
  if (places > 0 && ring->direct_sockets() == 0) {
    return std::unexpected("this kernel's tables of direct descriptors are not fit for sockets");
  }
  return std::make_unique<AcceptRacer>(*std::move(ring));
}

}  // namespace

void register_accept() {
  register_race({{"accept/regular", [] { return make_racer(0); }},
                 {"accept/direct", [] { return make_racer(kPlaces); }}});
}

}  // namespace sdmp::bench
