#include <algorithm>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "codec/resource.h"
#include "engine/store/environment.h"
#include "engine/store/records.h"
#include "engine/store/store.h"

namespace sdmp::store {
namespace {

using records::IndexedSchema;

struct Fault {
  std::uint64_t line;
  std::string words;
};
using Checked = std::expected<void, Fault>;

// Everything that other tables must say about the resource of one line.
struct Line {
  std::uint64_t index;
  codec::JournalEntry entry;
  records::ResourceRecord record;

  std::unexpected<Fault> fault(std::string words) const {
    return std::unexpected(Fault{index, std::move(words)});
  }
};

// Reads everything with calls that can fail: unlike a Reader it is made for damaged stores.
class Verifier {
 public:
  Verifier(MDB_txn* txn, const Tables& tables, const codec::Fingerprint& self,
           const VerifyOptions& options)
      : txn_(txn), tables_(tables), self_(self), options_(options) {}

  Checked run(VerifyReport& report) {
    if (options_.signatures) {
      if (auto collected = collect_identities(); !collected) return collected;
    }
    if (auto walked = walk_lines(report); !walked) return walked;
    if (auto orphans = check_orphans(); !orphans) return orphans;
    return check_counts();
  }

 private:
  Checked collect_identities();
  Checked walk_lines(VerifyReport& report);
  Checked check_line(const Line& line);
  Checked check_container(const Line& line);
  Checked check_signature(const Line& line, const codec::Container& container) const;
  Checked check_schemas(const Line& line, const codec::Container& container);
  Checked check_replaced(const Line& line);
  Checked check_updates(const Line& line, const codec::Container& container);
  Checked check_orphans();
  Checked check_counts();
  Checked check_replaced_rows();

  static std::unexpected<Fault> unreadable(std::uint64_t line, std::string_view table, int rc) {
    return std::unexpected(
        Fault{line, fmt::format("the table {} cannot be read: {}", table, mdb_strerror(rc))});
  }

  MDB_txn* txn_;
  const Tables& tables_;
  const codec::Fingerprint& self_;
  const VerifyOptions& options_;
  codec::ContainerReader reader_;
  std::unordered_map<codec::Fingerprint, codec::PublicKey, codec::DigestHash> keys_;
  std::vector<codec::Identifier> updates_;
  std::uint64_t schema_rows_ = 0;    // rows that by_schema must have
  std::uint64_t replaced_rows_ = 0;  // rows of replaced whose resource has been seen
};

// Replaced identities count too: what they signed stays signed. An identity that is not sound is
// left to the walk, which knows its line.
Checked Verifier::collect_identities() {
  Cursor cursor(txn_, tables_.resources);
  for (bool more = cursor.first(); more; more = cursor.next()) {
    const auto record = records::read_resource(cursor.value());
    if (!record || (record->header.flags & records::kIdentityFlag) == 0) continue;
    const auto container = reader_.parse_copy(record->container);
    if (!container || !container->lists(codec::Schema::kIdentity)) continue;
    if (auto key = codec::verify_identity(*container)) {
      keys_.emplace(container->publisher, *std::move(key));
    }
  }
  if (cursor.failed()) return unreadable(0, "resources", cursor.rc());
  return {};
}

Checked Verifier::walk_lines(VerifyReport& report) {
  codec::LineNumber number = codec::number_after(self_);
  Cursor cursor(txn_, tables_.journal);
  std::uint64_t index = 0;
  for (bool more = cursor.first(); more; more = cursor.next()) {
    ++index;
    if (options_.at_line != nullptr) options_.at_line->store(index, std::memory_order_relaxed);
    const auto key = records::read_journal_key(cursor.key());
    if (key != index) {
      return std::unexpected(Fault{index, "the line is missing from the journal"});
    }
    const auto entry = records::read_journal(cursor.value());
    if (!entry) {
      return std::unexpected(Fault{index,
                                   "the line does not have a number, a publisher and an "
                                   "identifier"});
    }
    if (entry->number != number) {
      return std::unexpected(Fault{index,
                                   "its number is not the hash of the line before it "
                                   "(JRN-4)"});
    }
    const Lookup found = get(txn_, tables_.resources, entry->resource.bytes());
    if (found.rc == MDB_NOTFOUND) {
      return std::unexpected(Fault{index, "its resource is not in the store"});
    }
    if (found.failed()) return unreadable(index, "resources", found.rc);
    const auto record = records::read_resource(found.value);
    if (!record) return std::unexpected(Fault{index, "the record of its resource is damaged"});
    if (auto checked = check_line({index, *entry, *record}); !checked) return checked;
    number = codec::number_after(*entry);
    report.lines = index;
    report.resources = index;
  }
  if (cursor.failed()) return unreadable(index + 1, "journal", cursor.rc());
  return {};
}

Checked Verifier::check_line(const Line& line) {
  const Lookup row = get(txn_, tables_.lines, line.entry.number.bytes());
  if (row.failed() && row.rc != MDB_NOTFOUND) return unreadable(line.index, "lines", row.rc);
  if (!row.found() || records::read_u64(row.value) != line.index) {
    return line.fault("the table lines does not lead from its number to it");
  }
  if (line.record.header.line != line.index) {
    return line.fault(
        fmt::format("the record of its resource names line {}", line.record.header.line));
  }
  if (line.record.header.publisher != line.entry.publisher) {
    return line.fault("the record of its resource names another publisher");
  }
  return check_container(line);
}

Checked Verifier::check_container(const Line& line) {
  const auto container = reader_.parse_copy(line.record.container);
  if (!container) {
    return line.fault(
        fmt::format("its resource is no valid container: {}", codec::explain(container.error())));
  }
  if (!codec::is_resource(*container)) {
    return line.fault("its container is not a resource (RES-1)");
  }
  if (container->identifier() != line.entry.resource) {
    return line.fault("its identifier is not the hash of the resource's payload (P-ID)");
  }
  if (container->publisher != line.entry.publisher) {
    return line.fault("its publisher is not the one that the resource names");
  }
  if (auto checked = check_signature(line, *container); !checked) return checked;
  if (auto checked = check_schemas(line, *container); !checked) return checked;
  if (auto checked = check_replaced(line); !checked) return checked;
  return check_updates(line, *container);
}

Checked Verifier::check_signature(const Line& line, const codec::Container& container) const {
  if (container.lists(codec::Schema::kIdentity)) {
    const auto key = codec::verify_identity(container);
    if (key) return {};
    return line.fault(fmt::format("its identity is not valid: {}", codec::explain(key.error())));
  }
  if (!options_.signatures) return {};
  const auto key = keys_.find(container.publisher);
  if (key == keys_.end()) return line.fault("the publisher's identity is not in the store");
  const auto verified = container.verify(key->second);
  if (verified) return {};
  return line.fault(fmt::format("the signature of its resource is not valid: {}",
                                codec::explain(verified.error())));
}

Checked Verifier::check_schemas(const Line& line, const codec::Container& container) {
  const std::uint32_t flags = line.record.header.flags;
  if (records::schema_flags(container.schemas) != (flags & ~records::kReplacedFlag)) {
    return line.fault("the record of its resource has flags of other schemas");
  }
  for (const IndexedSchema& indexed : records::kIndexedSchemas) {
    if ((flags & indexed.flag()) == 0 || (flags & records::kReplacedFlag) != 0) continue;
    const Lookup row = get(txn_, tables_.by_schema, records::schema_key(indexed.code, line.index));
    if (row.failed()) return unreadable(line.index, "by_schema", row.rc);
    if (!row.found() || !std::ranges::equal(row.value, line.entry.resource.bytes())) {
      return line.fault(fmt::format("its resource is not listed among those of schema {}",
                                    codec::name(indexed.schema)));
    }
    ++schema_rows_;
  }
  return {};
}

Checked Verifier::check_replaced(const Line& line) {
  const Lookup row =
      get(txn_, tables_.replaced,
          records::write_pair(line.entry.publisher.octets, line.entry.resource.octets));
  if (row.failed()) return unreadable(line.index, "replaced", row.rc);
  const bool flagged = (line.record.header.flags & records::kReplacedFlag) != 0;
  if (flagged && !row.found()) {
    return line.fault("its resource is marked as replaced, but no update replaces it");
  }
  if (!flagged && row.found()) {
    return line.fault("its resource is replaced by an update, but not marked so");
  }
  return {};
}

Checked Verifier::check_updates(const Line& line, const codec::Container& container) {
  updates_.clear();
  if (auto read = codec::read_updates(container, updates_); !read) {
    return line.fault("its sdmp.updates is not a list of identifiers (RES-4)");
  }
  std::ranges::sort(updates_);
  const auto repeated = std::ranges::unique(updates_);
  updates_.erase(repeated.begin(), repeated.end());
  for (const codec::Identifier& target : updates_) {
    const Lookup row = get(txn_, tables_.replaced,
                           records::write_pair(line.entry.publisher.octets, target.octets));
    if (row.failed()) return unreadable(line.index, "replaced", row.rc);
    if (!row.found()) {
      return line.fault(
          fmt::format("it updates {}, but the store does not record that", target.text()));
    }
    if (std::ranges::equal(row.value, line.entry.resource.bytes())) ++replaced_rows_;
    const Lookup found = get(txn_, tables_.resources, target.bytes());
    if (found.failed()) return unreadable(line.index, "resources", found.rc);
    if (!found.found()) continue;
    const auto record = records::read_resource(found.value);
    // A target that arrived later could not be checked when the update was accepted (P-SYN).
    if (!record ||
        (record->header.publisher != line.entry.publisher && record->header.line < line.index)) {
      return line.fault(
          fmt::format("it updates {}, a resource of another publisher (RES-4)", target.text()));
    }
  }
  return {};
}

// Each line was found to have its resource: only more resources than lines can be wrong now.
Checked Verifier::check_orphans() {
  if (count(txn_, tables_.resources) == count(txn_, tables_.journal)) return {};
  Cursor cursor(txn_, tables_.resources);
  for (bool more = cursor.first(); more; more = cursor.next()) {
    const auto record = records::read_resource(cursor.value());
    const auto identifier = records::read_digest<codec::Identifier>(cursor.key());
    if (!record || !identifier) {
      return std::unexpected(Fault{0, "the table resources has a damaged row"});
    }
    const Lookup row = get(txn_, tables_.journal, records::journal_key(record->header.line));
    const auto entry = row.found() ? records::read_journal(row.value) : std::nullopt;
    if (!entry || entry->resource != *identifier) {
      return std::unexpected(
          Fault{record->header.line,
                fmt::format("the resource {} is in the store without a line in the journal",
                            identifier->text())});
    }
  }
  return unreadable(0, "resources", cursor.rc());
}

Checked Verifier::check_counts() {
  if (count(txn_, tables_.lines) != count(txn_, tables_.journal)) {
    return std::unexpected(Fault{0, "the table lines has numbers that no line carries"});
  }
  if (count(txn_, tables_.by_schema) != schema_rows_) {
    return std::unexpected(
        Fault{0, "the table by_schema lists resources that do not belong there"});
  }
  if (count(txn_, tables_.replaced) != replaced_rows_) return check_replaced_rows();
  return {};
}

// Some row has no update behind it: names its line if the resource it names exists.
Checked Verifier::check_replaced_rows() {
  Cursor cursor(txn_, tables_.replaced);
  for (bool more = cursor.first(); more; more = cursor.next()) {
    const Lookup found = get(txn_, tables_.resources, cursor.value());
    const auto record = found.found() ? records::read_resource(found.value) : std::nullopt;
    const auto container = record ? reader_.parse_copy(record->container)
                                  : std::unexpected(codec::Error::kPayloadShape);
    const auto target =
        records::read_digest<codec::Identifier>(cursor.key().subspan(codec::kDigestBytes));
    updates_.clear();
    const bool listed =
        container && target && codec::read_updates(*container, updates_) &&
        std::ranges::find(updates_, *target) != updates_.end() &&
        std::ranges::equal(cursor.key().first(codec::kDigestBytes), container->publisher.bytes());
    if (!listed) {
      return std::unexpected(Fault{record ? record->header.line : 0,
                                   fmt::format("{} is recorded as replaced, but no update in the "
                                               "store names it",
                                               target ? target->text() : "something")});
    }
  }
  return unreadable(0, "replaced", cursor.rc());
}

}  // namespace

VerifyReport verify(Store& store, const VerifyOptions& options) {
  VerifyReport report;
  const Store::State& state = *store.state_;
  Transaction transaction;
  const int rc = transaction.begin(state.environment->get(), MDB_RDONLY);
  Checked checked;
  if (rc != 0) {
    checked = std::unexpected(Fault{0, state.environment->error(rc, "verifying").message});
  } else {
    checked = Verifier(transaction.get(), state.tables, state.self, options).run(report);
  }
  if (!checked) {
    report.faulty_line = checked.error().line;
    report.fault = checked.error().words;
  }
  return report;
}

}  // namespace sdmp::store
