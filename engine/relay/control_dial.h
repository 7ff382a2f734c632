// The control socket's dial: one round, or a session that is watched until the client leaves.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "engine/relay/node.h"
#include "engine/relay/sync_round.h"

namespace sdmp::relay {

// A round in which nothing moves for so long is given up; "timeout_ms" of the request overrides.
inline constexpr std::int64_t kDialTimeoutMs = 30'000;
inline constexpr std::int64_t kDialTimeoutMsMax = 3'600'000;

class ControlDial {
 public:
  ControlDial(Node& node, const std::function<bool(std::string_view)>& send, int client_fd,
              int stop_fd)
      : node_(node), send_(send), client_fd_(client_fd), stop_fd_(stop_fd) {}

  // Sends a line per event; returns the last answer, or the error to answer with when the round was
  // not followed to its end. The session of a round is given back at its end.
  Outcome<std::string> run(const PeerAddress& peer, bool watch, std::int64_t timeout_ms);

 private:
  struct Feed;
  Outcome<std::string> follow(Feed& feed, const PeerAddress& peer, bool watch,
                              std::int64_t timeout_ms);
  // Into the round, and to the client a line per event; false when it has gone away.
  bool pass_on(Feed& feed, SyncRound& round, bool watch);

  Node& node_;
  const std::function<bool(std::string_view)>& send_;
  int client_fd_;
  int stop_fd_;
};

// The members of a progress line and of a round's last answer, without braces.
std::string progress_members(const protocol::SyncProgress& progress);
// The last answer to a round: ok only when it is complete. With its figures when there was a
// session.
std::string round_answer(const SyncRound& round, const std::string& address,
                         std::int64_t timeout_ms);

}  // namespace sdmp::relay
