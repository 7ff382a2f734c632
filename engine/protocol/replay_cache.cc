#include "engine/protocol/replay_cache.h"

#include <algorithm>

#include "codec/check.h"
#include "codec/digest.h"
#include "engine/protocol/limits.h"

namespace sdmp::protocol {

ReplayKey ReplayKey::of(std::string_view signing_input) {
  const codec::Hash hash = codec::sha512(codec::as_bytes(signing_input));
  ReplayKey key;
  std::copy_n(hash.begin(), key.octets.size(), key.octets.begin());
  return key;
}

ReplayCache::ReplayCache(std::size_t entries_max) : entries_max_(entries_max) {
  SDMP_CHECK(entries_max_ > 0);
}

bool ReplayCache::seen(const ReplayKey& key, codec::UnixMillis now) {
  drop_expired(now);
  return expiry_.contains(key);
}

bool ReplayCache::enter(const ReplayKey& key, codec::UnixMillis created, codec::UnixMillis now) {
  drop_expired(now);
  const auto [entry, is_new] = expiry_.try_emplace(key, created + kClockSkewMaxMs);
  if (!is_new) return false;
  order_.push_back(&entry->first);
  if (order_.size() > entries_max_) {
    expiry_.erase(*order_.front());
    order_.pop_front();
    ++evicted_;
  }
  return true;
}

// Expiry is not monotonic in order of insertion: created may lie 300 s to either side of now. An
// expired entry behind one that is not stays a little longer, at most until the latter's time, and
// does no harm; the bound holds regardless. At created + 300 s itself the object would still pass
// the check of the clock, so the entry is still needed then.
void ReplayCache::drop_expired(codec::UnixMillis now) {
  while (!order_.empty()) {
    const auto oldest = expiry_.find(*order_.front());
    SDMP_CHECK(oldest != expiry_.end());
    if (now <= oldest->second) return;
    expiry_.erase(oldest);
    order_.pop_front();
  }
}

}  // namespace sdmp::protocol
