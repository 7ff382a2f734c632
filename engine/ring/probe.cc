#include "engine/ring/probe.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

#include <liburing.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "engine/ring/buffer_ring.h"
#include "engine/ring/direct.h"
#include "engine/ring/setup.h"

namespace sdmp::ring {
namespace {

struct NeededOperation {
  int opcode;
  const char* name;
};
constexpr NeededOperation kNeeded[] = {
    {IORING_OP_ACCEPT, "accept"},
    {IORING_OP_CONNECT, "connect"},
    {IORING_OP_RECV, "recv"},
    {IORING_OP_SEND, "send"},
    {IORING_OP_CLOSE, "close"},
    {IORING_OP_READ, "read"},
    {IORING_OP_ASYNC_CANCEL, "async_cancel"},
};

int read_disabled_sysctl() {
  std::ifstream file("/proc/sys/kernel/io_uring_disabled");
  int value = -1;
  if (!(file >> value)) return -1;
  return value;
}

void inspect_ring(io_uring& ring, KernelReport& report, bool try_direct_sockets) {
  report.nodrop = (ring.features & IORING_FEAT_NODROP) != 0;
  report.wait_timeout = (ring.features & IORING_FEAT_EXT_ARG) != 0;
  const std::unique_ptr<io_uring_probe, decltype(&io_uring_free_probe)> probe(
      io_uring_get_probe_ring(&ring), &io_uring_free_probe);
  for (const NeededOperation& needed : kNeeded) {
    if (!probe || io_uring_opcode_supported(probe.get(), needed.opcode) == 0) {
      report.missing_operations.emplace_back(needed.name);
    }
  }
  report.buffer_ring_error = BufferRing::try_register(ring);
  report.direct_sockets = try_direct_sockets && enable(ring) == 0 && direct_sockets_work(ring);
}

std::string explain_setup(const KernelReport& report) {
  const std::string kernel = "Linux " + report.release;
  switch (report.setup_error) {
    case ENOSYS:
      return kernel +
             " has no io_uring, or a container's seccomp profile hides it: Linux 6.1 or "
             "later is needed, and a profile that allows io_uring_setup, io_uring_enter and "
             "io_uring_register";
    case EPERM:
    case EACCES:
      if (report.disabled_sysctl > 0) {
        return "io_uring is forbidden by the sysctl kernel.io_uring_disabled = " +
               std::to_string(report.disabled_sysctl) +
               ": set it to 0 (as root: sysctl kernel.io_uring_disabled=0)";
      }
      return "io_uring is forbidden here, as in many containers: allow io_uring_setup, "
             "io_uring_enter and io_uring_register in the seccomp profile (for Docker: "
             "--security-opt seccomp=unconfined or a profile of your own)";
    case ENOMEM:
      return "io_uring could not get its memory: RLIMIT_MEMLOCK is " +
             std::to_string(report.memlock / 1024) +
             " KiB; raise it (ulimit -l, or LimitMEMLOCK= in the service unit)";
    case EMFILE:
    case ENFILE:
      return "io_uring could not get a descriptor: raise the limit of open files (ulimit -n, or "
             "LimitNOFILE= in the service unit)";
    case EINVAL:
      return kernel +
             " does not know the io_uring modes SINGLE_ISSUER and DEFER_TASKRUN: Linux 6.1 or "
             "later is needed";
    default:
      return "io_uring_setup failed on " + kernel + ": " + std::strerror(report.setup_error);
  }
}

}  // namespace

KernelReport inspect_kernel(bool try_direct_sockets) {
  KernelReport report;
  utsname names{};
  if (uname(&names) == 0) report.release = names.release;
  rlimit limit{};
  if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0) report.memlock = limit.rlim_cur;
  report.disabled_sysctl = read_disabled_sysctl();
  io_uring ring{};
  report.setup_error = set_up(ring, 8, 16);
  if (report.setup_error == 0) {
    inspect_ring(ring, report, try_direct_sockets);
    io_uring_queue_exit(&ring);
  }
  return report;
}

std::optional<std::string> complaint(const KernelReport& report) {
  if (report.setup_error != 0) return explain_setup(report);
  std::string words;
  if (!report.missing_operations.empty()) {
    words = "the operations";
    for (const std::string& name : report.missing_operations) words += " " + name;
  }
  const auto add = [&words](const char* what) {
    words += (words.empty() ? "" : ", ") + std::string(what);
  };
  if (report.buffer_ring_error == ENOMEM) {
    return "io_uring could not pin its receive buffers: RLIMIT_MEMLOCK is " +
           std::to_string(report.memlock / 1024) +
           " KiB; raise it (ulimit -l, or LimitMEMLOCK= in the service unit)";
  }
  if (report.buffer_ring_error != 0) add("provided buffer rings");
  if (!report.nodrop) add("completion queues that never drop");
  if (!report.wait_timeout) add("waiting with a timeout");
  if (words.empty()) return std::nullopt;
  return "Linux " + report.release + " lacks what this program needs of io_uring: " + words +
         ": Linux 6.1 or later is needed";
}

}  // namespace sdmp::ring
