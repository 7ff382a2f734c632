#include "engine/store/store.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "engine/store/environment.h"
#include "engine/store/records.h"

namespace sdmp::store {
namespace {

using records::kFormatVersion;

struct TableName {
  const char* name;
  MDB_dbi Tables::* handle;
  unsigned flags;
};
constexpr std::array<TableName, 9> kTableNames = {{
    {"meta", &Tables::meta, 0},
    {"resources", &Tables::resources, 0},
    {"journal", &Tables::journal, MDB_INTEGERKEY},
    {"lines", &Tables::lines, 0},
    {"replaced", &Tables::replaced, 0},
    {"by_schema", &Tables::by_schema, 0},
    {"peers", &Tables::peers, 0},
    {"wanted", &Tables::wanted, 0},
    {"wanted_by_id", &Tables::wanted_by_id, 0},
}};

int open_tables(MDB_txn* txn, unsigned create, Tables& tables) {
  for (const TableName& table : kTableNames) {
    const int rc = mdb_dbi_open(txn, table.name, table.flags | create, &(tables.*table.handle));
    if (rc != 0) return rc;
  }
  return 0;
}

std::string beginning_of(const codec::Fingerprint& fingerprint) {
  return fingerprint.text().substr(0, 12) + "…";
}

StoreError missing(const std::filesystem::path& directory) {
  return {StoreError::Kind::kMissing,
          fmt::format("there is no store in {}; check the path, or create a home with sdmp init",
                      directory.string())};
}

// Whether the environment holds nothing at all: fresh, or left so by a crash in its creation.
bool is_blank(MDB_txn* txn) {
  MDB_dbi unnamed = 0;
  return mdb_dbi_open(txn, nullptr, 0, &unnamed) == 0 && count(txn, unnamed) == 0;
}

int write_meta(MDB_txn* txn, const Tables& tables, const codec::Fingerprint& self) {
  int rc = put(txn, tables.meta, codec::as_bytes(records::kFormatKey),
               records::write_u32(kFormatVersion));
  if (rc == 0) rc = put(txn, tables.meta, codec::as_bytes(records::kSelfKey), self.bytes());
  return rc;
}

// Format first: of an unknown one nothing else can be understood.
StoreResult<void> check_meta(MDB_txn* txn, const Environment& environment,
                             const codec::Fingerprint& self) {
  const std::string where = environment.directory().string();
  MDB_dbi meta = 0;
  int rc = mdb_dbi_open(txn, "meta", 0, &meta);
  const Lookup format =
      rc == 0 ? get(txn, meta, codec::as_bytes(records::kFormatKey)) : Lookup{.rc = rc};
  if (format.rc == MDB_NOTFOUND || format.rc == MDB_INCOMPATIBLE) {
    return std::unexpected(StoreError{
        StoreError::Kind::kForeign,
        fmt::format("{} holds a database that is no store of this program: choose another "
                    "directory, or restore the store from a copy if it was one",
                    where)});
  }
  if (format.failed()) {
    return std::unexpected(environment.error(format.rc, "reading the store's format"));
  }
  const auto version = records::read_u32(format.value);
  if (version != kFormatVersion) {
    return std::unexpected(StoreError{
        StoreError::Kind::kForeign,
        fmt::format("the store in {} has format version {}, this program reads version {}; use "
                    "the program that wrote it",
                    where, version ? fmt::to_string(*version) : "of an unknown form",
                    kFormatVersion)});
  }
  const Lookup stored = get(txn, meta, codec::as_bytes(records::kSelfKey));
  const auto owner = records::read_digest<codec::Fingerprint>(stored.value);
  if (!stored.found() || !owner) {
    return std::unexpected(environment.error(MDB_CORRUPTED, "reading whose store it is"));
  }
  if (*owner != self) {
    return std::unexpected(StoreError{
        StoreError::Kind::kForeign,
        fmt::format("the store in {} belongs to the node {}, not to this node {}; a store cannot "
                    "change its node, because the node's fingerprint begins its journal: use "
                    "another directory",
                    where, beginning_of(*owner), beginning_of(self))});
  }
  return {};
}

StoreResult<void> prepare(const Environment& environment, const codec::Fingerprint& self,
                          Tables& tables) {
  Transaction transaction;
  int rc = transaction.begin(environment.get(), environment.read_only() ? MDB_RDONLY : 0);
  if (rc != 0) return std::unexpected(environment.error(rc, "opening the store"));
  MDB_txn* txn = transaction.get();
  const bool blank = is_blank(txn);
  if (blank && environment.read_only()) return std::unexpected(missing(environment.directory()));
  if (!blank) {
    if (auto checked = check_meta(txn, environment, self); !checked) return checked;
  }
  rc = open_tables(txn, blank ? unsigned{MDB_CREATE} : 0u, tables);
  if (rc == 0 && blank) rc = write_meta(txn, tables, self);
  if (rc == 0) rc = transaction.commit();
  if (rc != 0) return std::unexpected(environment.error(rc, "opening the store's tables"));
  if (blank) return sync_directory(environment.directory());
  return {};
}

}  // namespace

StoreResult<std::unique_ptr<Store>> Store::open(const std::filesystem::path& directory,
                                                const codec::Fingerprint& self,
                                                const StoreOptions& options) {
  std::error_code code;
  if (options.read_only) {
    if (!std::filesystem::exists(data_file(directory), code)) {
      return std::unexpected(missing(directory));
    }
  } else if (auto made = make_directory(directory); !made) {
    return std::unexpected(made.error());
  }
  auto environment = Environment::open(directory, options);
  if (!environment) return std::unexpected(environment.error());
  auto shorter = (*environment)->cover_file();
  if (!shorter) return std::unexpected(shorter.error());
  auto state = std::make_unique<State>();
  if (auto prepared = prepare(**environment, self, state->tables); !prepared) {
    return std::unexpected(prepared.error());
  }
  state->environment = std::move(*environment);
  state->self = self;
  std::unique_ptr<Store> store(new Store(std::move(state)));
  if (*shorter) {
    // Unused pages may be missing at the end; anything else that is missing is found here.
    const VerifyReport report = verify(*store);
    if (report.faulty_line) {
      return std::unexpected(StoreError{
          StoreError::Kind::kCorrupt,
          fmt::format("the data file in {} was cut short, and line {} of the journal is damaged "
                      "({}); restore it from a copy or begin a new store and synchronize again",
                      directory.string(), *report.faulty_line, report.fault)});
    }
  }
  return store;
}

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::~Store() = default;

const codec::Fingerprint& Store::self() const {
  return state_->self;
}

const std::string& Store::notice() const {
  return state_->environment->notice();
}

}  // namespace sdmp::store
