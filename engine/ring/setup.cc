#include "engine/ring/setup.h"

#include <cerrno>

#include <liburing.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace sdmp::ring {

int set_up(io_uring& ring, unsigned submissions, unsigned completions) {
  io_uring_params params{};
  // R_DISABLED, because the ring is made on another thread than the one that will use it, and
  // SINGLE_ISSUER names the thread that enables it. DEFER_TASKRUN: the kernel's part of our work
  // runs when we ask for completions, not in the middle of a frame. TASKRUN_FLAG: that there is
  // such work shows in memory. SUBMIT_ALL: one bad submission must not hold up the rest.
  params.flags = IORING_SETUP_R_DISABLED | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                 IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE |
                 IORING_SETUP_CLAMP;
  params.cq_entries = completions;
  return -io_uring_queue_init_params(submissions, &ring, &params);
}

// liburing 2.3 declares io_uring_enable_rings but its shared library does not export it.
int enable(io_uring& ring) {
  const long result =
      syscall(__NR_io_uring_register, ring.ring_fd, IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
  return result < 0 ? errno : 0;
}

}  // namespace sdmp::ring
