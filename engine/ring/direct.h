// Tables of direct descriptors: whether this kernel's are fit for long-lived sockets, and how large
// one may be. Internal to engine/ring.
#pragma once

#include <cstdint>

struct io_uring;

namespace sdmp::ring {

// Whether a direct socket that is closed is released although another one still waits for input.
// Before Linux 6.13 an operation that is under way holds up the release of every direct descriptor
// that is closed after it began: with idle sessions, which always have a receive under way, no
// peer would ever see the end of a connection. Such a kernel is served with regular descriptors.
// Also false where the operations that direct sockets need are missing.
//
// `ring` is enabled, idle and without a table; it is so again afterwards.
bool direct_sockets_work(io_uring& ring);

// Gives `ring` an empty table of `places` sockets; how many it has then. 0 when the kernel refuses,
// which is logged: regular descriptors serve instead.
std::uint32_t make_table(io_uring& ring, std::uint32_t places);

// A table may have as many places as RLIMIT_NOFILE (soft) allows descriptors, at most 2^20.
std::uint32_t direct_sockets_allowed();

}  // namespace sdmp::ring
