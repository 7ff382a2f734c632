// The node's durable state on LMDB: resources, journal, replaced resources, peers' cursors and the
// resources they announced that we still want.
//
// One writer (Batch), any number of readers (Reader), each on its own snapshot of the last
// committed state. Journalled means durable: Batch::commit() returns after fdatasync. A torn or
// interrupted write leaves the last committed state (LMDB's copy-on-write pages and double meta
// page). docs/store.md describes tables and records.
//
// Thread rule: Store may be used by all threads; a Reader by one thread at a time; at most one
// Batch exists at a time, on the ledger's thread. One process at a time may write: StoreLock.
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/container.h"
#include "codec/digest.h"
#include "codec/journal.h"

namespace sdmp::store {

// A local fault, in words for the operator: what, where, what to do.
struct StoreError {
  enum class Kind : std::uint8_t {
    kIo,       // the system refused: permissions, disk full, bad medium
    kMapFull,  // the configured maximum size is reached
    kCorrupt,  // the data contradicts itself
    kForeign,  // another node's store, or an unknown format version
    kBusy,     // another process holds the lock
    kMissing,  // there is no store here
  };
  Kind kind;
  std::string message;
};
template <class T>
using StoreResult = std::expected<T, StoreError>;

struct StoreOptions {
  // Address space reserved for the map; the file grows only as it is used.
  std::size_t map_bytes = std::size_t{64} << 30;
  unsigned readers_max = 512;
  bool read_only = false;  // must exist then; nothing is created
};

// A resource on its way into the store. Views are borrowed for the call.
struct NewResource {
  codec::Fingerprint publisher;
  codec::Identifier identifier;
  std::string_view container;                  // the exact bytes
  std::span<const codec::Identifier> updates;  // sdmp.updates (RES-4)
  std::span<const codec::Schema> schemas;
};

struct StoredResource {
  codec::Fingerprint publisher;
  std::uint64_t line;          // index of its journal line
  bool replaced;               // by an update: not to be given to peers (404)
  std::string_view container;  // in the map; valid until the Reader is refreshed or ends
};

// A peer's journal as far as we know it (JRN-6).
struct PeerState {
  std::optional<codec::JournalEntry> last;
  std::uint64_t position = 0;
  bool forked = false;

  bool operator==(const PeerState&) const = default;
};

struct WantedResource {
  codec::Fingerprint publisher;
  codec::Identifier identifier;

  bool operator==(const WantedResource&) const = default;
};

struct WantedPage {
  std::vector<WantedResource> resources;
  std::optional<std::uint64_t> next;  // the position of the first one behind them, if any
};

class Store;
struct VerifyOptions;
struct VerifyReport;
VerifyReport verify(Store& store, const VerifyOptions& options);

// A snapshot. Cheap to refresh; a Reader that is kept without refresh for long keeps old pages from
// being reused, so release() it when idle.
//
// Reads have no error path: what they find was verified before it was stored. A medium that gives
// back other data than was written ends the process, with the path and the remedy on stderr.
class Reader {
 public:
  ~Reader();
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;

  // Moves to the last committed state. All views given out before end.
  void refresh();
  // Gives the snapshot back; the next access refreshes.
  void release();

  std::uint64_t journal_size();
  // 1 <= index <= journal_size().
  codec::JournalEntry journal_entry(std::uint64_t index);
  // Index of the line that carries `number`; 0 for since_beginning(self).
  std::optional<std::uint64_t> find_line(const codec::LineNumber& number);
  // The number that the next line will carry.
  codec::LineNumber next_number();

  std::optional<StoredResource> find(const codec::Identifier& identifier);
  // Whether an update of `publisher` has replaced `identifier`, present or not.
  bool is_replaced(const codec::Fingerprint& publisher, const codec::Identifier& identifier);
  // Resources whose schemas list `schema` (identity, relationship or node_information) and that no
  // update has replaced, in journal order.
  std::vector<codec::Identifier> current(codec::Schema schema);

  PeerState peer(const codec::Fingerprint& node);
  std::vector<codec::Fingerprint> peers();
  // In order of announcement, at most `max`, from a position on: that of the first one or a
  // WantedPage::next.
  WantedPage wanted(const codec::Fingerprint& peer, std::size_t max, std::uint64_t from = 0);

 private:
  friend class Store;
  struct State;
  explicit Reader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

enum class AppendOutcome : std::uint8_t {
  kAppended,       // has the next line
  kDuplicate,      // was there already; nothing changes
  kForeignUpdate,  // names another publisher's resource in sdmp.updates; nothing changes (P-SYN)
};

// One write transaction: everything that gathered while the last one was committed. Reads through
// a Batch see its own writes. Dropping a Batch without commit() abandons it.
// Errors of single operations (kMapFull, kIo) make the batch unusable: abandon it.
class Batch {
 public:
  ~Batch();
  Batch(Batch&&) noexcept;
  Batch& operator=(Batch&&) noexcept;

  // Verified resources only. Appends the journal line with the next number (JRN-4, JRN-5), records
  // what it replaces, also when the target has not arrived yet (P-SYN), and drops the wanted
  // entries for it, of `source` and of every other peer, also when it was there already.
  StoreResult<AppendOutcome> append(const NewResource& resource,
                                    const codec::Fingerprint* source = nullptr);
  // Moves a peer's cursor, never back: a smaller position than the stored one is ignored. A
  // `forked` of true is always taken and stays until reset_peer, so that a session that has not
  // noticed cannot clear it.
  StoreResult<void> set_peer(const codec::Fingerprint& node, const PeerState& state);
  // Behind those that are there; what is in the store or wanted from this peer already is left out.
  StoreResult<void> add_wanted(const codec::Fingerprint& peer,
                               std::span<const WantedResource> wanted);
  StoreResult<void> remove_wanted(const codec::Fingerprint& peer,
                                  const codec::Identifier& identifier);
  // Operator's word: forget the fork mark and the cursor of this peer; its journal is read anew.
  StoreResult<void> reset_peer(const codec::Fingerprint& node);

  // Whether a resource of an indexed schema (Reader::current) was replaced by what was appended.
  bool replaced_indexed() const;
  std::uint64_t journal_size() const;
  // Durable when it returns without error. The Batch is used up either way.
  StoreResult<void> commit();

 private:
  friend class Store;
  struct State;
  explicit Batch(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class Store {
 public:
  // Opens, or creates unless read_only, the store of node `self` in `directory`.
  static StoreResult<std::unique_ptr<Store>> open(const std::filesystem::path& directory,
                                                  const codec::Fingerprint& self,
                                                  const StoreOptions& options = {});
  ~Store();

  const codec::Fingerprint& self() const;
  // Empty, or what an operator should know although the store is usable (a smaller map).
  const std::string& notice() const;
  // The Store outlives its Readers and Batches. At most readers_max Readers, those of other
  // processes included.
  Reader reader();
  // Waits while another Batch exists. The Batch stays on the calling thread.
  StoreResult<Batch> begin();

 private:
  friend class Reader;
  friend class Batch;
  friend VerifyReport verify(Store& store, const VerifyOptions& options);
  struct State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Exclusive right to write in a directory; released at its end or when the process dies.
class StoreLock {
 public:
  // kBusy names the process that holds it.
  static StoreResult<StoreLock> acquire(const std::filesystem::path& directory);
  ~StoreLock();
  StoreLock(StoreLock&& other) noexcept;
  StoreLock& operator=(StoreLock&& other) noexcept;

  // The one before did not live to give it back.
  bool left_by_killed() const { return left_by_killed_; }

 private:
  StoreLock(int fd, bool left_by_killed) : fd_(fd), left_by_killed_(left_by_killed) {}
  void release();

  int fd_ = -1;
  bool left_by_killed_ = false;
};

// `sdmp verify`: walks the whole journal and every resource: chain, identifiers,
// containers, signatures (with the identities in the store), updates, and that the tables agree.
// The first fault ends the walk.
struct VerifyReport {
  std::uint64_t lines = 0;      // found good, without the first one (the node's fingerprint)
  std::uint64_t resources = 0;  // found good
  // Index in the journal; 0 is the first line. Set if and only if there is a fault; one that lies
  // in a table names the line that the row refers to, or 0.
  std::optional<std::uint64_t> faulty_line;
  std::string fault;  // what is wrong with it
};
struct VerifyOptions {
  // Whether to check those of resources other than identities: for them the table of resources is
  // read as a whole before the first line.
  bool signatures = true;
  // Where the walk is: the line that is looked at, 0 before the first one. LMDB trusts the pages of
  // its file: the walk of a damaged one may end the process, and this is what is left of it.
  std::atomic<std::uint64_t>* at_line = nullptr;
};
VerifyReport verify(Store& store, const VerifyOptions& options = {});

}  // namespace sdmp::store
