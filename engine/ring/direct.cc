#include "engine/ring/direct.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include <liburing.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/ring/kernel_abi.h"

namespace sdmp::ring {
namespace {

// IORING_MAX_FIXED_FILES of Linux.
constexpr rlim_t kPlacesMax = 1u << 20;

bool operations_exist(io_uring& ring) {
  const std::unique_ptr<io_uring_probe, decltype(&io_uring_free_probe)> probe(
      io_uring_get_probe_ring(&ring), &io_uring_free_probe);
  if (!probe) return false;
  return io_uring_opcode_supported(probe.get(), IORING_OP_URING_CMD) != 0 &&
         io_uring_opcode_supported(probe.get(), IORING_OP_FILES_UPDATE) != 0 &&
         io_uring_opcode_supported(probe.get(), abi::kOpFixedFdInstall) != 0;
}

// Two connected pairs, of which the first half each goes into the table.
struct Pairs {
  Pairs() {
    for (auto& pair : fds) complete = socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && complete;
  }
  ~Pairs() {
    for (auto& pair : fds) {
      for (int& fd : pair) close_one(fd);
    }
  }
  Pairs(const Pairs&) = delete;
  Pairs& operator=(const Pairs&) = delete;
  static void close_one(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }

  int fds[2][2] = {{-1, -1}, {-1, -1}};
  bool complete = true;
};

// The two operations of the attempt, by their user data, and how they ended.
enum Operation : std::uint8_t { kReceive, kClose };
using Results = std::array<std::optional<int>, 2>;

// Submits, and waits until `wanted` has ended; takes down whatever ends meanwhile.
bool reap(io_uring& ring, Operation wanted, Results& results) {
  while (!results[wanted]) {
    const int submitted = io_uring_submit_and_wait(&ring, 1);
    // A signal may cut the wait short.
    if (submitted < 0 && submitted != -EINTR) return false;
    io_uring_cqe* cqe = nullptr;
    while (io_uring_peek_cqe(&ring, &cqe) == 0) {
      results[cqe->user_data] = cqe->res;
      io_uring_cqe_seen(&ring, cqe);
    }
  }
  return true;
}

// The first pair waits for input while the second is closed: its peer must see that at once.
bool released_at_once(io_uring& ring, Pairs& pairs) {
  char octet = 0;
  io_uring_sqe* waiting = io_uring_get_sqe(&ring);
  io_uring_prep_recv(waiting, 0, &octet, sizeof octet, 0);
  waiting->flags |= IOSQE_FIXED_FILE;
  waiting->user_data = kReceive;
  // Under way before the other is closed.
  if (io_uring_submit(&ring) < 0) return false;
  io_uring_sqe* closing = io_uring_get_sqe(&ring);
  io_uring_prep_close_direct(closing, 1);
  closing->user_data = kClose;
  Results results;
  bool released = false;
  if (reap(ring, kClose, results) && results[kClose] == 0) {
    pollfd peer{.fd = pairs.fds[1][1], .events = POLLIN, .revents = 0};
    released = ::poll(&peer, 1, 0) == 1;
  }
  // `octet` is the kernel's until the receive has ended.
  Pairs::close_one(pairs.fds[0][1]);
  return reap(ring, kReceive, results) && released;
}

}  // namespace

bool direct_sockets_work(io_uring& ring) {
  Pairs pairs;
  if (!pairs.complete || !operations_exist(ring)) return false;
  int table[2] = {pairs.fds[0][0], pairs.fds[1][0]};
  if (io_uring_register_files(&ring, table, 2) != 0) return false;
  Pairs::close_one(pairs.fds[0][0]);
  Pairs::close_one(pairs.fds[1][0]);
  const bool released = released_at_once(ring, pairs);
  io_uring_unregister_files(&ring);
  return released;
}

std::uint32_t make_table(io_uring& ring, std::uint32_t places) {
  const int error = -io_uring_register_files_sparse(&ring, places);
  if (error == 0) return places;
  spdlog::warn(
      "the kernel refused a table of {} sockets: {}; each connection takes a descriptor of the "
      "process instead",
      places, std::strerror(error));
  return 0;
}

std::uint32_t direct_sockets_allowed() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  return static_cast<std::uint32_t>(std::min(limit.rlim_cur, kPlacesMax));
}

}  // namespace sdmp::ring
