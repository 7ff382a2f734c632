// Expanded keys for the sessions that are at work. A session owns its 32-octet key only; what its
// cipher expands it to (half a KiB to 1 KiB) is lent from here while it sends or receives and taken
// back when it pauses.
//
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "codec/aead.h"

namespace sdmp::codec {

class AeadKeyPool {
 public:
  // At most 16 MiB with any backend. When more keys than this are at work, each use expands anew,
  // which costs less than the frame's way through the kernel.
  static constexpr std::size_t kKeysMax = 16384;

  explicit AeadKeyPool(const AeadBackend& backend, std::size_t keys_max = kKeysMax);

  // Where a key lies, if it still does; belongs to the key's owner. Zero: nowhere.
  struct Place {
    std::uint64_t stamp = 0;
    std::uint32_t index = 0;
  };

  // The expanded form of `key`, which must be the same for one place until release(). Valid until
  // the next call of get(), release() or sweep().
  AeadKey& get(Place& place, std::span<const std::uint8_t, kAeadKeyBytes> key);
  // The key will not be used again: wipes it.
  void release(Place& place);
  // Wipes what was not used since the last sweep, and gives its memory back.
  void sweep();

  const AeadBackend& backend() const { return backend_; }
  // Keys that are expanded now.
  std::size_t size() const { return size_; }

 private:
  struct Entry {
    std::optional<AeadKey> key;
    std::uint64_t stamp = 0;  // of the place that holds it; 0: free
    bool used = false;        // since the last sweep
    bool again = false;       // more than once, and since the hand of the clock passed
  };

  // Keys side by side, so large that the allocator maps memory of its own for them: when the last
  // of them ends it goes back to the system, and no hole stays in the heap.
  static constexpr std::size_t kBlockBytes = 128 * 1024;
  struct Block {
    struct Free {
      void operator()(std::uint8_t* block) const;
    };
    std::unique_ptr<std::uint8_t, Free> memory;
    std::size_t used = 0;
  };

  std::uint32_t take_entry();
  std::size_t keys_per_block() const { return kBlockBytes / key_bytes_; }
  std::uint8_t* take_memory(std::uint32_t index);
  void free_entry(std::uint32_t index);

  const AeadBackend& backend_;
  std::size_t keys_max_;
  std::size_t key_bytes_;
  std::vector<Block> blocks_;
  std::vector<Entry> entries_;  // before the blocks at the end: keys lie in them
  std::vector<std::uint32_t> free_;
  std::uint64_t last_stamp_ = 0;
  std::size_t size_ = 0;
  std::uint32_t hand_ = 0;
};

}  // namespace sdmp::codec
