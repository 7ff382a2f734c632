#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "codec/check.h"
#include "engine/store/environment.h"
#include "engine/store/records.h"
#include "engine/store/store.h"

namespace sdmp::store {

struct Reader::State {
  const Store::State* store;
  Transaction transaction;
  bool active = false;

  // The promise of the header: no error path, words instead.
  [[noreturn]] void stop(int rc, std::string_view doing) const {
    fmt::print(stderr, "{}\n", store->environment->error(rc, doing).message);
    std::fflush(stderr);
    std::abort();
  }

  MDB_txn* snapshot() {
    if (active) return transaction.get();
    MDB_env* env = store->environment->get();
    const int rc =
        transaction.get() == nullptr ? transaction.begin(env, MDB_RDONLY) : transaction.renew(env);
    if (rc != 0) stop(rc, "reading the last committed state");
    active = true;
    return transaction.get();
  }

  void release() {
    if (active) transaction.reset();
    active = false;
  }

  Lookup lookup(MDB_dbi Tables::* table, codec::Bytes key) {
    const Lookup found = get(snapshot(), store->tables.*table, key);
    if (found.failed()) stop(found.rc, "reading a record");
    return found;
  }

  template <class T>
  T intact(std::optional<T> record) const {
    if (!record) stop(MDB_CORRUPTED, "reading a record");
    return *std::move(record);
  }

  void end(const Cursor& cursor) const {
    if (cursor.failed()) stop(cursor.rc(), "reading a table");
  }
};

Reader Store::reader() {
  auto state = std::make_unique<Reader::State>();
  state->store = state_.get();
  state->snapshot();
  return Reader(std::move(state));
}

Reader::Reader(std::unique_ptr<State> state) : state_(std::move(state)) {}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

void Reader::refresh() {
  state_->release();
  state_->snapshot();
}

void Reader::release() {
  state_->release();
}

std::uint64_t Reader::journal_size() {
  MDB_txn* txn = state_->snapshot();
  return count(txn, state_->store->tables.journal);
}

codec::JournalEntry Reader::journal_entry(std::uint64_t index) {
  const Lookup found = state_->lookup(&Tables::journal, records::journal_key(index));
  SDMP_CHECK(found.found());
  return state_->intact(records::read_journal(found.value));
}

std::optional<std::uint64_t> Reader::find_line(const codec::LineNumber& number) {
  if (number == codec::since_beginning(state_->store->self)) return 0;
  const Lookup found = state_->lookup(&Tables::lines, number.bytes());
  if (!found.found()) return std::nullopt;
  return state_->intact(records::read_u64(found.value));
}

codec::LineNumber Reader::next_number() {
  const std::uint64_t size = journal_size();
  return size == 0 ? codec::number_after(state_->store->self)
                   : codec::number_after(journal_entry(size));
}

std::optional<StoredResource> Reader::find(const codec::Identifier& identifier) {
  const Lookup found = state_->lookup(&Tables::resources, identifier.bytes());
  if (!found.found()) return std::nullopt;
  const auto record = state_->intact(records::read_resource(found.value));
  return StoredResource{.publisher = record.header.publisher,
                        .line = record.header.line,
                        .replaced = (record.header.flags & records::kReplacedFlag) != 0,
                        .container = record.container};
}

bool Reader::is_replaced(const codec::Fingerprint& publisher, const codec::Identifier& identifier) {
  return state_->lookup(&Tables::replaced, records::write_pair(publisher.octets, identifier.octets))
      .found();
}

std::vector<codec::Identifier> Reader::current(codec::Schema schema) {
  const records::IndexedSchema* indexed = records::indexed_schema(schema);
  SDMP_CHECK(indexed != nullptr);
  std::vector<codec::Identifier> identifiers;
  Cursor cursor(state_->snapshot(), state_->store->tables.by_schema);
  bool more = cursor.seek(records::schema_key(indexed->code, 0));
  for (; more && cursor.key().front() == indexed->code; more = cursor.next()) {
    identifiers.push_back(state_->intact(records::read_digest<codec::Identifier>(cursor.value())));
  }
  state_->end(cursor);
  return identifiers;
}

PeerState Reader::peer(const codec::Fingerprint& node) {
  const Lookup found = state_->lookup(&Tables::peers, node.bytes());
  if (!found.found()) return {};
  return state_->intact(records::read_peer(found.value));
}

std::vector<codec::Fingerprint> Reader::peers() {
  std::vector<codec::Fingerprint> nodes;
  Cursor cursor(state_->snapshot(), state_->store->tables.peers);
  for (bool more = cursor.first(); more; more = cursor.next()) {
    nodes.push_back(state_->intact(records::read_digest<codec::Fingerprint>(cursor.key())));
  }
  state_->end(cursor);
  return nodes;
}

WantedPage Reader::wanted(const codec::Fingerprint& peer, std::size_t max, std::uint64_t from) {
  WantedPage page;
  Cursor cursor(state_->snapshot(), state_->store->tables.wanted);
  bool more = cursor.seek(records::wanted_key(peer, from));
  for (; more && std::ranges::equal(cursor.key().first(codec::kDigestBytes), peer.bytes());
       more = cursor.next()) {
    if (page.resources.size() == max) {
      page.next = state_->intact(records::read_u64(cursor.key().subspan(codec::kDigestBytes)));
      break;
    }
    page.resources.push_back(state_->intact(records::read_wanted(cursor.value())));
  }
  state_->end(cursor);
  return page;
}

}  // namespace sdmp::store
