#include "engine/relay/dial_router.h"

#include "engine/protocol/cause.h"

namespace sdmp::relay {

std::uint64_t DialRouter::add(bool keep, DialEvents events) {
  const std::lock_guard lock(mutex_);
  entries_.emplace(++last_id_, std::make_shared<Entry>(Entry{keep, std::move(events)}));
  return last_id_;
}

void DialRouter::remove(std::uint64_t dial_id) {
  const std::lock_guard lock(mutex_);
  entries_.erase(dial_id);
}

std::shared_ptr<DialRouter::Entry> DialRouter::find(std::uint64_t dial_id) {
  const std::lock_guard lock(mutex_);
  const auto it = entries_.find(dial_id);
  return it != entries_.end() ? it->second : nullptr;
}

// Callbacks run outside the lock: they may dial again.
void DialRouter::on_established(std::uint64_t dial_id, const codec::Fingerprint& peer) {
  const auto entry = find(dial_id);
  if (entry && entry->events.established) entry->events.established(peer);
}

void DialRouter::on_progress(std::uint64_t dial_id, const protocol::SyncProgress& progress) {
  const auto entry = find(dial_id);
  if (entry && entry->events.progress) entry->events.progress(progress);
}

void DialRouter::on_ended(std::uint64_t dial_id, const protocol::Failure& failure,
                          const std::string& words) {
  const auto entry = find(dial_id);
  if (!entry) return;
  if (!entry->keep) remove(dial_id);
  if (entry->events.ended) {
    entry->events.ended(words.empty() ? protocol::describe(failure) : words);
  }
}

}  // namespace sdmp::relay
