#include <chrono>

#include <fmt/format.h>

#include "bench/peers/runs.h"
#include "bench/peers/session.h"

namespace sdmp::bench::peers {

IdleResult run_idle(const Target& target, WireKind kind, std::size_t count) {
  IdleResult result;
  result.sessions = count;
  result.resident_before = target.server.settled_octets();
  const TlsTrust trust(target.certificate_file);
  const auto start = std::chrono::steady_clock::now();
  std::vector<Session> sessions;
  for (std::size_t i = 0; i < count; ++i) {
    sessions.emplace_back(trust, target.address, make_wire(kind, 0, fmt::format("session-{}", i)),
                          true);
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  result.seconds_to_connect = elapsed.count();
  result.resident_after = target.server.settled_octets();
  // A session that the server has dropped would have cost nothing: receiving throws then.
  for (Session& session : sessions) session.receive();
  return result;
}

}  // namespace sdmp::bench::peers
