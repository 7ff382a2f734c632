#include "engine/relay/sync_round.h"

#include <algorithm>

namespace sdmp::relay {
namespace {

std::string duration_text(std::int64_t ms) {
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

}  // namespace

std::int64_t SyncRound::patience_ms(std::int64_t timeout_ms) const {
  return progress.forked ? std::min(timeout_ms, kForkedQuietMs) : timeout_ms;
}

Outcome<void> SyncRound::conclusion(const std::string& address, std::int64_t timeout_ms) const {
  if (!peer) {
    return std::unexpected("no session with " + address + ": " +
                           ended.value_or("no answer within " + duration_text(timeout_ms)));
  }
  if (progress.forked) {
    return std::unexpected(
        "the peer's journal contradicts what it told us before; its new lines are not taken until "
        "`sdmp reset-peer " +
        peer->text() + "` says so");
  }
  if (progress.complete()) return {};
  if (ended) return std::unexpected("the session with " + address + " ended early: " + *ended);
  if (progress.delivered > progress.acknowledged) {
    return std::unexpected("the peer has not confirmed " +
                           std::to_string(progress.delivered - progress.acknowledged) +
                           " delivered resources: does it trust their publishers?");
  }
  return std::unexpected("the round did not finish: the peer stopped answering for " +
                         duration_text(timeout_ms));
}

}  // namespace sdmp::relay
