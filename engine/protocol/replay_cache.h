// The replay cache of P-HS: connection objects by signing input, until created + 300 s, bounded.
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>

#include "codec/digest.h"
#include "codec/timestamp.h"

namespace sdmp::protocol {

// SHA-512 over the signing input `protected.payload`.
using ReplayKey = codec::Digest<struct ReplayKeyTag>;

// What the handshake sees. The two calls may be made on behalf of several threads at once when the
// implementation says so (engine/shard guards one cache for all shards).
class ReplayGuard {
 public:
  virtual ~ReplayGuard() = default;
  // Cheap look-up, before the signature is verified.
  virtual bool seen(const ReplayKey& key, codec::UnixMillis now) = 0;
  // After it verified. False when another has entered the same key in between: a replay.
  virtual bool enter(const ReplayKey& key, codec::UnixMillis created, codec::UnixMillis now) = 0;
};

// Not synchronized. Entries leave in order of insertion when expired or when the cache is full.
class ReplayCache final : public ReplayGuard {
 public:
  explicit ReplayCache(std::size_t entries_max);

  bool seen(const ReplayKey& key, codec::UnixMillis now) override;
  bool enter(const ReplayKey& key, codec::UnixMillis created, codec::UnixMillis now) override;

  std::size_t size() const { return expiry_.size(); }
  // Entries that had to go before their time because the cache was full.
  std::uint64_t evicted() const { return evicted_; }

 private:
  void drop_expired(codec::UnixMillis now);

  std::size_t entries_max_;
  std::unordered_map<ReplayKey, codec::UnixMillis, codec::DigestHash> expiry_;
  std::deque<ReplayKey> order_;
  std::uint64_t evicted_ = 0;
};

}  // namespace sdmp::protocol
