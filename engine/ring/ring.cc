#include "engine/ring/ring.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include <liburing.h>
#include <poll.h>

#include "codec/check.h"
#include "engine/ring/buffer_ring.h"
#include "engine/ring/direct.h"
#include "engine/ring/kernel_abi.h"
#include "engine/ring/probe.h"
#include "engine/ring/setup.h"

namespace sdmp::ring {

// A full queue is submitted; the kernel can refuse only while it lacks memory for requests.
constexpr int kSubmitAttemptsMax = 1000;

namespace {

void aim(io_uring_sqe& sqe, Handle socket) {
  sqe.fd = socket.number;
  if (socket.direct) sqe.flags |= IOSQE_FIXED_FILE;
}

}  // namespace

void Ring::Exit::operator()(io_uring* ring) const {
  io_uring_queue_exit(ring);
  delete ring;
}

Ring::Ring(std::unique_ptr<io_uring, Exit> ring) : ring_(std::move(ring)) {}
Ring::~Ring() = default;
Ring::Ring(Ring&&) noexcept = default;
Ring& Ring::operator=(Ring&&) noexcept = default;

std::expected<Ring, int> Ring::set_up(const RingConfig& config) {
  auto raw = std::make_unique<io_uring>();
  const int error = ring::set_up(*raw, config.submissions, config.completions);
  if (error != 0) return std::unexpected(error);
  Ring ring(std::unique_ptr<io_uring, Exit>(raw.release()));
  ring.config_ = config;
  return ring;
}

std::expected<Ring, std::string> Ring::create(const RingConfig& config) {
  KernelReport report = inspect_kernel(config.direct_sockets > 0);
  if (auto words = complaint(report)) return std::unexpected(*words);
  auto ring = set_up(config);
  if (!ring) {
    report.setup_error = ring.error();
    return std::unexpected(*complaint(report));
  }
  if (report.direct_sockets) {
    const std::uint32_t places = std::min(config.direct_sockets, direct_sockets_allowed());
    ring->direct_sockets_ = make_table(*ring->ring_, places);
  }
  return *std::move(ring);
}

std::expected<Ring, std::string> Ring::create_beside(const Ring& first, std::uint8_t index) {
  SDMP_CHECK(first.direct_sockets_ > 0);
  auto ring = set_up(first.config_);
  if (!ring) {
    return std::unexpected(std::string("the kernel refused another ring: ") +
                           std::strerror(ring.error()));
  }
  ring->index_ = index;
  ring->direct_sockets_ = make_table(*ring->ring_, first.direct_sockets_);
  if (ring->direct_sockets_ == 0) return std::unexpected("the kernel refused another table");
  return *std::move(ring);
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

Handle Ring::accepted(const Completion& completion) const {
  return direct_sockets_ > 0 ? Handle::in_table(completion.result, index_)
                             : Handle(completion.result);
}

void Ring::accept(const UserData& data, int listener) {
  next_accept(data, listener).ioprio |= IORING_ACCEPT_MULTISHOT;
}

void Ring::accept_one(const UserData& data, int listener) {
  next_accept(data, listener);
}

io_uring_sqe& Ring::next_accept(const UserData& data, int listener) {
  io_uring_sqe& sqe = next(data);
  // A place in a table has no close-on-exec flag: the kernel refuses to be asked for it. The place
  // is written here, since liburing 2.3 turns IORING_FILE_INDEX_ALLOC into "no table".
  const bool direct = direct_sockets_ > 0;
  io_uring_prep_accept(&sqe, listener, nullptr, nullptr, direct ? 0 : SOCK_CLOEXEC);
  if (direct) sqe.file_index = IORING_FILE_INDEX_ALLOC;
  return sqe;
}

void Ring::connect(const UserData& data, Handle socket, const SocketAddress& address) {
  io_uring_sqe& sqe = next(data);
  io_uring_prep_connect(&sqe, -1, address.raw(), address.size());
  aim(sqe, socket);
}

void Ring::adopt(const UserData& data, int& fd) {
  SDMP_CHECK(direct_sockets_ > 0);
  io_uring_sqe& sqe = next(data);
  io_uring_prep_files_update(&sqe, &fd, 1, static_cast<int>(IORING_FILE_INDEX_ALLOC));
}

void Ring::expose(const UserData& data, Handle socket) {
  SDMP_CHECK(socket.direct);
  io_uring_sqe& sqe = next(data);
  // Close-on-exec unless asked otherwise.
  io_uring_prep_rw(abi::kOpFixedFdInstall, &sqe, -1, nullptr, 0, 0);
  aim(sqe, socket);
}

void Ring::peer_address(const UserData& data, Handle socket, SocketAddress& address) {
  SDMP_CHECK(socket.direct);
  io_uring_sqe& sqe = next(data);
  abi::prepare_getsockopt(sqe, SOL_SOCKET, SO_PEERNAME, address.raw(), address.size());
  aim(sqe, socket);
}

void Ring::receive(const UserData& data, Handle socket, const BufferRing& buffers) {
  io_uring_sqe& sqe = next(data);
  io_uring_prep_recv_multishot(&sqe, -1, nullptr, 0, 0);
  aim(sqe, socket);
  sqe.flags |= IOSQE_BUFFER_SELECT;
  sqe.buf_group = buffers.group();
}

void Ring::await_input(const UserData& data, Handle socket) {
  io_uring_sqe& sqe = next(data);
  io_uring_prep_poll_add(&sqe, -1, POLLIN);
  aim(sqe, socket);
}

void Ring::discard(const UserData& data, Handle socket, std::uint32_t bytes_max) {
  io_uring_sqe& sqe = next(data);
  // On TCP, MSG_TRUNC drops octets without copying them anywhere.
  io_uring_prep_recv(&sqe, -1, nullptr, bytes_max, MSG_TRUNC | MSG_DONTWAIT);
  aim(sqe, socket);
}

void Ring::send(const UserData& data, Handle socket, codec::Bytes bytes) {
  io_uring_sqe& sqe = next(data);
  io_uring_prep_send(&sqe, -1, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  aim(sqe, socket);
}

void Ring::close(const UserData& data, Handle socket) {
  io_uring_sqe& sqe = next(data);
  if (socket.direct) {
    io_uring_prep_close_direct(&sqe, static_cast<unsigned>(socket.number));
  } else {
    io_uring_prep_close(&sqe, socket.number);
  }
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
  submit_and_sleep(timeout_ns);
  collect(completions_);
  return completions_;
}

// Whatever the calls return (time out, interrupted, out of memory for requests): what has completed
// is in the queue, and what was not submitted goes with the next call.
void Ring::submit_and_sleep(std::optional<std::int64_t> timeout_ns) {
  if (!timeout_ns) {
    io_uring_submit_and_wait(ring_.get(), 1);
    return;
  }
  io_uring_cqe* first = nullptr;
  __kernel_timespec timeout{*timeout_ns / 1'000'000'000, *timeout_ns % 1'000'000'000};
  io_uring_submit_and_wait_timeout(ring_.get(), &first, 1, &timeout, nullptr);
}

void Ring::submit() {
  if (io_uring_sq_ready(ring_.get()) > 0) io_uring_submit(ring_.get());
}

void Ring::submit_and_run() {
  io_uring_submit_and_get_events(ring_.get());
}

void Ring::collect(std::vector<Completion>& completions) {
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
    completion.ring = index_;
    completions.push_back(completion);
  }
  io_uring_cq_advance(ring_.get(), seen);
}

bool Ring::has_work() const {
  constexpr unsigned kDeferred = IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW;
  return io_uring_sq_ready(ring_.get()) > 0 || io_uring_cq_ready(ring_.get()) > 0 ||
         (std::atomic_ref(*ring_->sq.kflags).load() & kDeferred) != 0;
}

int Ring::announced_by(int eventfd) {
  announce(false);
  return -io_uring_register_eventfd(ring_.get(), eventfd);
}

void Ring::announce(bool on) {
  const std::atomic_ref flags(*ring_->cq.kflags);
  if (on) {
    flags.fetch_and(~IORING_CQ_EVENTFD_DISABLED);
  } else {
    flags.fetch_or(IORING_CQ_EVENTFD_DISABLED);
  }
}

}  // namespace sdmp::ring
