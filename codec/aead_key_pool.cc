#include "codec/aead_key_pool.h"

#include <new>

#include "codec/check.h"

namespace sdmp::codec {
namespace {

std::size_t aligned_up(std::size_t bytes) {
  return (bytes + kAeadKeyAlignment - 1) / kAeadKeyAlignment * kAeadKeyAlignment;
}

}  // namespace

void AeadKeyPool::Block::Free::operator()(std::uint8_t* block) const {
  ::operator delete(block, std::align_val_t{kAeadKeyAlignment});
}

AeadKeyPool::AeadKeyPool(const AeadBackend& backend, std::size_t keys_max)
    : backend_(backend), keys_max_(keys_max), key_bytes_(aligned_up(expanded_bytes(backend))) {
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
    if (!entry.key) entry.key.emplace(backend_, take_memory(place.index));
    entry.key->assign(key);
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

std::uint8_t* AeadKeyPool::take_memory(std::uint32_t index) {
  const std::size_t number = index / keys_per_block();
  if (number >= blocks_.size()) blocks_.resize(number + 1);
  Block& block = blocks_[number];
  if (!block.memory) {
    block.memory.reset(static_cast<std::uint8_t*>(
        ::operator new(kBlockBytes, std::align_val_t{kAeadKeyAlignment})));
  }
  ++block.used;
  return block.memory.get() + index % keys_per_block() * key_bytes_;
}

void AeadKeyPool::free_entry(std::uint32_t index) {
  entries_[index] = {};
  Block& block = blocks_[index / keys_per_block()];
  if (--block.used == 0) block.memory.reset();
  free_.push_back(index);
  --size_;
}

}  // namespace sdmp::codec
