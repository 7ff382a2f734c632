#include <cerrno>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include "engine/relay/control.h"
#include "engine/relay/control_socket.h"

namespace sdmp::relay {

Outcome<std::optional<ControlClient>> ControlClient::connect(const std::filesystem::path& socket) {
  const auto address = socket_address(socket);
  // A node cannot listen at such a path, so none does.
  if (!address) return std::optional<ControlClient>();
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto* name = reinterpret_cast<const sockaddr*>(&*address);
  if (fd && ::connect(fd.get(), name, sizeof *address) == 0) {
    return std::optional<ControlClient>(ControlClient(fd.release()));
  }
  const int error = errno;
  if (error == ENOENT || error == ECONNREFUSED) return std::optional<ControlClient>();
  return std::unexpected("cannot reach the running node at " + socket.string() + ": " +
                         system_error_text(error));
}

ControlClient::ControlClient(ControlClient&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

ControlClient& ControlClient::operator=(ControlClient&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

ControlClient::~ControlClient() {
  if (fd_ >= 0) close(fd_);
}

Outcome<void> ControlClient::request(std::string_view line,
                                     const std::function<bool(std::string_view)>& on_line,
                                     int stop_fd) {
  if (line.size() > kControlLineBytesMax) {
    return std::unexpected("the request is too large for the running node (more than " +
                           std::to_string(kControlLineBytesMax >> 20) + " MiB): split it");
  }
  if (!write_line(fd_, line)) return std::unexpected("the running node has gone away");
  LineReader reader(fd_, stop_fd, kControlLineBytesMax);
  std::string answer;
  while (true) {
    const ReadLine read = reader.next(answer);
    if (read == ReadLine::kStopped) return {};
    if (read != ReadLine::kLine) {
      return std::unexpected("the running node has gone away before it answered");
    }
    if (!on_line(answer) || answer.starts_with("{\"ok\":")) return {};
  }
}

}  // namespace sdmp::relay
