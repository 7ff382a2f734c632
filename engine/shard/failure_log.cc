#include "engine/shard/failure_log.h"

#include <spdlog/spdlog.h>

namespace sdmp::shard {

bool FailureLog::admit(int& lines, std::int64_t now_ms) {
  if (const std::int64_t second = now_ms / 1000; second != second_) {
    second_ = second;
    peer_lines_ = 0;
    trouble_lines_ = 0;
    if (suppressed_ > 0) {
      spdlog::info("{} more lines about connections were left out", suppressed_);
      suppressed_ = 0;
    }
  }
  if (lines < kLinesPerSecond) {
    ++lines;
    return true;
  }
  ++suppressed_;
  ++suppressed_total_;
  return false;
}

void FailureLog::line(const char* what, const ring::SocketAddress& peer, const char* verb,
                      const protocol::Failure& failure, std::int64_t now_ms) {
  if (!spdlog::should_log(spdlog::level::info) || !admit(peer_lines_, now_ms)) return;
  std::string address = peer.text();
  if (address.empty()) address = "an unknown address";
  spdlog::info("{} with {} {}: {}", what, address, verb, protocol::describe(failure));
}

void FailureLog::handshake_failed(const ring::SocketAddress& peer, const protocol::Failure& failure,
                                  std::int64_t now_ms) {
  line("handshake", peer, "failed", failure, now_ms);
}

void FailureLog::session_ended(const ring::SocketAddress& peer, const protocol::Failure& failure,
                               std::int64_t now_ms) {
  line("session", peer, "ended", failure, now_ms);
}

void FailureLog::trouble(const std::string& words, std::int64_t now_ms) {
  if (admit(trouble_lines_, now_ms)) spdlog::warn("{}", words);
}

}  // namespace sdmp::shard
