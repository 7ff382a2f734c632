// What the publishers of a run have published: how subscribers know what to expect, when it was
// meant to be sent, and whether it arrived as it left.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "codec/digest.h"

namespace sdmp::load {

// Which one: the publisher's number in the run and its own count, from 0.
struct Tag {
  std::uint32_t publisher = 0;
  std::uint64_t sequence = 0;

  auto operator<=>(const Tag&) const = default;
};

// The beginning of a post's content; what follows is filler.
std::string tag_text(std::string_view run, const Tag& tag);
// nullopt when it is not of this run.
std::optional<Tag> read_tag(std::string_view run, std::string_view content);

struct Publication {
  std::int64_t intended_ns = 0;
  std::int64_t sent_ns = 0;
  std::uint64_t text_hash = 0;  // of the container, octet for octet
};

// Thread rule: any thread; each publisher adds from one thread.
class Publications {
 public:
  // `run` tells this run's posts from all others.
  Publications(std::string run, std::uint32_t publishers);

  const std::string& run() const { return run_; }
  std::uint32_t publishers() const { return static_cast<std::uint32_t>(lines_.size()); }
  static std::uint64_t hash(std::string_view container);

  // The publisher's next sequence number is count(publisher).
  void add(const Tag& tag, const codec::Identifier& identifier, const Publication& publication);
  std::uint64_t count(std::uint32_t publisher) const;
  std::uint64_t total() const;
  std::optional<Publication> find(const Tag& tag) const;
  std::optional<Tag> find(const codec::Identifier& identifier) const;

 private:
  // Of one publisher, by sequence number.
  struct Line {
    mutable std::mutex mutex;
    std::vector<Publication> publications;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<codec::Identifier, Tag, codec::DigestHash> tags;
  };
  static constexpr std::size_t kShards = 64;
  std::size_t shard_of(const codec::Identifier& identifier) const;

  std::string run_;
  std::vector<std::unique_ptr<Line>> lines_;
  std::unique_ptr<Shard[]> shards_;
};

// Which publications of each publisher one receiver has seen.
class Tally {
 public:
  explicit Tally(std::uint32_t publishers) : seen_(publishers) {}

  // False: it has been seen.
  bool mark(const Tag& tag);
  bool has(const Tag& tag) const;
  std::uint64_t received() const { return received_; }

 private:
  struct Seen {
    std::uint64_t before = 0;                // every one below has come
    std::vector<std::uint64_t> beyond = {};  // ascending
  };
  std::vector<Seen> seen_;
  std::uint64_t received_ = 0;
};

}  // namespace sdmp::load
