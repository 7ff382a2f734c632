// The replay cache of P-HS: connection objects by signing input, until created + 300 s, bounded.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory_resource>
#include <string_view>
#include <unordered_map>

#include "codec/timestamp.h"

namespace sdmp::protocol {

// The first half of SHA-512 over the signing input `protected.payload`: two that collide take 2^128
// tries. With 1,000 handshakes a second 300,000 of them are kept.
struct ReplayKey {
  std::array<std::uint8_t, 32> octets;

  static ReplayKey of(std::string_view signing_input);
  bool operator==(const ReplayKey&) const = default;
};
// The octets are already uniformly distributed: eight of them are the hash.
struct ReplayKeyHash {
  std::size_t operator()(const ReplayKey& key) const {
    std::size_t value = 0;
    std::memcpy(&value, key.octets.data(), sizeof value);
    return value;
  }
};

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
  // Entries stay for minutes, between which what a handshake needs comes and goes: in the heap each
  // would keep a hole of several hundred octets beside it.
  std::pmr::unsynchronized_pool_resource memory_;
  std::pmr::unordered_map<ReplayKey, codec::UnixMillis, ReplayKeyHash> expiry_{&memory_};
  std::deque<const ReplayKey*> order_;  // the keys of expiry_
  std::uint64_t evicted_ = 0;
};

}  // namespace sdmp::protocol
