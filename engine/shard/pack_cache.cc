#include "engine/shard/pack_cache.h"

namespace sdmp::shard {

const codec::ByteVector* PackCache::find(const Key& key) const {
  for (const Entry& entry : entries_) {
    if (entry.key.kind == key.kind && entry.key.first == key.first &&
        entry.key.count == key.count && entry.since == key.since) {
      return &entry.packed;
    }
  }
  return nullptr;
}

void PackCache::put(const Key& key, codec::Bytes packed) {
  if (packed.size() > kBytesMax) return;
  while (!entries_.empty() &&
         (entries_.size() >= kEntriesMax || bytes_ + packed.size() > kBytesMax)) {
    bytes_ -= entries_.back().packed.size();
    entries_.pop_back();
  }
  Key own = key;
  own.since = {};  // the text is kept beside it
  entries_.push_front({own, std::string(key.since), {packed.begin(), packed.end()}});
  bytes_ += packed.size();
}

}  // namespace sdmp::shard
