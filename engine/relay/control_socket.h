// Unix stream sockets with lines of text on them: what both ends of the control socket share.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <sys/un.h>

#include "engine/relay/file.h"
#include "engine/relay/outcome.h"

namespace sdmp::relay {

// The error names the path when it is too long for a socket (107 octets).
Outcome<sockaddr_un> socket_address(const std::filesystem::path& path);

enum class ReadLine { kLine, kEnd, kTooLong, kStopped, kFailed };

// Cuts what arrives on a socket into lines; a descriptor that becomes readable stops it.
class LineReader {
 public:
  // `stop_fd`: -1 for none.
  LineReader(int fd, int stop_fd, std::size_t line_bytes_max)
      : fd_(fd), stop_fd_(stop_fd), line_bytes_max_(line_bytes_max) {}

  // Blocks until there is a line (without its end), the stream ends, or it is stopped.
  ReadLine next(std::string& line);

 private:
  int fd_;
  int stop_fd_;
  std::size_t line_bytes_max_;
  std::string buffer_;
  std::size_t searched_ = 0;  // octets of buffer_ that hold no line end
};

// All of `line` and a line end; false when the other side is gone or stuck.
bool write_line(int fd, std::string_view line);

}  // namespace sdmp::relay
