#include "engine/ring/ring.h"

#include <cerrno>

#include <liburing.h>

#include "codec/check.h"
#include "engine/ring/buffer_ring.h"
#include "engine/ring/probe.h"
#include "engine/ring/setup.h"

namespace sdmp::ring {

// A full queue is submitted; the kernel can refuse only while it lacks memory for requests.
constexpr int kSubmitAttemptsMax = 1000;

void Ring::Exit::operator()(io_uring* ring) const {
  io_uring_queue_exit(ring);
  delete ring;
}

Ring::Ring(std::unique_ptr<io_uring, Exit> ring) : ring_(std::move(ring)) {}
Ring::~Ring() = default;
Ring::Ring(Ring&&) noexcept = default;
Ring& Ring::operator=(Ring&&) noexcept = default;

std::expected<Ring, std::string> Ring::create(const RingConfig& config) {
  if (auto words = kernel_complaint()) return std::unexpected(*words);
  auto ring = std::make_unique<io_uring>();
  if (const int error = set_up(*ring, config.submissions, config.completions); error != 0) {
    KernelReport report = inspect_kernel();
    report.setup_error = error;
    return std::unexpected(*complaint(report));
  }
  return Ring(std::unique_ptr<io_uring, Exit>(ring.release()));
}

void Ring::enable() {
  SDMP_CHECK(ring::enable(*ring_) == 0);
}

io_uring_sqe& Ring::next(const UserData& data) {
  io_uring_sqe* sqe = io_uring_get_sqe(ring_.get());
  for (int attempt = 0; sqe == nullptr; ++attempt) {
    SDMP_CHECK(attempt < kSubmitAttemptsMax);
    io_uring_submit(ring_.get());
    sqe = io_uring_get_sqe(ring_.get());
  }
  // liburing 2.3 sets user data apart from the rest: prep functions below leave it alone.
  sqe->user_data = pack(data);
  return *sqe;
}

void Ring::accept(const UserData& data, int listener) {
  io_uring_sqe& sqe = next(data);
  io_uring_prep_multishot_accept(&sqe, listener, nullptr, nullptr, SOCK_CLOEXEC);
}

void Ring::connect(const UserData& data, int fd, const SocketAddress& address) {
  io_uring_sqe& sqe = next(data);
  io_uring_prep_connect(&sqe, fd, address.raw(), address.size());
}

void Ring::receive(const UserData& data, int fd, const BufferRing& buffers) {
  io_uring_sqe& sqe = next(data);
  io_uring_prep_recv_multishot(&sqe, fd, nullptr, 0, 0);
  sqe.flags |= IOSQE_BUFFER_SELECT;
  sqe.buf_group = buffers.group();
}

void Ring::send(const UserData& data, int fd, codec::Bytes bytes) {
  io_uring_sqe& sqe = next(data);
  io_uring_prep_send(&sqe, fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

void Ring::close(const UserData& data, int fd) {
  io_uring_sqe& sqe = next(data);
  io_uring_prep_close(&sqe, fd);
}

void Ring::read_event(const UserData& data, int fd, std::uint64_t& value) {
  io_uring_sqe& sqe = next(data);
  io_uring_prep_read(&sqe, fd, &value, sizeof value, 0);
}

void Ring::cancel(const UserData& data, const UserData& target) {
  io_uring_sqe& sqe = next({data.slot, data.generation, Op::kCancel});
  io_uring_prep_cancel64(&sqe, pack(target), 0);
}

std::span<const Completion> Ring::wait(std::optional<std::int64_t> timeout_ms) {
  return wait_ns(timeout_ms ? std::optional(*timeout_ms * 1'000'000) : std::nullopt);
}

std::span<const Completion> Ring::wait_ns(std::optional<std::int64_t> timeout_ns) {
  completions_.clear();
  io_uring_cqe* first = nullptr;
  if (timeout_ns) {
    __kernel_timespec timeout{*timeout_ns / 1'000'000'000, *timeout_ns % 1'000'000'000};
    io_uring_submit_and_wait_timeout(ring_.get(), &first, 1, &timeout, nullptr);
  } else {
    io_uring_submit_and_wait(ring_.get(), 1);
  }
  // Whatever the call returned (time out, interrupted, out of memory for requests): what has
  // completed is in the queue, and what was not submitted goes with the next call.
  unsigned head = 0;
  unsigned seen = 0;
  io_uring_cqe* cqe = nullptr;
  io_uring_for_each_cqe(ring_.get(), head, cqe) {
    ++seen;
    Completion completion;
    completion.data = unpack(cqe->user_data);
    completion.result = cqe->res;
    completion.more = (cqe->flags & IORING_CQE_F_MORE) != 0;
    if ((cqe->flags & IORING_CQE_F_BUFFER) != 0) {
      completion.buffer = static_cast<std::uint16_t>(cqe->flags >> IORING_CQE_BUFFER_SHIFT);
    }
    completions_.push_back(completion);
  }
  io_uring_cq_advance(ring_.get(), seen);
  return completions_;
}

}  // namespace sdmp::ring
