// What one load run counts. Client threads hand over deltas a few times a second; the run adds them
// up, per second for the progress line and over all for the report.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "engine/load/histogram.h"
#include "engine/load/plan.h"

namespace sdmp::load {

// Why something that was asked of the server did not come about.
enum class ErrorKind : std::uint8_t {
  kConnect,    // TCP: refused, unreachable, reset while connecting
  kNoAddress,  // no descriptor or local port left on this side
  kNope,       // the server answered `nope`
  kNotSdmp,    // the server answered something that is no connection object
  kHandshake,  // its object was wrong: signature, group, identity, clock
  kTimeout,    // no answer in time
  kClosed,     // an established session was closed by the server
  kFrame,      // a frame that does not open or inflate
  kMessage,    // a message that is malformed or badly signed
};
inline constexpr std::size_t kErrorKinds = 9;
// "connect", "no_address", "nope", "not_sdmp", "handshake", "timeout", "closed", "frame",
// "message".
std::string_view name(ErrorKind kind);

// Of resources, at the side that should receive them (subscribers; for fan-in the relay's journal).
struct Verified {
  std::uint64_t expected = 0;
  std::uint64_t received = 0;
  std::uint64_t missing = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t corrupt = 0;
  std::uint64_t out_of_order = 0;
  std::uint64_t broken_chain = 0;  // journal lines that do not continue the chain

  void add(const Verified& other);
};

// What became of the connections of one kind of adversary.
struct AbuseFigures {
  std::uint64_t opened = 0;
  std::uint64_t refused = 0;  // answered `nope`
  std::uint64_t ended = 0;    // closed by the server, with or without `nope`
};

struct Stats {
  std::uint64_t handshakes = 0;
  std::uint64_t messages = 0;    // resources pushed and acknowledged by the relay's journal
  std::uint64_t deliveries = 0;  // resources that arrived at a subscriber
  std::uint64_t bytes_out = 0;   // on TCP, as are
  std::uint64_t bytes_in = 0;
  std::array<std::uint64_t, kErrorKinds> errors{};
  int connect_errno = 0;  // of the last kConnect
  Verified verified;
  // Nanoseconds. `latency` counts from the intended send time, `service` from the actual one,
  // `lag` is the time that the client took between the two.
  Histogram latency;
  Histogram service;
  Histogram lag;
  // Parts of `latency` in `abuse`: of what was due before the adversaries began, and while they
  // were at work.
  Histogram undisturbed;
  Histogram bystander;
  std::array<AbuseFigures, kAdversaries> abuse{};
  std::uint64_t lost_sessions = 0;       // idle ones that the server ended
  std::uint64_t replaced_sessions = 0;   // idle ones that churn closed and opened anew
  std::uint64_t unfinished_fetches = 0;  // nodes that did not get to the journal's end

  void add(const Stats& other);
  std::uint64_t error_count() const;
};

// Gauges of one thread at one moment.
struct Gauges {
  std::uint64_t sessions = 0;   // established
  std::uint64_t in_flight = 0;  // handshakes or messages without an answer

  void add(const Gauges& other);
};

}  // namespace sdmp::load
