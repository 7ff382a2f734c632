// What this kernel can do and what it is allowed to do, in words: a node that cannot run says why
// and what would help, instead of an errno.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sdmp::ring {

// Raw findings; filled by inspect_kernel(), or by a test.
struct KernelReport {
  std::string release;        // uname -r
  int setup_error = 0;        // errno of setting up a ring with our flags; 0: it worked
  int disabled_sysctl = -1;   // kernel.io_uring_disabled (0, 1, 2); -1: there is no such sysctl
  std::uint64_t memlock = 0;  // RLIMIT_MEMLOCK in octets
  bool nodrop = true;         // completions are kept when the queue overflows (5.5)
  bool wait_timeout = true;   // waiting with a timeout needs no extra operation (5.11)
  std::vector<std::string> missing_operations;  // names of operations that the kernel lacks
  int buffer_ring_error = 0;                    // errno of registering a provided buffer ring
  // Sockets may live in the ring's own table (engine/ring/direct.h); no complaint when not. False
  // when it was not tried.
  bool direct_sockets = false;
};

// Sets up and gives back a small ring. Blocks for well under a millisecond. Without
// `try_direct_sockets` that one thing is left out.
KernelReport inspect_kernel(bool try_direct_sockets = true);

// Why a node cannot run on this kernel, as sentences for the operator; nullopt when it can.
std::optional<std::string> complaint(const KernelReport& report);

}  // namespace sdmp::ring
