// What bench_engine drives over real rings and real sockets: a server thread with its own core, and
// the other end on the caller's. Frames are sealed with sessions' keys and verified on both sides.
//
// A request is a burst of frames on one connection; it is answered with one frame on the same
// connection, or on every connection (fan-out).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "bench/engine_server_io.h"
#include "engine/protocol/session.h"
#include "engine/ring/ring_set.h"

namespace sdmp::bench {

struct EngineLoad {
  std::uint32_t connections = 1;
  std::size_t octets = 1024;  // of packed text in a frame: a multiple of 256
  std::uint32_t burst = 1;    // frames of a request, sent at once
  bool to_all = false;
};

// The first of the process's cores for clients, the last one for servers; the same where it has
// only one.
struct BenchCores {
  int client = 0;
  int server = 0;
};
BenchCores bench_cores();
void stay_on_core(int core);

// A TCP listener on a port of the kernel's choice.
class Listener {
 public:
  Listener();
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int descriptor() const { return fd_; }
  // A connected socket, blocking, with TCP_NODELAY; the caller's to close.
  int connect() const;

 private:
  int fd_;
};

// The answering end. Ends when every connection has ended.
class EngineServer final : public Service {
 public:
  EngineServer(const EngineLoad& load, std::unique_ptr<ServerIo> io);
  ~EngineServer();

  // Takes the connections that wait at `listener`, as many as the load has.
  void start(const Listener& listener);
  // CPU time of the thread so far.
  std::int64_t cpu_ns() const;
  // Waits of its loop so far.
  std::uint64_t turns() const { return turns_.load(std::memory_order_relaxed); }

  void on_input(std::uint32_t connection, codec::MutableBytes bytes) override;
  void on_sent(std::uint32_t connection) override;
  void on_end(std::uint32_t connection) override;

 private:
  struct Session {
    protocol::SessionKeys keys;
    protocol::FrameAssembler frames;
    std::uint32_t of_burst = 0;
    std::uint32_t answers = 0;
    std::uint32_t in_flight = 0;
  };

  void serve(int listener);
  void answer(std::uint32_t connection, codec::Bytes packed);

  EngineLoad load_;
  std::unique_ptr<ServerIo> io_;
  std::vector<Session> sessions_;
  codec::AeadKeyPool keys_;
  codec::ByteVector text_;
  std::uint32_t open_ = 0;
  std::atomic<std::uint64_t> turns_ = 0;
  std::jthread thread_;
};

// The asking end, on the caller's thread.
class EngineClient {
 public:
  EngineClient(const EngineLoad& load, const Listener& listener);
  ~EngineClient();

  // `requests` on each connection in a closed loop (fan-out: on the first one), all answers
  // verified.
  void run(std::uint32_t requests);
  // Operations in such a run: frames that the server received, or that it sent in a fan-out.
  std::uint64_t operations(std::uint32_t requests) const;

 private:
  struct Session {
    int fd = -1;
    protocol::SessionKeys keys;
    protocol::FrameAssembler frames;
    codec::ByteVector output;
    std::size_t sent = 0;
    std::uint32_t left = 0;
  };

  void ask(std::uint32_t connection);
  void send_rest(std::uint32_t connection);
  void on_answer(std::uint32_t connection, codec::MutableBytes frame);
  void complete(const ring::Completion& completion);

  EngineLoad load_;
  ring::RingSet rings_;
  std::vector<Session> sessions_;
  codec::AeadKeyPool keys_;
  codec::ByteVector text_;
  std::vector<std::uint32_t> to_arm_;  // connections without a receive
  std::uint64_t awaited_ = 0;
};

}  // namespace sdmp::bench
