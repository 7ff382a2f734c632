#include "engine/store/records.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace sdmp::store::records {
namespace {

constexpr std::uint8_t kPeerHasLast = 1;
constexpr std::uint8_t kPeerForked = 2;
constexpr std::size_t kPeerBytesMin = 1 + 8;

template <class Integer>
std::array<std::uint8_t, sizeof(Integer)> to_big_endian(Integer value) {
  std::array<std::uint8_t, sizeof(Integer)> octets{};
  for (std::size_t i = octets.size(); i-- > 0;) {
    octets[i] = static_cast<std::uint8_t>(value & 0xff);
    value = static_cast<Integer>(value >> 8);
  }
  return octets;
}

template <class Integer>
std::optional<Integer> from_big_endian(codec::Bytes octets) {
  if (octets.size() != sizeof(Integer)) return std::nullopt;
  Integer value = 0;
  for (const std::uint8_t octet : octets) value = static_cast<Integer>(value << 8) | octet;
  return value;
}

template <class Digest>
Digest digest_at(codec::Bytes octets, std::size_t offset) {
  Digest digest;
  std::memcpy(digest.octets.data(), octets.data() + offset, digest.octets.size());
  return digest;
}

std::uint8_t* write_digest(const codec::Hash& digest, std::uint8_t* out) {
  return std::copy(digest.begin(), digest.end(), out);
}

}  // namespace

const IndexedSchema* indexed_schema(codec::Schema schema) {
  const auto* found = std::ranges::find(kIndexedSchemas, schema, &IndexedSchema::schema);
  return found == kIndexedSchemas.end() ? nullptr : found;
}

std::uint32_t schema_flags(std::span<const codec::Schema> schemas) {
  std::uint32_t flags = 0;
  for (const codec::Schema schema : schemas) {
    if (const IndexedSchema* indexed = indexed_schema(schema)) flags |= indexed->flag();
  }
  return flags;
}

std::array<std::uint8_t, 8> write_u64(std::uint64_t value) {
  return to_big_endian(value);
}
std::optional<std::uint64_t> read_u64(codec::Bytes octets) {
  return from_big_endian<std::uint64_t>(octets);
}
std::array<std::uint8_t, 4> write_u32(std::uint32_t value) {
  return to_big_endian(value);
}
std::optional<std::uint32_t> read_u32(codec::Bytes octets) {
  return from_big_endian<std::uint32_t>(octets);
}

void write_resource_header(const ResourceHeader& header, std::uint8_t* out) {
  out = write_digest(header.publisher.octets, out);
  out = std::ranges::copy(write_u64(header.line), out).out;
  std::ranges::copy(write_u32(header.flags), out);
}

std::optional<ResourceRecord> read_resource(codec::Bytes octets) {
  if (octets.size() < kResourceHeaderBytes) return std::nullopt;
  ResourceRecord record;
  record.header.publisher = digest_at<codec::Fingerprint>(octets, 0);
  record.header.line = *read_u64(octets.subspan(codec::kDigestBytes, 8));
  record.header.flags = *read_u32(octets.subspan(codec::kDigestBytes + 8, 4));
  if ((record.header.flags & ~kKnownFlags) != 0) return std::nullopt;
  record.container = codec::as_text(octets.subspan(kResourceHeaderBytes));
  return record;
}

std::array<std::uint8_t, 8> journal_key(std::uint64_t index) {
  return std::bit_cast<std::array<std::uint8_t, 8>>(index);
}

std::optional<std::uint64_t> read_journal_key(codec::Bytes octets) {
  std::uint64_t index = 0;
  if (octets.size() != sizeof index) return std::nullopt;
  std::memcpy(&index, octets.data(), sizeof index);
  return index;
}

std::array<std::uint8_t, kJournalRecordBytes> write_journal(const codec::JournalEntry& entry) {
  std::array<std::uint8_t, kJournalRecordBytes> octets{};
  std::uint8_t* out = write_digest(entry.number.octets, octets.data());
  out = write_digest(entry.publisher.octets, out);
  write_digest(entry.resource.octets, out);
  return octets;
}

std::optional<codec::JournalEntry> read_journal(codec::Bytes octets) {
  if (octets.size() != kJournalRecordBytes) return std::nullopt;
  return codec::JournalEntry{
      .number = digest_at<codec::LineNumber>(octets, 0),
      .publisher = digest_at<codec::Fingerprint>(octets, codec::kDigestBytes),
      .resource = digest_at<codec::Identifier>(octets, 2 * codec::kDigestBytes)};
}

std::array<std::uint8_t, kPairBytes> write_pair(const codec::Hash& first,
                                                const codec::Hash& second) {
  std::array<std::uint8_t, kPairBytes> octets{};
  write_digest(second, write_digest(first, octets.data()));
  return octets;
}

std::optional<WantedResource> read_wanted(codec::Bytes octets) {
  if (octets.size() != kPairBytes) return std::nullopt;
  return WantedResource{.publisher = digest_at<codec::Fingerprint>(octets, 0),
                        .identifier = digest_at<codec::Identifier>(octets, codec::kDigestBytes)};
}

std::array<std::uint8_t, kSchemaKeyBytes> schema_key(std::uint8_t code, std::uint64_t line) {
  std::array<std::uint8_t, kSchemaKeyBytes> octets{code};
  std::ranges::copy(write_u64(line), octets.data() + 1);
  return octets;
}

std::array<std::uint8_t, kWantedKeyBytes> wanted_key(const codec::Fingerprint& peer,
                                                     std::uint64_t order) {
  std::array<std::uint8_t, kWantedKeyBytes> octets{};
  std::ranges::copy(write_u64(order), write_digest(peer.octets, octets.data()));
  return octets;
}

codec::ByteVector write_peer(const PeerState& state) {
  codec::ByteVector octets(kPeerBytesMin + (state.last ? kJournalRecordBytes : 0));
  octets[0] =
      static_cast<std::uint8_t>((state.last ? kPeerHasLast : 0) | (state.forked ? kPeerForked : 0));
  std::ranges::copy(write_u64(state.position), octets.data() + 1);
  if (state.last) std::ranges::copy(write_journal(*state.last), octets.data() + kPeerBytesMin);
  return octets;
}

std::optional<PeerState> read_peer(codec::Bytes octets) {
  if (octets.size() < kPeerBytesMin || octets[0] > (kPeerHasLast | kPeerForked)) {
    return std::nullopt;
  }
  PeerState state{.last = std::nullopt,
                  .position = *read_u64(octets.subspan(1, 8)),
                  .forked = (octets[0] & kPeerForked) != 0};
  const codec::Bytes rest = octets.subspan(kPeerBytesMin);
  if ((octets[0] & kPeerHasLast) == 0) {
    return rest.empty() ? std::optional(state) : std::nullopt;
  }
  state.last = read_journal(rest);
  return state.last ? std::optional(state) : std::nullopt;
}

}  // namespace sdmp::store::records
