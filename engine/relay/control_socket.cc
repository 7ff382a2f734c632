#include "engine/relay/control_socket.h"

#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>

namespace sdmp::relay {

Outcome<sockaddr_un> socket_address(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.size() >= sizeof address.sun_path) {
    return std::unexpected("the control socket's path " + text + " is too long (" +
                           std::to_string(text.size()) + " bytes, a socket's may have " +
                           std::to_string(sizeof address.sun_path - 1) +
                           "): use a home with a shorter path");
  }
  std::memcpy(address.sun_path, text.data(), text.size());
  return address;
}

ReadLine LineReader::next(std::string& line) {
  while (true) {
    const std::size_t end = buffer_.find('\n', searched_);
    if (end != std::string::npos) {
      line.assign(buffer_, 0, end);
      buffer_.erase(0, end + 1);
      searched_ = 0;
      return line.size() > line_bytes_max_ ? ReadLine::kTooLong : ReadLine::kLine;
    }
    searched_ = buffer_.size();
    if (buffer_.size() > line_bytes_max_) return ReadLine::kTooLong;
    pollfd waits[2] = {{fd_, POLLIN, 0}, {stop_fd_, POLLIN, 0}};
    if (poll(waits, stop_fd_ >= 0 ? 2 : 1, -1) < 0) {
      if (errno == EINTR) continue;
      return ReadLine::kFailed;
    }
    if (stop_fd_ >= 0 && waits[1].revents != 0) return ReadLine::kStopped;
    char chunk[64 * 1024];
    const ssize_t got = recv(fd_, chunk, sizeof chunk, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ReadLine::kFailed;
    if (got == 0) return ReadLine::kEnd;
    buffer_.append(chunk, static_cast<std::size_t>(got));
  }
}

bool write_line(int fd, std::string_view line) {
  std::string text(line);
  text += '\n';
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t sent = send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace sdmp::relay
