#include "codec/aead_key_pool.h"

#include "codec/check.h"

namespace sdmp::codec {

AeadKeyPool::AeadKeyPool(const AeadBackend& backend, std::size_t keys_max)
    : backend_(backend), keys_max_(keys_max) {
  SDMP_CHECK(keys_max >= 1 && keys_max <= UINT32_MAX);
}

AeadKey& AeadKeyPool::get(Place& place, std::span<const std::uint8_t, kAeadKeyBytes> key) {
  // Stamps are never given twice: whoever holds an entry's stamp holds its key.
  if (place.stamp == 0 || entries_[place.index].stamp != place.stamp) {
    place.index = take_entry();
    place.stamp = ++last_stamp_;
    Entry& entry = entries_[place.index];
    entry.stamp = place.stamp;
    entry.again = false;
    if (entry.key) {
      entry.key->assign(key);
    } else {
      entry.key.emplace(backend_, key);
    }
  } else {
    entries_[place.index].again = true;
  }
  Entry& entry = entries_[place.index];
  entry.used = true;
  return *entry.key;
}

void AeadKeyPool::release(Place& place) {
  if (place.stamp != 0 && entries_[place.index].stamp == place.stamp) free_entry(place.index);
  place = {};
}

void AeadKeyPool::sweep() {
  for (std::uint32_t index = 0; index < entries_.size(); ++index) {
    Entry& entry = entries_[index];
    if (entry.stamp != 0 && !entry.used) free_entry(index);
    entry.used = false;
  }
}

// The clock algorithm: what was used only once goes first, so that keys of busy sessions outlast a
// fan-out to more sessions than the pool holds.
std::uint32_t AeadKeyPool::take_entry() {
  if (!free_.empty()) {
    const std::uint32_t index = free_.back();
    free_.pop_back();
    ++size_;
    return index;
  }
  if (entries_.size() < keys_max_) {
    entries_.emplace_back();
    ++size_;
    return static_cast<std::uint32_t>(entries_.size() - 1);
  }
  while (true) {
    const std::uint32_t index = hand_;
    hand_ = (hand_ + 1) % static_cast<std::uint32_t>(entries_.size());
    if (!entries_[index].again) return index;
    entries_[index].again = false;
  }
}

void AeadKeyPool::free_entry(std::uint32_t index) {
  entries_[index] = {};
  free_.push_back(index);
  --size_;
}

}  // namespace sdmp::codec
