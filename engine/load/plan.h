// What one run is to do. Made from the command line, read by every client thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "codec/key_agreement.h"
#include "engine/ring/socket.h"

namespace sdmp::load {

enum class Adversary : std::uint8_t {
  kSilent,     // connects and says nothing
  kDribble,    // a connection object, an octet at a time
  kGarbage,    // octets that are no connection object
  kReplay,     // a connection object that was used before
  kWrongTag,   // an honest handshake, then a frame with a wrong tag
  kNeverRead,  // an honest handshake, then takes nothing any more
};
inline constexpr std::size_t kAdversaries = 6;
// "silent", "dribble", "garbage", "replay", "wrong-tag", "never-read".
std::string_view name(Adversary adversary);
std::optional<Adversary> adversary_by_name(std::string_view text);

enum class SignatureCheck : std::uint8_t {
  kAll,
  kSample,  // one in 16 messages of different text
  kNone,
};

// A size of resources and how often it is drawn among all sizes.
struct SizeShare {
  std::size_t octets = 1024;  // of the whole container
  double weight = 1;
};

struct Plan {
  ring::SocketAddress server;
  codec::Group group = codec::Group::kX25519;
  int threads = 1;
  // Local addresses to connect from, by turns; empty: the kernel's choice.
  std::vector<ring::SocketAddress> sources;

  // Sessions by what they do.
  std::uint32_t publishers = 0;
  std::uint32_t subscribers = 0;
  std::uint32_t idle = 0;
  std::uint32_t fetchers = 0;     // each fetches the whole journal once
  std::uint64_t entries = 0;      // that are known to be in the journal, at least
  std::uint32_t handshakers = 0;  // connect, handshake, close, again
  std::uint32_t adversaries = 0;  // of each kind in `abuse`
  std::vector<Adversary> abuse;
  // Idle sessions that are closed and replaced, per second.
  double churn_per_s = 0;

  // All idle sessions are closed at once when the measurement begins, and opened again.
  bool storm = false;

  // Arrivals per second of messages (or handshakes), over all; 0: closed loop.
  double rate = 0;
  bool poisson = false;
  // Latency ends with the delivery to a subscriber, not with the acknowledgement to the publisher.
  bool latency_is_of_delivery = false;
  // Closed loop: messages without an acknowledgement, per publisher.
  std::uint32_t in_flight = 16;
  // Connections on the way at once, per thread.
  std::uint32_t connecting_max = 64;
  std::int64_t ramp_ns = 0;
  std::int64_t warmup_ns = 0;
  std::int64_t duration_ns = 0;  // 0: until `count`
  std::uint64_t count = 0;       // messages or handshakes over all; 0: until `duration_ns`
  std::int64_t timeout_ns = 10'000'000'000;

  std::vector<SizeShare> sizes = {{}};
  std::vector<std::string> texts;  // contents to publish by turns instead of made-up ones
  SignatureCheck signatures = SignatureCheck::kSample;
  std::uint64_t seed = 1;

  // From the start of the load until anything counts: in an open loop the ramp, too.
  std::int64_t unmeasured_ns() const { return warmup_ns + (rate > 0 ? ramp_ns : 0); }
  // Sessions that are open at once.
  std::uint64_t sessions() const;
};

}  // namespace sdmp::load
