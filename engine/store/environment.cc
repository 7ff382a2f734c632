#include "engine/store/environment.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sdmp::store {
namespace {

constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kFileMode = 0600;
constexpr MDB_dbi kTablesMax = 16;

MDB_val to_value(codec::Bytes bytes) {
  return {bytes.size(), const_cast<std::uint8_t*>(bytes.data())};
}

codec::Bytes from_value(const MDB_val& value) {
  return {static_cast<const std::uint8_t*>(value.mv_data), value.mv_size};
}

StoreError system_error(int code, std::string_view doing, const std::filesystem::path& where) {
  std::string_view remedy = "check the medium and the system's log";
  if (code == ENOSPC || code == EDQUOT) {
    remedy = "free space there, or move the store to a larger disk";
  } else if (code == EACCES || code == EPERM) {
    remedy = "run as the user that owns the directory, or correct its permissions";
  } else if (code == EROFS) {
    remedy = "the medium is mounted read-only; only reading commands work there";
  } else if (code == ENOENT || code == ENOTDIR) {
    remedy = "check the path";
  }
  return {StoreError::Kind::kIo, fmt::format("{} failed in {}: {}; {}", doing, where.string(),
                                             std::strerror(code), remedy)};
}

}  // namespace

std::filesystem::path data_file(const std::filesystem::path& directory) {
  return directory / "data.mdb";
}

StoreResult<void> make_directory(const std::filesystem::path& directory) {
  std::error_code code;
  if (std::filesystem::is_directory(directory, code)) return {};
  const std::filesystem::path parent = std::filesystem::absolute(directory, code).parent_path();
  std::filesystem::create_directories(parent, code);
  if (mkdir(directory.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
    return std::unexpected(system_error(errno, "creating the store's directory", directory));
  }
  return sync_directory(parent);
}

StoreResult<void> sync_directory(const std::filesystem::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && fsync(fd) == 0;
  const int code = errno;
  if (fd >= 0) close(fd);
  if (!synced) return std::unexpected(system_error(code, "syncing a directory", directory));
  return {};
}

StoreResult<std::unique_ptr<Environment>> Environment::open(const std::filesystem::path& directory,
                                                            const StoreOptions& options) {
  std::unique_ptr<Environment> result(new Environment(directory, options));
  std::size_t map_bytes = options.map_bytes;
  int rc = result->try_open(options, map_bytes);
  while (rc == ENOMEM && map_bytes / 2 >= kMapBytesMin) {
    map_bytes /= 2;
    rc = result->try_open(options, map_bytes);
  }
  if (rc != 0) return std::unexpected(result->error(rc, "opening the store"));
  if (map_bytes != options.map_bytes) {
    result->notice_ = fmt::format(
        "the system refused {} octets of address space for the store in {}, so it may grow to {} "
        "octets only; raise the limit on address space (ulimit -v) or lower store.map_bytes",
        options.map_bytes, directory.string(), map_bytes);
  }
  return result;
}

Environment::~Environment() {
  if (env_ != nullptr) mdb_env_close(env_);
}

int Environment::try_open(const StoreOptions& options, std::size_t map_bytes) {
  // LMDB wants whole pages.
  const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  map_bytes_ = std::max(map_bytes / page * page, page * 16);
  int rc = mdb_env_create(&env_);
  if (rc == 0) rc = mdb_env_set_mapsize(env_, map_bytes_);
  if (rc == 0) rc = mdb_env_set_maxreaders(env_, options.readers_max);
  if (rc == 0) rc = mdb_env_set_maxdbs(env_, kTablesMax);
  // Lookups by digest are random: reading ahead would only evict pages that are in use. Without
  // MDB_NOSYNC and MDB_NOMETASYNC a commit is durable when it returns. A read-only environment
  // registers its readers in the lock file like any other; LMDB goes without that file when the
  // medium is read-only (EROFS), where no writer can be.
  const unsigned flags = MDB_NOTLS | MDB_NORDAHEAD | (options.read_only ? MDB_RDONLY : 0u);
  if (rc == 0) rc = mdb_env_open(env_, directory_.c_str(), flags, kFileMode);
  if (rc == 0 && !options.read_only) {
    // Slots of readers that were killed would keep old pages from being reused.
    int dead = 0;
    rc = mdb_reader_check(env_, &dead);
  }
  if (rc != 0 && env_ != nullptr) mdb_env_close(std::exchange(env_, nullptr));
  return rc;
}

StoreError Environment::error(int rc, std::string_view doing) const {
  const std::string where = directory_.string();
  using Kind = StoreError::Kind;
  switch (rc) {
    case MDB_MAP_FULL:
      return {Kind::kMapFull,
              fmt::format("{} failed: the store in {} has reached its maximum of {} octets; raise "
                          "store.map_bytes in node.toml",
                          doing, where, map_bytes_)};
    case MDB_TXN_FULL:
      return {Kind::kIo, fmt::format("{} failed in {}: more changes than one commit can hold; "
                                     "commit smaller batches",
                                     doing, where)};
    case MDB_READERS_FULL:
      return {Kind::kIo, fmt::format("{} failed in {}: too many readers at once; end other "
                                     "commands that read this store",
                                     doing, where)};
    case MDB_MAP_RESIZED:
      return {Kind::kIo, fmt::format("{} failed in {}: another process has made the store larger "
                                     "than this one's maximum of {} octets; raise store.map_bytes "
                                     "in node.toml",
                                     doing, where, map_bytes_)};
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_PANIC:
    case MDB_NOTFOUND:
    case MDB_INCOMPATIBLE:
      return {Kind::kCorrupt,
              fmt::format("{} failed: the store in {} is damaged ({}); restore it from a copy, or "
                          "begin a new one and synchronize again; where the damage begins, `sdmp "
                          "verify` may tell",
                          doing, where, mdb_strerror(rc))};
    case MDB_VERSION_MISMATCH:
      return {Kind::kForeign, fmt::format("{} failed: {} holds a database of another LMDB version; "
                                          "use the program that wrote it",
                                          doing, where)};
    default:
      if (rc < 0) {
        return {Kind::kIo, fmt::format("{} failed in {}: {}", doing, where, mdb_strerror(rc))};
      }
      return system_error(rc, doing, directory_);
  }
}

StoreResult<bool> Environment::cover_file() const {
  MDB_stat statistics{};
  MDB_envinfo info{};
  mdb_env_stat(env_, &statistics);
  mdb_env_info(env_, &info);
  const std::uint64_t needed = (std::uint64_t{info.me_last_pgno} + 1) * statistics.ms_psize;
  const std::filesystem::path file = data_file(directory_);
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) {
    return std::unexpected(system_error(errno, "measuring the data file", directory_));
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size >= needed) return false;
  // Unlike ftruncate this can never shorten a file that a writer extends meanwhile.
  const int fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  const int code =
      fd < 0 ? errno
             : posix_fallocate(fd, static_cast<off_t>(size), static_cast<off_t>(needed - size));
  if (fd >= 0) close(fd);
  if (code != 0) {
    return std::unexpected(
        system_error(code, "completing a data file that is too short", directory_));
  }
  return true;
}

int Transaction::begin(MDB_env* env, unsigned flags) {
  abort();
  int rc = mdb_txn_begin(env, nullptr, flags, &txn_);
  if (rc == MDB_READERS_FULL) {
    int dead = 0;
    mdb_reader_check(env, &dead);
    rc = mdb_txn_begin(env, nullptr, flags, &txn_);
  }
  if (rc != 0) {
    txn_ = nullptr;
    return rc;
  }
  if ((flags & MDB_RDONLY) == 0 || settled(env)) return 0;
  reset();
  return renew(env);
}

int Transaction::renew(MDB_env* env) {
  while (true) {
    const int rc = mdb_txn_renew(txn_);
    if (rc != 0 || settled(env)) return rc;
    reset();
  }
}

// LMDB 0.9 first notes the number n of the last durable commit, then copies meta page n mod 2. A
// thread that is suspended in between while two commits pass copies commit n + 2 instead, which
// may be visible before it is durable, and would see time go back with its next snapshot. As long
// as no meta page says n + 2 after the copy, the copy is that of n.
bool Transaction::settled(MDB_env* env) const {
  MDB_envinfo info{};
  mdb_env_info(env, &info);
  return info.me_last_txnid <= mdb_txn_id(txn_) + 1;
}

Lookup get(MDB_txn* txn, MDB_dbi table, codec::Bytes key) {
  MDB_val key_value = to_value(key);
  MDB_val value{};
  const int rc = mdb_get(txn, table, &key_value, &value);
  return {rc, rc == 0 ? from_value(value) : codec::Bytes{}};
}

int put(MDB_txn* txn, MDB_dbi table, codec::Bytes key, codec::Bytes value, unsigned flags) {
  MDB_val key_value = to_value(key);
  MDB_val data = to_value(value);
  return mdb_put(txn, table, &key_value, &data, flags);
}

int remove(MDB_txn* txn, MDB_dbi table, codec::Bytes key) {
  MDB_val key_value = to_value(key);
  const int rc = mdb_del(txn, table, &key_value, nullptr);
  return rc == MDB_NOTFOUND ? 0 : rc;
}

std::uint64_t count(MDB_txn* txn, MDB_dbi table) {
  MDB_stat statistics{};
  mdb_stat(txn, table, &statistics);
  return statistics.ms_entries;
}

bool Cursor::seek(codec::Bytes key) {
  return move(MDB_SET_RANGE, key);
}

bool Cursor::move(MDB_cursor_op operation, codec::Bytes key) {
  if (cursor_ == nullptr) return false;
  MDB_val key_value = to_value(key);
  MDB_val value{};
  rc_ = mdb_cursor_get(cursor_, &key_value, &value, operation);
  if (rc_ != 0) return false;
  key_ = from_value(key_value);
  value_ = from_value(value);
  return true;
}

}  // namespace sdmp::store
