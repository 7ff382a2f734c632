// Messages that go to many sessions: signed once, compressed once, only sealed for each (the fixed
// property of fan-out). Keyed by what they say; bounded, the oldest go first.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "codec/bytes.h"

namespace sdmp::shard {

// Thread rule: one thread.
class PackCache {
 public:
  // Sessions at the same cursor follow each other closely: few entries suffice. Journal updates are
  // up to 400 KB, pushes up to 64 KB.
  static constexpr std::size_t kEntriesMax = 128;
  static constexpr std::size_t kBytesMax = 8u << 20;

  struct Key {
    enum class Kind : std::uint8_t { kUpdate, kPush };
    Kind kind;
    std::uint64_t first;     // line
    std::uint64_t count;     // of an update
    std::string_view since;  // of an update: as its text has it
  };

  // The packed text; nullptr when there is none. Valid until the next put().
  const codec::ByteVector* find(const Key& key) const;
  void put(const Key& key, codec::Bytes packed);
  std::size_t bytes() const { return bytes_; }
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Key key;  // without its since
    std::string since;
    codec::ByteVector packed;
  };
  std::deque<Entry> entries_;  // the newest in front
  std::size_t bytes_ = 0;
};

}  // namespace sdmp::shard
