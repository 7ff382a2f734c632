// The on-disk records of the store: docs/store.md tells the same as a table.
//
// One LMDB environment holds nine named tables:
//
//   meta          "format" | "self" | "wanted_next"    ->  u32 | fingerprint | u64
//   resources     identifier                           ->  header, container bytes
//   journal       index, a native u64 (INTEGERKEY)     ->  number, publisher, identifier
//   lines         line number                          ->  u64 index
//   replaced      publisher, target identifier         ->  replacing identifier
//   by_schema     schema code, u64 index               ->  identifier
//   peers         node fingerprint                     ->  peer record
//   wanted        node fingerprint, u64 order          ->  publisher, identifier
//   wanted_by_id  identifier, node fingerprint         ->  u64 order
//
// Fields lie one behind the other without padding or alignment. Digests are their 64 octets.
// Integers are big-endian, so that the order of keys is the order of numbers; the one exception is
// the journal's key, which LMDB compares as an integer of this machine. (An LMDB file belongs to
// machines of one byte order and page size anyway.)
//
//   resource header   publisher 64 | index of its journal line u64 | flags u32          76 octets
//   journal record    number 64 | publisher 64 | identifier 64                         192 octets
//   peer record       flags u8 | position u64 | the last known line, if any        9 or 201 octets
//
// Journal indices start at 1; index 0 stands for the line that is the node's own fingerprint
// (JRN-2), which is not stored. A container is the exact text received (P-JWS).
//
// The flags of a resource repeat what other tables know, so that one lookup answers a request:
// bit 0 says that `replaced` has a row for it, bits 1 to 3 which of the indexed schemas it lists.
// A schema code is the number of its bit, and is part of the format: never renumber one.
//
// A reader that meets another kFormatVersion refuses the store; a change of any record above needs
// a new version. Readers of records give nullopt for octets of a wrong size or with unknown bits.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "codec/bytes.h"
#include "codec/container.h"
#include "codec/digest.h"
#include "codec/journal.h"
#include "engine/store/store.h"

namespace sdmp::store::records {

inline constexpr std::uint32_t kFormatVersion = 1;

inline constexpr std::string_view kFormatKey = "format";
inline constexpr std::string_view kSelfKey = "self";
inline constexpr std::string_view kWantedNextKey = "wanted_next";

// The schemas that by_schema indexes: what trust and dialling are computed from.
struct IndexedSchema {
  codec::Schema schema;
  std::uint8_t code;

  constexpr std::uint32_t flag() const { return std::uint32_t{1} << code; }
};
inline constexpr std::array<IndexedSchema, 3> kIndexedSchemas = {{
    {codec::Schema::kIdentity, 1},
    {codec::Schema::kRelationship, 2},
    {codec::Schema::kNodeInformation, 3},
}};
inline constexpr std::uint32_t kReplacedFlag = 1;
inline constexpr std::uint32_t kIdentityFlag = kIndexedSchemas[0].flag();
inline constexpr std::uint32_t kKnownFlags = 0b1111;

// The entry of kIndexedSchemas for `schema`; nullptr when it is not indexed.
const IndexedSchema* indexed_schema(codec::Schema schema);
// The bits of the indexed ones among `schemas`.
std::uint32_t schema_flags(std::span<const codec::Schema> schemas);

struct ResourceHeader {
  codec::Fingerprint publisher;
  std::uint64_t line = 0;
  std::uint32_t flags = 0;
};
struct ResourceRecord {
  ResourceHeader header;
  std::string_view container;  // view into the octets read
};
inline constexpr std::size_t kResourceHeaderBytes = codec::kDigestBytes + 8 + 4;

// Writes kResourceHeaderBytes at `out`; the container follows behind them.
void write_resource_header(const ResourceHeader& header, std::uint8_t* out);
std::optional<ResourceRecord> read_resource(codec::Bytes octets);

std::array<std::uint8_t, 8> write_u64(std::uint64_t value);
std::optional<std::uint64_t> read_u64(codec::Bytes octets);
std::array<std::uint8_t, 4> write_u32(std::uint32_t value);
std::optional<std::uint32_t> read_u32(codec::Bytes octets);
template <class Digest>
std::optional<Digest> read_digest(codec::Bytes octets) {
  Digest digest;
  if (octets.size() != digest.octets.size()) return std::nullopt;
  std::copy(octets.begin(), octets.end(), digest.octets.begin());
  return digest;
}

// The journal's key.
std::array<std::uint8_t, 8> journal_key(std::uint64_t index);
std::optional<std::uint64_t> read_journal_key(codec::Bytes octets);

inline constexpr std::size_t kJournalRecordBytes = 3 * codec::kDigestBytes;
std::array<std::uint8_t, kJournalRecordBytes> write_journal(const codec::JournalEntry& entry);
std::optional<codec::JournalEntry> read_journal(codec::Bytes octets);

// Keys of replaced and wanted_by_id, value of wanted: two digests.
inline constexpr std::size_t kPairBytes = 2 * codec::kDigestBytes;
std::array<std::uint8_t, kPairBytes> write_pair(const codec::Hash& first,
                                                const codec::Hash& second);
std::optional<WantedResource> read_wanted(codec::Bytes octets);

inline constexpr std::size_t kSchemaKeyBytes = 1 + 8;
std::array<std::uint8_t, kSchemaKeyBytes> schema_key(std::uint8_t code, std::uint64_t line);

inline constexpr std::size_t kWantedKeyBytes = codec::kDigestBytes + 8;
std::array<std::uint8_t, kWantedKeyBytes> wanted_key(const codec::Fingerprint& peer,
                                                     std::uint64_t order);

codec::ByteVector write_peer(const PeerState& state);
std::optional<PeerState> read_peer(codec::Bytes octets);

}  // namespace sdmp::store::records
