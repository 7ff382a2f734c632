#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "engine/store/environment.h"
#include "engine/store/store.h"

namespace sdmp::store {
namespace {

constexpr mode_t kFileMode = 0600;

StoreError lock_error(int code, const std::filesystem::path& file) {
  return {StoreError::Kind::kIo,
          fmt::format("locking {} failed: {}; check that the directory belongs to this user and "
                      "that its file system is writable and has locks",
                      file.string(), std::strerror(code))};
}

// What the holder wrote; a word instead while it is about to.
std::string holder(int fd) {
  std::array<char, 24> text{};
  const ssize_t size = pread(fd, text.data(), text.size(), 0);
  std::string_view pid(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  pid = pid.substr(0, pid.find('\n'));
  return pid.empty() ? "another process" : fmt::format("process {}", pid);
}

}  // namespace

StoreResult<StoreLock> StoreLock::acquire(const std::filesystem::path& directory) {
  if (auto made = make_directory(directory); !made) return std::unexpected(made.error());
  const std::filesystem::path file = directory / "lock";
  const int fd = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode);
  if (fd < 0) return std::unexpected(lock_error(errno, file));
  StoreLock lock(fd);
  // The kernel drops it with the last descriptor of the open file: the death of the process is
  // enough, no stale lock can stay. The file itself stays, since removing it would race.
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return std::unexpected(lock_error(errno, file));
    return std::unexpected(StoreError{
        StoreError::Kind::kBusy,
        fmt::format("the store in {} is in use by {}; stop it first, or use its control socket",
                    directory.string(), holder(fd))});
  }
  const std::string pid = fmt::format("{}\n", getpid());
  if (ftruncate(fd, 0) != 0 ||
      pwrite(fd, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return std::unexpected(lock_error(errno, file));
  }
  return lock;
}

StoreLock::~StoreLock() {
  if (fd_ >= 0) close(fd_);
}

StoreLock::StoreLock(StoreLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

StoreLock& StoreLock::operator=(StoreLock&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

}  // namespace sdmp::store
