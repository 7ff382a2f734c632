#include "engine/load/publications.h"

#include <algorithm>
#include <charconv>

#include "codec/check.h"

namespace sdmp::load {
namespace {

constexpr std::string_view kMark = "sdmp-load ";

// A number and the space behind it, taken off the front.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data() + text.size() || *end != ' ') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return value;
}

}  // namespace

std::string tag_text(std::string_view run, const Tag& tag) {
  return std::string(kMark) + std::string(run) + " " + std::to_string(tag.publisher) + " " +
         std::to_string(tag.sequence) + " ";
}

std::optional<Tag> read_tag(std::string_view run, std::string_view content) {
  if (!content.starts_with(kMark)) return std::nullopt;
  content.remove_prefix(kMark.size());
  if (!content.starts_with(run) || content.substr(run.size(), 1) != " ") return std::nullopt;
  content.remove_prefix(run.size() + 1);
  const auto publisher = take_number(content);
  if (!publisher || *publisher > UINT32_MAX) return std::nullopt;
  const auto sequence = take_number(content);
  if (!sequence) return std::nullopt;
  return Tag{static_cast<std::uint32_t>(*publisher), *sequence};
}

Publications::Publications(std::string run, std::uint32_t publishers)
    : run_(std::move(run)), shards_(std::make_unique<Shard[]>(kShards)) {
  for (std::uint32_t i = 0; i < publishers; ++i) lines_.push_back(std::make_unique<Line>());
}

std::uint64_t Publications::hash(std::string_view container) {
  return std::hash<std::string_view>()(container);
}

std::size_t Publications::shard_of(const codec::Identifier& identifier) const {
  return identifier.octets.back() % kShards;
}

void Publications::add(const Tag& tag, const codec::Identifier& identifier,
                       const Publication& publication) {
  {
    Shard& shard = shards_[shard_of(identifier)];
    const std::lock_guard lock(shard.mutex);
    shard.tags.emplace(identifier, tag);
  }
  Line& line = *lines_[tag.publisher];
  const std::lock_guard lock(line.mutex);
  SDMP_CHECK(line.publications.size() == tag.sequence);
  line.publications.push_back(publication);
}

std::uint64_t Publications::count(std::uint32_t publisher) const {
  const Line& line = *lines_[publisher];
  const std::lock_guard lock(line.mutex);
  return line.publications.size();
}

std::uint64_t Publications::total() const {
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < publishers(); ++i) sum += count(i);
  return sum;
}

std::optional<Publication> Publications::find(const Tag& tag) const {
  if (tag.publisher >= publishers()) return std::nullopt;
  const Line& line = *lines_[tag.publisher];
  const std::lock_guard lock(line.mutex);
  if (tag.sequence >= line.publications.size()) return std::nullopt;
  return line.publications[tag.sequence];
}

std::optional<Tag> Publications::find(const codec::Identifier& identifier) const {
  const Shard& shard = shards_[shard_of(identifier)];
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.tags.find(identifier);
  if (found == shard.tags.end()) return std::nullopt;
  return found->second;
}

bool Tally::mark(const Tag& tag) {
  if (has(tag)) return false;
  Seen& seen = seen_[tag.publisher];
  ++received_;
  if (tag.sequence != seen.before) {
    seen.beyond.insert(std::ranges::lower_bound(seen.beyond, tag.sequence), tag.sequence);
    return true;
  }
  auto end = seen.beyond.begin();
  for (++seen.before; end != seen.beyond.end() && *end == seen.before; ++end) ++seen.before;
  seen.beyond.erase(seen.beyond.begin(), end);
  return true;
}

bool Tally::has(const Tag& tag) const {
  const Seen& seen = seen_[tag.publisher];
  return tag.sequence < seen.before || std::ranges::binary_search(seen.beyond, tag.sequence);
}

}  // namespace sdmp::load
