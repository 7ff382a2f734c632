// What we use of the kernel's io_uring interface and liburing 2.3 has no name for, each with the
// version of Linux that brought it. The numbers never change: they are the kernel's interface.
// Internal to engine/ring.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <liburing.h>

namespace sdmp::ring::abi {

// Linux 6.8: gives a direct descriptor a regular one beside it.
inline constexpr std::uint8_t kOpFixedFdInstall = 54;
// Linux 6.7: what IORING_OP_URING_CMD asks of a socket, in cmd_op.
inline constexpr std::uint32_t kSocketGetSockOpt = 2;

// Linux 6.7: getsockopt as a submission. Where its arguments lie in struct io_uring_sqe: level and
// optname share `addr`, optlen shares `file_index`, optval is the first word of `cmd`.
inline void prepare_getsockopt(io_uring_sqe& sqe, int level, int option, void* value,
                               std::uint32_t size) {
  io_uring_prep_rw(IORING_OP_URING_CMD, &sqe, -1, nullptr, 0, 0);
  sqe.cmd_op = kSocketGetSockOpt;
  sqe.addr = static_cast<std::uint32_t>(level) |
             static_cast<std::uint64_t>(static_cast<std::uint32_t>(option)) << 32;
  sqe.file_index = size;
  const auto place = reinterpret_cast<std::uint64_t>(value);
  std::memcpy(sqe.cmd, &place, sizeof place);
}
static_assert(offsetof(io_uring_sqe, addr) == 16);
static_assert(offsetof(io_uring_sqe, file_index) == 44);
static_assert(offsetof(io_uring_sqe, cmd) == 48);

}  // namespace sdmp::ring::abi
