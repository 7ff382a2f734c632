// The three things that peer_client does to a server, each with what the server used meanwhile. All
// throw Failure when the server refuses, ends or loses something: no figure of such a run counts.
#pragma once

#include <cstdint>
#include <string>

#include "bench/peers/server_process.h"
#include "bench/peers/tally.h"
#include "bench/peers/wire.h"

namespace sdmp::bench::peers {

struct Target {
  std::string address;           // "127.0.0.1:4222"
  std::string certificate_file;  // the server's, PEM
  ServerProcess server;
};

// Of the measured part only.
struct Use {
  double seconds = 0;
  double server_cpu_seconds = 0;
  double client_cpu_seconds = 0;  // this process
};

struct MessageOptions {
  WireKind kind = WireKind::kNats;
  int quality = 0;  // MQTT's quality of service
  std::size_t publishers = 8;
  std::size_t subscribers = 1;
  std::size_t octets = 1024;     // per message
  std::size_t in_flight = 16;    // per publisher: published and not yet with every subscriber
  double per_second = 0;         // open loop: over all publishers, as in_flight allows; 0: closed
  std::uint64_t warm_up = 0;     // messages before the measured ones
  std::uint64_t count = 100000;  // measured messages, of all publishers together
};

struct MessageResult {
  Verified verified;  // warm-up included
  std::uint64_t messages = 0;
  std::uint64_t deliveries = 0;
  Use use;
};

// Publishes in a closed loop, or at a rate, and ends when everything has arrived; Failure after ten
// seconds in which nothing did. One thread, one poll(2) over all connections.
MessageResult run_messages(const Target& target, const MessageOptions& options);

struct IdleResult {
  std::size_t sessions = 0;
  std::uint64_t resident_before = 0;
  std::uint64_t resident_after = 0;
  double seconds_to_connect = 0;
};

// Opens `sessions` connections that subscribe and then say nothing.
IdleResult run_idle(const Target& target, WireKind kind, std::size_t sessions);

struct HandshakeResult {
  std::uint64_t handshakes = 0;
  Use use;
};

// `count` times: connect, shake hands, close; `threads` at once.
HandshakeResult run_handshakes(const Target& target, std::uint64_t count, std::size_t threads);

}  // namespace sdmp::bench::peers
