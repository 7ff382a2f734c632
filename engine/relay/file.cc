#include "engine/relay/file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/secret.h"

namespace sdmp::relay {
namespace {

std::unexpected<std::string> failed(std::string_view what, const std::filesystem::path& path) {
  const int error = errno;
  return std::unexpected("cannot " + std::string(what) + " " + path.string() + ": " +
                         system_error_text(error));
}

Outcome<std::string> read_open_file(int fd, const std::filesystem::path& path,
                                    std::size_t bytes_max) {
  std::string content;
  // Reserved at once: growing would leave copies of a private key behind.
  struct stat status{};
  if (fstat(fd, &status) != 0) return failed("read", path);
  if (S_ISDIR(status.st_mode)) {
    return std::unexpected("cannot read " + path.string() + ": it is a directory");
  }
  if (status.st_size > 0) {
    content.reserve(std::min(static_cast<std::size_t>(status.st_size), bytes_max) + 1);
  }
  char chunk[16 * 1024];
  while (true) {
    const ssize_t got = read(fd, chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read", path);
    if (got == 0) break;
    content.append(chunk, static_cast<std::size_t>(got));
    codec::wipe({reinterpret_cast<std::uint8_t*>(chunk), static_cast<std::size_t>(got)});
    if (content.size() > bytes_max) {
      return std::unexpected(path.string() + " is too large: more than " +
                             std::to_string(bytes_max) + " bytes");
    }
  }
  return content;
}

}  // namespace

void UniqueFd::reset(int fd) {
  if (fd_ >= 0) close(fd_);
  fd_ = fd;
}

std::string system_error_text(int error) {
  return std::generic_category().message(error);
}

Outcome<void> write_new_file(const std::filesystem::path& path, codec::Bytes content,
                             unsigned mode) {
  const UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!fd) return failed("create", path);
  // The umask may have taken bits away; what the caller asked for is what it gets.
  if (fchmod(fd.get(), mode) != 0) return failed("set the mode of", path);
  while (!content.empty()) {
    const ssize_t written = write(fd.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("write", path);
    content = content.subspan(static_cast<std::size_t>(written));
  }
  if (fsync(fd.get()) != 0) return failed("sync", path);
  return {};
}

Outcome<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return failed("read", path);
  return read_open_file(fd.get(), path, bytes_max);
}

Outcome<std::string> read_private_file(const std::filesystem::path& path, std::size_t bytes_max) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return failed("read", path);
  struct stat status{};
  if (fstat(fd.get(), &status) != 0) return failed("read", path);
  const unsigned mode = status.st_mode & 07777u;
  if ((mode & ~0600u) != 0) {
    char text[8];
    std::snprintf(text, sizeof text, "%04o", mode);
    return std::unexpected(path.string() + " is readable by others (mode " + text +
                           "): chmod 600 " + path.string());
  }
  return read_open_file(fd.get(), path, bytes_max);
}

Outcome<void> sync_directory(const std::filesystem::path& directory) {
  const UniqueFd fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return failed("open", directory);
  if (fsync(fd.get()) != 0) return failed("sync", directory);
  return {};
}

}  // namespace sdmp::relay
