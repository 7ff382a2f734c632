#include "engine/shard/pack_cache.h"

#include "codec/check.h"

namespace sdmp::shard {

const codec::ByteVector* PackCache::find(const Key& key) const {
  const auto found = index_.find(key);
  return found == index_.end() ? nullptr : &(*found)->packed;
}

void PackCache::put(const Key& key, codec::Bytes packed) {
  if (packed.size() > kBytesMax) return;
  while (!entries_.empty() &&
         (entries_.size() >= kEntriesMax || bytes_ + packed.size() > kBytesMax)) {
    bytes_ -= entries_.front().packed.size();
    index_.erase(&entries_.front());
    entries_.pop_front();
  }
  Entry& entry = entries_.emplace_back(key, std::string(key.since),
                                       codec::ByteVector(packed.begin(), packed.end()));
  entry.key.since = entry.since;
  SDMP_CHECK(index_.insert(&entry).second);
  bytes_ += packed.size();
}

}  // namespace sdmp::shard
