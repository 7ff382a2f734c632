// One line per failed connection for the operator, without letting a flood of them become one of
// the log. Never a secret, never a peer's octets.
#pragma once

#include <cstdint>
#include <string>

#include "engine/protocol/cause.h"
#include "engine/ring/socket.h"

namespace sdmp::shard {

// Thread rule: one thread.
class FailureLog {
 public:
  static constexpr int kLinesPerSecond = 20;

  // "handshake with 127.0.0.1:4711 failed: ...", at level info. What is beyond the limit is only
  // counted; the count is written with the first line of a later second.
  void handshake_failed(const ring::SocketAddress& peer, const protocol::Failure& failure,
                        std::int64_t now_ms);
  // "session with 127.0.0.1:4711 ended: ...", likewise.
  void session_ended(const ring::SocketAddress& peer, const protocol::Failure& failure,
                     std::int64_t now_ms);
  // A local fault, in words. As many again per second, so that no flood of strangers hides it.
  void trouble(const std::string& words, std::int64_t now_ms);

  std::uint64_t suppressed() const { return suppressed_total_; }

 private:
  // Whether one more line of those counted in `lines` may be written at this moment.
  bool admit(int& lines, std::int64_t now_ms);
  void line(const char* what, const ring::SocketAddress& peer, const char* verb,
            const protocol::Failure& failure, std::int64_t now_ms);

  std::int64_t second_ = -1;
  // In this second.
  int peer_lines_ = 0;
  int trouble_lines_ = 0;
  std::uint64_t suppressed_ = 0;
  std::uint64_t suppressed_total_ = 0;
};

}  // namespace sdmp::shard
