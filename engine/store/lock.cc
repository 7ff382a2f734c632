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

// What the holder wrote; nothing while it is about to, or when nobody holds the lock.
std::string holder(int fd) {
  std::array<char, 24> text{};
  const ssize_t size = pread(fd, text.data(), text.size(), 0);
  const std::string_view pid(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  return std::string(pid.substr(0, pid.find('\n')));
}

}  // namespace

StoreResult<StoreLock> StoreLock::acquire(const std::filesystem::path& directory) {
  if (auto made = make_directory(directory); !made) return std::unexpected(made.error());
  const std::filesystem::path file = directory / "lock";
  const int fd = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode);
  if (fd < 0) return std::unexpected(lock_error(errno, file));
  // The kernel drops it with the last descriptor of the open file: the death of the process is
  // enough, no stale lock can stay. The file itself stays, since removing it would race.
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    const std::string pid = holder(fd);
    close(fd);
    if (error != EWOULDBLOCK) return std::unexpected(lock_error(error, file));
    return std::unexpected(StoreError{
        StoreError::Kind::kBusy,
        fmt::format("the store in {} is in use by {}; stop it first, or use its control socket",
                    directory.string(), pid.empty() ? "another process" : "process " + pid)});
  }
  StoreLock lock(fd, !holder(fd).empty());
  const std::string pid = fmt::format("{}\n", getpid());
  if (ftruncate(fd, 0) != 0 ||
      pwrite(fd, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return std::unexpected(lock_error(errno, file));
  }
  return lock;
}

void StoreLock::release() {
  if (fd_ < 0) return;
  // Empty it says that its holder was not killed. What cannot be written stays, and costs the next
  // one nothing but patience.
  [[maybe_unused]] const int written = ftruncate(fd_, 0);
  close(fd_);
  fd_ = -1;
}

StoreLock::~StoreLock() {
  release();
}

StoreLock::StoreLock(StoreLock&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), left_by_killed_(other.left_by_killed_) {}

StoreLock& StoreLock::operator=(StoreLock&& other) noexcept {
  if (this != &other) {
    release();
    fd_ = std::exchange(other.fd_, -1);
    left_by_killed_ = other.left_by_killed_;
  }
  return *this;
}

}  // namespace sdmp::store
