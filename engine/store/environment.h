// The LMDB environment below the store: opening it, its tables, transactions, and LMDB's return
// codes in words. Internal to engine/store.
//
// LMDB's rules that shape this file: an environment is opened at most once per process (its POSIX
// locks would be lost with the first close), a write transaction stays on its thread, and with
// MDB_NOTLS a read transaction may move between threads but serves one at a time. No environment
// may be carried across fork().
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <lmdb.h>

#include "codec/bytes.h"
#include "codec/digest.h"
#include "engine/store/store.h"

namespace sdmp::store {

// Handles of the tables described in engine/store/records.h.
struct Tables {
  MDB_dbi meta = 0;
  MDB_dbi resources = 0;
  MDB_dbi journal = 0;
  MDB_dbi lines = 0;
  MDB_dbi replaced = 0;
  MDB_dbi by_schema = 0;
  MDB_dbi peers = 0;
  MDB_dbi wanted = 0;
  MDB_dbi wanted_by_id = 0;
};

// A smaller map is tried when the system refuses the address space, down to this one.
inline constexpr std::size_t kMapBytesMin = std::size_t{1} << 20;

class Environment {
 public:
  // Opens the files in `directory`, which exists. Tables are opened by Store::open.
  static StoreResult<std::unique_ptr<Environment>> open(const std::filesystem::path& directory,
                                                        const StoreOptions& options);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  MDB_env* get() const { return env_; }
  const std::filesystem::path& directory() const { return directory_; }
  bool read_only() const { return read_only_; }
  // Empty, or what an operator should know although the store is usable.
  const std::string& notice() const { return notice_; }

  // `rc` of LMDB or errno while `doing` ("appending to the journal"), with the remedy.
  StoreError error(int rc, std::string_view doing) const;
  // Makes the data file as long as its last committed state says, filling with zeros: a map
  // beyond the file's end would kill the process. Returns whether it was shorter. LMDB itself may
  // leave unused pages at the end unwritten, so that a shorter file alone is no fault.
  StoreResult<bool> cover_file() const;

 private:
  Environment(const std::filesystem::path& directory, const StoreOptions& options)
      : directory_(directory), read_only_(options.read_only) {}
  int try_open(const StoreOptions& options, std::size_t map_bytes);

  MDB_env* env_ = nullptr;
  std::filesystem::path directory_;
  bool read_only_;
  std::size_t map_bytes_ = 0;
  std::string notice_;
};

// The table file inside `directory`: whether there is a store at all.
std::filesystem::path data_file(const std::filesystem::path& directory);
// Creates `directory` with mode 0700 unless it is there; kIo.
StoreResult<void> make_directory(const std::filesystem::path& directory);
// Makes the entries of `directory` durable: what fdatasync on a new file does not promise.
StoreResult<void> sync_directory(const std::filesystem::path& directory);

// Aborts at its end unless committed.
class Transaction {
 public:
  Transaction() = default;
  Transaction(Transaction&& other) noexcept : txn_(std::exchange(other.txn_, nullptr)) {}
  Transaction& operator=(Transaction&& other) noexcept {
    if (this != &other) {
      abort();
      txn_ = std::exchange(other.txn_, nullptr);
    }
    return *this;
  }
  ~Transaction() { abort(); }

  // `flags`: 0 or MDB_RDONLY. Frees the slots of dead readers and tries again when all are taken.
  int begin(MDB_env* env, unsigned flags);
  // Read transactions: gives the snapshot back but keeps the reader's slot; takes a new snapshot.
  void reset() { mdb_txn_reset(txn_); }
  int renew(MDB_env* env);
  int commit() { return mdb_txn_commit(std::exchange(txn_, nullptr)); }
  void abort() {
    if (txn_ != nullptr) mdb_txn_abort(std::exchange(txn_, nullptr));
  }
  MDB_txn* get() const { return txn_; }

 private:
  bool settled(MDB_env* env) const;

  MDB_txn* txn_ = nullptr;
};

// LMDB's calls with spans. `rc` is 0, MDB_NOTFOUND or a fault.
struct Lookup {
  int rc = 0;
  codec::Bytes value = {};  // in the map, or in a dirty page: copy it before the next write

  bool found() const { return rc == 0; }
  bool failed() const { return rc != 0 && rc != MDB_NOTFOUND; }
};
Lookup get(MDB_txn* txn, MDB_dbi table, codec::Bytes key);
int put(MDB_txn* txn, MDB_dbi table, codec::Bytes key, codec::Bytes value, unsigned flags = 0);
// Success also when the key is absent.
int remove(MDB_txn* txn, MDB_dbi table, codec::Bytes key);
std::uint64_t count(MDB_txn* txn, MDB_dbi table);

// Rows in key order. Ends before its transaction does.
class Cursor {
 public:
  Cursor(MDB_txn* txn, MDB_dbi table) : rc_(mdb_cursor_open(txn, table, &cursor_)) {}
  ~Cursor() {
    if (cursor_ != nullptr) mdb_cursor_close(cursor_);
  }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  // Each moves and returns whether there is a row; rc() tells the end from a fault.
  bool first() { return move(MDB_FIRST); }
  bool next() { return move(MDB_NEXT); }
  bool seek(codec::Bytes key);  // to the first row at or behind `key`

  codec::Bytes key() const { return key_; }
  codec::Bytes value() const { return value_; }
  int rc() const { return rc_; }
  bool failed() const { return rc_ != 0 && rc_ != MDB_NOTFOUND; }

 private:
  bool move(MDB_cursor_op operation, codec::Bytes key = {});

  MDB_cursor* cursor_ = nullptr;
  int rc_;
  codec::Bytes key_;
  codec::Bytes value_;
};

// What Store, Reader, Batch and verify share.
struct Store::State {
  std::unique_ptr<Environment> environment;
  Tables tables;
  codec::Fingerprint self;
};

}  // namespace sdmp::store
