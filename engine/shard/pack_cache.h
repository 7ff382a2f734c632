// Messages that go to many sessions: signed once, compressed once, only sealed for each (the fixed
// property of fan-out). Keyed by what they say; bounded, the oldest go first.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>

#include "codec/bytes.h"

namespace sdmp::shard {

// Thread rule: one thread.
class PackCache {
 public:
  // Sessions mostly follow each other closely: not at the same cursor, but within so many lines of
  // each other. Updates are up to 400 KB, pushes up to 64 KB.
  static constexpr std::size_t kEntriesMax = 2048;
  static constexpr std::size_t kBytesMax = 8u << 20;

  struct Key {
    enum class Kind : std::uint8_t { kUpdate, kPush };
    Kind kind;
    std::uint64_t first;     // line
    std::uint64_t count;     // of an update
    std::string_view since;  // of an update: as its text has it

    bool operator==(const Key&) const = default;
  };

  // The packed text; nullptr when there is none. Valid until the next put().
  const codec::ByteVector* find(const Key& key) const;
  // Precondition: find(key) == nullptr.
  void put(const Key& key, codec::Bytes packed);
  std::size_t bytes() const { return bytes_; }
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Key key;  // its since is the text below
    std::string since;
    codec::ByteVector packed;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const Key& key) const { return key.first * 2 + key.count; }
    std::size_t operator()(const Entry* entry) const { return (*this)(entry->key); }
  };
  struct Same {
    using is_transparent = void;
    static const Key& key_of(const Key& key) { return key; }
    static const Key& key_of(const Entry* entry) { return entry->key; }
    bool operator()(const auto& a, const auto& b) const { return key_of(a) == key_of(b); }
  };

  std::deque<Entry> entries_;  // the oldest in front; an entry stays where it is until it goes
  std::unordered_set<const Entry*, Hash, Same> index_;
  std::size_t bytes_ = 0;
};

}  // namespace sdmp::shard
