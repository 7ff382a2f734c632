#include "engine/ring/waker.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

namespace sdmp::ring {

constexpr UserData kWakeData{.slot = kNobody, .generation = 0, .op = Op::kWake};

std::expected<Waker, std::string> Waker::create() {
  // Blocking: io_uring answers EAGAIN at once for a non-blocking descriptor instead of waiting.
  const int fd = eventfd(0, EFD_CLOEXEC);
  if (fd < 0) return std::unexpected(std::string("eventfd: ") + std::strerror(errno));
  return Waker(fd);
}

Waker::Waker(Waker&& other) noexcept : fd_(std::exchange(other.fd_, -1)), value_(other.value_) {}

Waker::~Waker() {
  if (fd_ >= 0) ::close(fd_);
}

void Waker::wake() const {
  const std::uint64_t one = 1;
  // Fails or blocks only at 2^64-2 unread wakes.
  [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
}

void Waker::arm(Ring& ring) {
  ring.read_event(kWakeData, fd_, value_);
}

void Waker::disarm(Ring& ring) const {
  ring.cancel(kWakeData, kWakeData);
}

}  // namespace sdmp::ring
