// The one place where a ring's flags are chosen. Internal to engine/ring.
#pragma once

struct io_uring;

namespace sdmp::ring {

// Sets up `ring` disabled, with our flags; the thread that enables it becomes its only issuer.
// 0, or the errno of io_uring_setup.
int set_up(io_uring& ring, unsigned submissions, unsigned completions);
// Enables it for the calling thread. 0, or the errno.
int enable(io_uring& ring);

}  // namespace sdmp::ring
