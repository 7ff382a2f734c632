#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "codec/check.h"
#include "engine/store/environment.h"
#include "engine/store/records.h"
#include "engine/store/store.h"

namespace sdmp::store {
namespace {

constexpr std::string_view kAppending = "appending to the journal";

}  // namespace

// The functions that return int give LMDB's codes; the public ones below turn them into words.
struct Batch::State {
  const Store::State* store;
  Transaction transaction;
  std::uint64_t lines = 0;
  bool replaced_indexed = false;
  codec::LineNumber next_number;
  std::optional<StoreError> failure;

  const Tables& tables() const { return store->tables; }
  MDB_txn* txn() const { return transaction.get(); }
  int load();

  // Refuses what comes behind a failure with the words of that failure.
  template <class Operation>
  StoreResult<void> run(std::string_view doing, Operation operation) {
    if (failure) return std::unexpected(*failure);
    SDMP_CHECK(txn() != nullptr);
    const int rc = operation();
    if (rc == 0) return {};
    transaction.abort();
    failure = store->environment->error(rc, doing);
    return std::unexpected(*failure);
  }

  int append(const NewResource& resource, AppendOutcome& outcome);
  int names_foreign(const NewResource& resource, bool& foreign) const;
  int put_line(const NewResource& resource, std::uint32_t flags);
  int put_resource(const codec::Identifier& identifier, const records::ResourceHeader& header,
                   std::string_view container);
  int replace(const codec::Fingerprint& publisher, const codec::Identifier& target,
              const codec::Identifier& by);
  int set_peer(const codec::Fingerprint& node, const PeerState& peer_state);
  int add_wanted(const codec::Fingerprint& peer, const WantedResource& wanted, std::uint64_t order,
                 bool& added);
  int add_all_wanted(const codec::Fingerprint& peer, std::span<const WantedResource> wanted);
  int remove_wanted(const codec::Fingerprint& peer, const codec::Identifier& identifier);
  int remove_wanted_of_all(const codec::Identifier& identifier);
};

int Batch::State::load() {
  lines = count(txn(), tables().journal);
  if (lines == 0) {
    next_number = codec::number_after(store->self);
    return 0;
  }
  const Lookup last = get(txn(), tables().journal, records::journal_key(lines));
  if (!last.found()) return last.rc;
  const auto entry = records::read_journal(last.value);
  if (!entry) return MDB_CORRUPTED;
  next_number = codec::number_after(*entry);
  return 0;
}

int Batch::State::append(const NewResource& resource, AppendOutcome& outcome) {
  const Lookup known = get(txn(), tables().resources, resource.identifier.bytes());
  if (known.failed()) return known.rc;
  if (known.found()) {
    outcome = AppendOutcome::kDuplicate;
    return remove_wanted_of_all(resource.identifier);
  }
  bool foreign = false;
  int rc = names_foreign(resource, foreign);
  if (rc != 0) return rc;
  if (foreign) {
    outcome = AppendOutcome::kForeignUpdate;
    return 0;
  }
  // An update of it may have come first (P-SYN).
  const Lookup update =
      get(txn(), tables().replaced,
          records::write_pair(resource.publisher.octets, resource.identifier.octets));
  if (update.failed()) return update.rc;
  std::uint32_t flags = records::schema_flags(resource.schemas);
  if (update.found()) flags |= records::kReplacedFlag;
  rc = put_line(resource, flags);
  for (const codec::Identifier& target : resource.updates) {
    if (rc == 0) rc = replace(resource.publisher, target, resource.identifier);
  }
  if (rc == 0) rc = remove_wanted_of_all(resource.identifier);
  outcome = AppendOutcome::kAppended;
  return rc;
}

// All targets are looked at before anything is written: a refused resource changes nothing.
int Batch::State::names_foreign(const NewResource& resource, bool& foreign) const {
  for (const codec::Identifier& target : resource.updates) {
    const Lookup found = get(txn(), tables().resources, target.bytes());
    if (found.failed()) return found.rc;
    if (!found.found()) continue;
    const auto record = records::read_resource(found.value);
    if (!record) return MDB_CORRUPTED;
    if (record->header.publisher != resource.publisher) foreign = true;
  }
  return 0;
}

int Batch::State::put_line(const NewResource& resource, std::uint32_t flags) {
  const codec::JournalEntry entry{
      .number = next_number, .publisher = resource.publisher, .resource = resource.identifier};
  const std::uint64_t line = lines + 1;
  int rc = put(txn(), tables().journal, records::journal_key(line), records::write_journal(entry),
               MDB_APPEND);
  if (rc == 0) rc = put(txn(), tables().lines, entry.number.bytes(), records::write_u64(line));
  if (rc == 0) {
    rc = put_resource(resource.identifier,
                      {.publisher = resource.publisher, .line = line, .flags = flags},
                      resource.container);
  }
  for (const records::IndexedSchema& indexed : records::kIndexedSchemas) {
    if (rc != 0) break;
    if ((flags & indexed.flag()) == 0 || (flags & records::kReplacedFlag) != 0) continue;
    rc = put(txn(), tables().by_schema, records::schema_key(indexed.code, line),
             resource.identifier.bytes());
  }
  lines = line;
  next_number = codec::number_after(entry);
  return rc;
}

int Batch::State::put_resource(const codec::Identifier& identifier,
                               const records::ResourceHeader& header, std::string_view container) {
  MDB_val key{identifier.octets.size(), const_cast<std::uint8_t*>(identifier.octets.data())};
  MDB_val value{records::kResourceHeaderBytes + container.size(), nullptr};
  const int rc = mdb_put(txn(), tables().resources, &key, &value, MDB_RESERVE);
  if (rc != 0) return rc;
  auto* out = static_cast<std::uint8_t*>(value.mv_data);
  records::write_resource_header(header, out);
  if (!container.empty()) {
    std::memcpy(out + records::kResourceHeaderBytes, container.data(), container.size());
  }
  return 0;
}

// The first update of a resource is the one on record; later ones find it replaced already.
int Batch::State::replace(const codec::Fingerprint& publisher, const codec::Identifier& target,
                          const codec::Identifier& by) {
  int rc = put(txn(), tables().replaced, records::write_pair(publisher.octets, target.octets),
               by.bytes(), MDB_NOOVERWRITE);
  if (rc == MDB_KEYEXIST) return 0;
  if (rc != 0) return rc;
  const Lookup found = get(txn(), tables().resources, target.bytes());
  if (!found.found()) return found.failed() ? found.rc : 0;
  auto record = records::read_resource(found.value);
  if (!record) return MDB_CORRUPTED;
  for (const records::IndexedSchema& indexed : records::kIndexedSchemas) {
    if (rc != 0) return rc;
    if ((record->header.flags & indexed.flag()) == 0) continue;
    replaced_indexed = true;
    rc = remove(txn(), tables().by_schema, records::schema_key(indexed.code, record->header.line));
  }
  if (rc != 0) return rc;
  // The container lies in a page that the write below may move.
  const std::string container(record->container);
  record->header.flags |= records::kReplacedFlag;
  return put_resource(target, record->header, container);
}

int Batch::State::set_peer(const codec::Fingerprint& node, const PeerState& peer_state) {
  PeerState next = peer_state;
  const Lookup found = get(txn(), tables().peers, node.bytes());
  if (found.failed()) return found.rc;
  if (found.found()) {
    const auto stored = records::read_peer(found.value);
    if (!stored) return MDB_CORRUPTED;
    if (next.position < stored->position) {
      next.position = stored->position;
      next.last = stored->last;
    }
    next.forked = next.forked || stored->forked;
    if (next == *stored) return 0;
  }
  return put(txn(), tables().peers, node.bytes(), records::write_peer(next));
}

int Batch::State::add_all_wanted(const codec::Fingerprint& peer,
                                 std::span<const WantedResource> wanted) {
  const Lookup stored = get(txn(), tables().meta, codec::as_bytes(records::kWantedNextKey));
  if (stored.failed()) return stored.rc;
  const auto first = stored.found() ? records::read_u64(stored.value) : std::uint64_t{0};
  if (!first) return MDB_CORRUPTED;
  std::uint64_t order = *first;
  for (const WantedResource& resource : wanted) {
    bool added = false;
    const int rc = add_wanted(peer, resource, order, added);
    if (rc != 0) return rc;
    if (added) ++order;
  }
  if (order == *first) return 0;
  return put(txn(), tables().meta, codec::as_bytes(records::kWantedNextKey),
             records::write_u64(order));
}

int Batch::State::add_wanted(const codec::Fingerprint& peer, const WantedResource& wanted,
                             std::uint64_t order, bool& added) {
  const Lookup known = get(txn(), tables().resources, wanted.identifier.bytes());
  if (known.rc != MDB_NOTFOUND) return known.rc;
  int rc =
      put(txn(), tables().wanted_by_id, records::write_pair(wanted.identifier.octets, peer.octets),
          records::write_u64(order), MDB_NOOVERWRITE);
  if (rc == MDB_KEYEXIST) return 0;
  if (rc != 0) return rc;
  added = true;
  return put(txn(), tables().wanted, records::wanted_key(peer, order),
             records::write_pair(wanted.publisher.octets, wanted.identifier.octets));
}

int Batch::State::remove_wanted(const codec::Fingerprint& peer,
                                const codec::Identifier& identifier) {
  const auto key = records::write_pair(identifier.octets, peer.octets);
  const Lookup found = get(txn(), tables().wanted_by_id, key);
  if (!found.found()) return found.failed() ? found.rc : 0;
  const auto order = records::read_u64(found.value);
  if (!order) return MDB_CORRUPTED;
  const int rc = remove(txn(), tables().wanted, records::wanted_key(peer, *order));
  return rc != 0 ? rc : remove(txn(), tables().wanted_by_id, key);
}

int Batch::State::remove_wanted_of_all(const codec::Identifier& identifier) {
  // One seek a row: a cursor does not survive the removal of what it stands on.
  while (true) {
    codec::Fingerprint peer;
    {
      Cursor cursor(txn(), tables().wanted_by_id);
      const bool some = cursor.seek(identifier.bytes());
      if (cursor.failed()) return cursor.rc();
      if (!some ||
          !std::ranges::equal(cursor.key().first(codec::kDigestBytes), identifier.bytes())) {
        return 0;
      }
      const auto read =
          records::read_digest<codec::Fingerprint>(cursor.key().subspan(codec::kDigestBytes));
      if (!read) return MDB_CORRUPTED;
      peer = *read;
    }
    if (const int rc = remove_wanted(peer, identifier); rc != 0) return rc;
  }
}

StoreResult<Batch> Store::begin() {
  const Environment& environment = *state_->environment;
  if (environment.read_only()) {
    return std::unexpected(environment.error(EROFS, "writing to a store opened for reading"));
  }
  auto state = std::make_unique<Batch::State>();
  state->store = state_.get();
  int rc = state->transaction.begin(environment.get(), 0);
  if (rc == 0) rc = state->load();
  if (rc != 0) return std::unexpected(environment.error(rc, "beginning to write"));
  return Batch(std::move(state));
}

Batch::Batch(std::unique_ptr<State> state) : state_(std::move(state)) {}
Batch::~Batch() = default;
Batch::Batch(Batch&&) noexcept = default;
Batch& Batch::operator=(Batch&&) noexcept = default;

StoreResult<AppendOutcome> Batch::append(const NewResource& resource, const codec::Fingerprint*) {
  auto outcome = AppendOutcome::kAppended;
  auto done = state_->run(kAppending, [&] { return state_->append(resource, outcome); });
  if (!done) return std::unexpected(done.error());
  return outcome;
}

StoreResult<void> Batch::set_peer(const codec::Fingerprint& node, const PeerState& state) {
  return state_->run("recording a peer's journal", [&] { return state_->set_peer(node, state); });
}

StoreResult<void> Batch::add_wanted(const codec::Fingerprint& peer,
                                    std::span<const WantedResource> wanted) {
  return state_->run("recording what a peer announced",
                     [&] { return state_->add_all_wanted(peer, wanted); });
}

StoreResult<void> Batch::remove_wanted(const codec::Fingerprint& peer,
                                       const codec::Identifier& identifier) {
  return state_->run("forgetting what a peer announced",
                     [&] { return state_->remove_wanted(peer, identifier); });
}

StoreResult<void> Batch::reset_peer(const codec::Fingerprint& node) {
  return state_->run("forgetting a peer's journal",
                     [&] { return remove(state_->txn(), state_->tables().peers, node.bytes()); });
}

bool Batch::replaced_indexed() const {
  return state_->replaced_indexed;
}

std::uint64_t Batch::journal_size() const {
  return state_->lines;
}

StoreResult<void> Batch::commit() {
  return state_->run("committing", [&] { return state_->transaction.commit(); });
}

}  // namespace sdmp::store
