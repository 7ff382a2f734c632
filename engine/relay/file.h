// Small files read and written as a whole, and directories synced: what makes `init` atomic.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "codec/bytes.h"
#include "engine/relay/outcome.h"

namespace sdmp::relay {

// A file descriptor that is closed at the end of its life.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

// errno's sentence, e.g. "No such file or directory".
std::string system_error_text(int error);

// Creates `path` with `mode`, writes all of it and syncs it. The path must not exist.
Outcome<void> write_new_file(const std::filesystem::path& path, codec::Bytes content,
                             unsigned mode);
// The whole content; more than `bytes_max` is an error.
Outcome<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max);
// The same for a private key: refused with a mode wider than 0600, judged on the open file. The
// caller wipes the text.
Outcome<std::string> read_private_file(const std::filesystem::path& path, std::size_t bytes_max);
// Makes renames and new entries in a directory durable.
Outcome<void> sync_directory(const std::filesystem::path& directory);

}  // namespace sdmp::relay
