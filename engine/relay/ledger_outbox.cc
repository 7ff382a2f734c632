#include "engine/relay/ledger_outbox.h"

#include <algorithm>

namespace sdmp::relay {
namespace {

using Fresh = std::shared_ptr<const std::vector<shard::LineSource>>;

Fresh joined(const Fresh& older, const Fresh& newer) {
  if (!older) return newer;
  if (!newer) return older;
  auto both = std::make_shared<std::vector<shard::LineSource>>(*older);
  both->insert(both->end(), newer->begin(), newer->end());
  if (both->size() > LedgerOutbox::kFreshMax) {
    both->erase(both->begin(), both->end() - LedgerOutbox::kFreshMax);
  }
  return both;
}

}  // namespace

void LedgerOutbox::commit(shard::Committed committed) {
  auto* last = waiting_.empty() ? nullptr : std::get_if<shard::Committed>(&waiting_.back());
  if (last == nullptr) {
    waiting_.emplace_back(std::move(committed));
    return;
  }
  last->journal_size = committed.journal_size;
  std::ranges::move(committed.answers, std::back_inserter(last->answers));
  last->fresh = joined(last->fresh, committed.fresh);
  if (committed.trust) last->trust = std::move(committed.trust);
}

bool LedgerOutbox::flush() {
  bool pushed = false;
  while (!waiting_.empty() && port_.to_shard.try_push(waiting_.front())) {
    waiting_.pop_front();
    pushed = true;
  }
  if (pushed) wake_();
  return waiting_.empty();
}

}  // namespace sdmp::relay
