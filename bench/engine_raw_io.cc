// A server of bench_engine over a ring of its own, in every way that the issue of a kernel's
// features raises: which of them pay is for docs/benchmarks.md to say.
#include <cerrno>
#include <cstring>
#include <vector>

#include <liburing.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/engine_raw_buffers.h"
#include "bench/engine_server_io.h"
#include "codec/check.h"

namespace sdmp::bench {
namespace {

// Linux 6.10, in ioprio of a receive.
constexpr std::uint16_t kRecvSendBundle = 1u << 4;
// Linux 6.12: min_wait_usec in the extended argument, where older headers have padding.
constexpr unsigned kFeatureMinTimeout = 1u << 15;
struct GetEventsArgument {
  std::uint64_t sigmask = 0;
  std::uint32_t sigmask_size = 0;
  std::uint32_t min_wait_usec = 0;
  std::uint64_t timespec = 0;
};
static_assert(sizeof(GetEventsArgument) == sizeof(io_uring_getevents_arg));

enum class Op : std::uint8_t { kAccept, kReceive, kPoll, kSend, kClose };

std::uint64_t pack(Op op, std::uint32_t connection) {
  return std::uint64_t{static_cast<std::uint8_t>(op)} << 32 | connection;
}

class RawIo final : public ServerIo {
 public:
  RawIo(std::uint32_t connections, std::size_t output_bytes, const RawWay& way)
      : way_(way), output_bytes_(output_bytes), outputs_(output_bytes * kOutputs * connections) {}
  ~RawIo() override {
    if (made_) io_uring_queue_exit(&ring_);
  }

  // What the kernel refused, or nothing.
  std::string set_up(std::uint32_t connections) {
    io_uring_params params{};
    params.flags = IORING_SETUP_R_DISABLED | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE |
                   IORING_SETUP_CLAMP;
    if (way_.defer) {
      params.flags |=
          IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG;
    }
    params.cq_entries = 16384;
    if (io_uring_queue_init_params(4096, &ring_, &params) != 0) return "such a ring";
    made_ = true;
    if (way_.min_wait_us > 0 && (params.features & kFeatureMinTimeout) == 0) {
      return "a least time to wait (Linux 6.12)";
    }
    if (way_.sockets == Sockets::kDirect &&
        io_uring_register_files_sparse(&ring_, connections + 16) != 0) {
      return "a table of direct descriptors";
    }
    iovec region{outputs_.data(), outputs_.size()};
    if (way_.zero_copy && io_uring_register_buffers(&ring_, &region, 1) != 0) {
      return "registered buffers";
    }
    return buffers_.create(ring_, way_.buffers, way_.buffer_bytes, way_.incremental);
  }

  void enable() override {
    SDMP_CHECK(syscall(__NR_io_uring_register, ring_.ring_fd, IORING_REGISTER_ENABLE_RINGS, nullptr,
                       0) == 0);
  }

  void accept(int listener, std::uint32_t connections) override {
    for (std::uint32_t i = 0; i < connections; ++i) {
      io_uring_sqe& sqe = next();
      io_uring_prep_accept(&sqe, listener, nullptr, nullptr, 0);
      sqe.user_data = pack(Op::kAccept, i);
      if (way_.sockets == Sockets::kDirect) sqe.file_index = IORING_FILE_INDEX_ALLOC;
      io_uring_cqe* cqe = nullptr;
      SDMP_CHECK(io_uring_submit_and_wait(&ring_, 1) >= 0);
      SDMP_CHECK(io_uring_peek_cqe(&ring_, &cqe) == 0 && cqe->res >= 0);
      sockets_.push_back(cqe->res);
      io_uring_cqe_seen(&ring_, cqe);
    }
    for (std::uint32_t i = 0; i < connections; ++i) await(i);
  }

  codec::MutableBytes output(std::uint32_t connection, std::uint32_t number) override {
    return codec::MutableBytes(outputs_).subspan((connection * kOutputs + number) * output_bytes_,
                                                 output_bytes_);
  }

  void send(std::uint32_t connection, codec::Bytes bytes) override {
    io_uring_sqe& sqe = next();
    if (way_.zero_copy) {
      io_uring_prep_send_zc(&sqe, sockets_[connection], bytes.data(), bytes.size(), MSG_NOSIGNAL,
                            IORING_RECVSEND_FIXED_BUF);
      sqe.buf_index = 0;
    } else {
      io_uring_prep_send(&sqe, sockets_[connection], bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    aim(sqe, Op::kSend, connection);
  }

  void turn(Service& service) override {
    for (const std::uint32_t connection : to_arm_) await(connection);
    to_arm_.clear();
    sleep();
    unsigned head = 0;
    unsigned seen = 0;
    io_uring_cqe* cqe = nullptr;
    io_uring_for_each_cqe(&ring_, head, cqe) {
      ++seen;
      complete(*cqe, service);
    }
    io_uring_cq_advance(&ring_, seen);
  }

 private:
  io_uring_sqe& next() {
    io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
    if (sqe == nullptr) {
      io_uring_submit(&ring_);
      sqe = io_uring_get_sqe(&ring_);
    }
    SDMP_CHECK(sqe != nullptr);
    return *sqe;
  }

  void aim(io_uring_sqe& sqe, Op op, std::uint32_t connection) {
    sqe.user_data = pack(op, connection);
    if (way_.sockets == Sockets::kDirect) sqe.flags |= IOSQE_FIXED_FILE;
  }

  void await(std::uint32_t connection) {
    if (way_.receive != RawWay::Receive::kPollThenSingle) {
      receive(connection);
      return;
    }
    io_uring_sqe& sqe = next();
    io_uring_prep_poll_add(&sqe, sockets_[connection], POLLIN);
    aim(sqe, Op::kPoll, connection);
  }

  void receive(std::uint32_t connection) {
    io_uring_sqe& sqe = next();
    if (way_.receive == RawWay::Receive::kMultishot) {
      io_uring_prep_recv_multishot(&sqe, sockets_[connection], nullptr, 0, 0);
    } else {
      io_uring_prep_recv(&sqe, sockets_[connection], nullptr, 0, 0);
    }
    if (way_.bundle) sqe.ioprio |= kRecvSendBundle;
    sqe.flags |= IOSQE_BUFFER_SELECT;
    sqe.buf_group = RawBuffers::kGroup;
    aim(sqe, Op::kReceive, connection);
  }

  void complete(const io_uring_cqe& cqe, Service& service) {
    const auto connection = static_cast<std::uint32_t>(cqe.user_data);
    switch (static_cast<Op>(cqe.user_data >> 32)) {
      case Op::kPoll:
        receive(connection);
        return;
      case Op::kSend:
        // A zero-copy send gives its memory back with a second completion.
        SDMP_CHECK(cqe.res >= 0);
        if ((cqe.flags & IORING_CQE_F_MORE) == 0) service.on_sent(connection);
        return;
      case Op::kReceive:
        break;
      default:
        return;
    }
    buffers_.take(cqe, [&](codec::MutableBytes bytes) { service.on_input(connection, bytes); });
    if (cqe.res > 0 ? (cqe.flags & IORING_CQE_F_MORE) == 0 : cqe.res == -ENOBUFS) {
      to_arm_.push_back(connection);
    } else if (cqe.res <= 0) {
      service.on_end(connection);
      close(connection);
    }
  }

  void close(std::uint32_t connection) {
    io_uring_sqe& sqe = next();
    const int socket = sockets_[connection];
    if (way_.sockets == Sockets::kDirect) {
      io_uring_prep_close_direct(&sqe, static_cast<unsigned>(socket));
    } else {
      io_uring_prep_close(&sqe, socket);
    }
    sqe.user_data = pack(Op::kClose, connection);
  }

  void sleep() {
    if (way_.min_wait_us == 0) {
      io_uring_submit_and_wait(&ring_, 1);
      return;
    }
    __kernel_timespec timeout{.tv_sec = 1, .tv_nsec = 0};
    GetEventsArgument argument;
    argument.min_wait_usec = way_.min_wait_us;
    argument.timespec = reinterpret_cast<std::uint64_t>(&timeout);
    syscall(__NR_io_uring_enter, ring_.ring_fd, publish(), way_.wait_for,
            IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &argument, sizeof argument);
  }

  // What liburing does before it enters the kernel, whose 2.3 has no way to pass the argument.
  unsigned publish() {
    io_uring_sq& queue = ring_.sq;
    unsigned tail = *queue.ktail;
    for (; queue.sqe_head != queue.sqe_tail; ++queue.sqe_head, ++tail) {
      queue.array[tail & queue.ring_mask] = queue.sqe_head & queue.ring_mask;
    }
    io_uring_smp_store_release(queue.ktail, tail);
    return tail - *queue.khead;
  }

  RawWay way_;
  bool made_ = false;
  io_uring ring_{};
  RawBuffers buffers_;
  std::size_t output_bytes_;
  codec::ByteVector outputs_;
  std::vector<int> sockets_;
  std::vector<std::uint32_t> to_arm_;  // a receive of theirs has ended
};

}  // namespace

MadeServerIo make_raw_io(std::uint32_t connections, std::size_t output_bytes, const RawWay& way) {
  auto io = std::make_unique<RawIo>(connections, output_bytes, way);
  if (const std::string refused = io->set_up(connections); !refused.empty()) {
    return std::unexpected("this kernel refuses " + refused);
  }
  return io;
}

}  // namespace sdmp::bench
