// The operations that a server of bench_engine needs, so that the same load runs over the engine's
// own rings and over raw ones with other flags.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "codec/bytes.h"

namespace sdmp::bench {

// What is told of connections, which are numbered in the order in which they were accepted.
class Service {
 public:
  virtual ~Service() = default;
  virtual void on_input(std::uint32_t connection, codec::MutableBytes bytes) = 0;
  virtual void on_sent(std::uint32_t connection) = 0;
  virtual void on_end(std::uint32_t connection) = 0;
};

// Made on any thread; everything else on the one that called enable().
class ServerIo {
 public:
  // Buffers that a connection sends from by turns.
  static constexpr std::uint32_t kOutputs = 4;

  virtual ~ServerIo() = default;
  virtual void enable() = 0;
  // Takes so many connections and begins to receive.
  virtual void accept(int listener, std::uint32_t connections) = 0;
  virtual codec::MutableBytes output(std::uint32_t connection, std::uint32_t number) = 0;
  // Of an output() of the connection, from its beginning; until on_sent().
  virtual void send(std::uint32_t connection, codec::Bytes bytes) = 0;
  // Submits, sleeps until something completes, and tells the service all of it.
  virtual void turn(Service& service) = 0;
};

using MadeServerIo = std::expected<std::unique_ptr<ServerIo>, std::string>;

enum class Sockets : std::uint8_t { kDirect, kRegular };

// Over `rings` rings of a ring::RingSet, sockets dealt out by turns.
MadeServerIo make_engine_io(std::uint32_t connections, std::size_t output_bytes,
                            std::uint32_t rings, Sockets sockets);

// How a raw ring is used; the defaults are the engine's ways.
struct RawWay {
  enum class Receive : std::uint8_t {
    kMultishot,
    kSingle,          // one receive, armed again after each
    kPollThenSingle,  // a poll, then a receive that finds the octets there
  };
  Receive receive = Receive::kMultishot;
  Sockets sockets = Sockets::kDirect;
  bool defer = true;              // SINGLE_ISSUER and DEFER_TASKRUN
  bool bundle = false;            // a receive may fill several buffers
  bool incremental = false;       // a buffer is filled by several receives
  bool zero_copy = false;         // sends from registered memory
  std::uint32_t min_wait_us = 0;  // sleep so long for `wait_for` completions, then for one
  std::uint32_t wait_for = 32;
  std::uint32_t buffers = 512;
  std::uint32_t buffer_bytes = 16 * 1024;
};

// An error says what this kernel refused.
MadeServerIo make_raw_io(std::uint32_t connections, std::size_t output_bytes, const RawWay& way);

}  // namespace sdmp::bench
