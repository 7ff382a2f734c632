// The two objects of shard.h that all shards of a process share.
#include "engine/shard/shard.h"

namespace sdmp::shard {

bool SharedReplayGuard::seen(const protocol::ReplayKey& key, codec::UnixMillis now) {
  const std::lock_guard lock(mutex_);
  return cache_.seen(key, now);
}

bool SharedReplayGuard::enter(const protocol::ReplayKey& key, codec::UnixMillis created,
                              codec::UnixMillis now) {
  const std::lock_guard lock(mutex_);
  return cache_.enter(key, created, now);
}

std::uint64_t SharedReplayGuard::evicted() {
  const std::lock_guard lock(mutex_);
  return cache_.evicted();
}

bool SessionCensus::enter(const codec::Fingerprint& node) {
  const std::lock_guard lock(mutex_);
  std::uint32_t& sessions = sessions_[node];
  if (sessions >= per_node_max_) {
    if (sessions == 0) sessions_.erase(node);
    return false;
  }
  ++sessions;
  return true;
}

void SessionCensus::leave(const codec::Fingerprint& node) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(node);
  if (found != sessions_.end() && --found->second == 0) sessions_.erase(found);
}

}  // namespace sdmp::shard
