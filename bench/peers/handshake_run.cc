#include <atomic>
#include <exception>
#include <thread>

#include "bench/peers/runs.h"
#include "bench/peers/stopwatch.h"
#include "bench/peers/tls_connection.h"

namespace sdmp::bench::peers {
namespace {

class HandshakeRun {
 public:
  explicit HandshakeRun(const Target& target) : target_(target), trust_(target.certificate_file) {}

  void run(std::uint64_t count, std::size_t threads) {
    left_ = static_cast<std::int64_t>(count);
    std::vector<std::exception_ptr> failures(threads);
    {
      std::vector<std::jthread> running;
      for (std::exception_ptr& failure : failures) {
        running.emplace_back([this, &failure] {
          try {
            while (left_.fetch_sub(1) > 0) once();
          } catch (...) {
            failure = std::current_exception();
            left_ = 0;
          }
        });
      }
    }
    for (const std::exception_ptr& failure : failures) {
      if (failure) std::rethrow_exception(failure);
    }
  }

 private:
  void once() {
    TlsConnection connection(trust_, target_.address);
    connection.shake_hands();
    connection.close_and_await_end();
  }

  const Target& target_;
  TlsTrust trust_;
  std::atomic<std::int64_t> left_ = 0;
};

}  // namespace

HandshakeResult run_handshakes(const Target& target, std::uint64_t count, std::size_t threads) {
  HandshakeRun run(target);
  run.run(count / 10, threads);
  const Stopwatch watch(target.server);
  run.run(count, threads);
  return {count, watch.stop()};
}

}  // namespace sdmp::bench::peers
