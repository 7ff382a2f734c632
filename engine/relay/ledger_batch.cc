#include "engine/relay/ledger_batch.h"

#include <algorithm>

namespace sdmp::relay {
namespace {

using protocol::StoreOutcome;

std::uint64_t stale_key(std::size_t shard, const shard::SessionToken& session) {
  return (static_cast<std::uint64_t>(shard) << 32) | session.slot;
}

StoreOutcome outcome_of(store::AppendOutcome outcome) {
  switch (outcome) {
    case store::AppendOutcome::kAppended:
      return StoreOutcome::kJournalled;
    case store::AppendOutcome::kDuplicate:
      return StoreOutcome::kDuplicate;
    case store::AppendOutcome::kForeignUpdate:
      return StoreOutcome::kForeignUpdate;
  }
  return StoreOutcome::kFailed;
}

// Identities and relationships are what trust is computed from.
bool touches_trust(const store::NewResource& resource) {
  return std::ranges::any_of(resource.schemas, [](codec::Schema schema) {
    return schema == codec::Schema::kIdentity || schema == codec::Schema::kRelationship;
  });
}

}  // namespace

void StaleSessions::add(std::size_t shard, const shard::SessionToken& session) {
  generations_[stale_key(shard, session)] = session.generation;
}

bool StaleSessions::contains(std::size_t shard, const shard::SessionToken& session) const {
  if (generations_.empty()) return false;
  const auto it = generations_.find(stale_key(shard, session));
  return it != generations_.end() && it->second == session.generation;
}

LedgerBatch::LedgerBatch(store::Store& store, std::size_t shards, StaleSessions& stale)
    : self_(store.self()), stale_(stale), answers_(shards) {
  auto batch = store.begin();
  if (batch) {
    batch_.emplace(std::move(*batch));
  } else {
    fail(batch.error().message);
  }
}

void LedgerBatch::fail(const std::string& words) {
  if (!failure_) failure_ = words;
  batch_.reset();
}

template <class T>
bool LedgerBatch::check(const store::StoreResult<T>& result) {
  if (!result) fail(result.error().message);
  return result.has_value();
}

StoreOutcome LedgerBatch::append(const store::NewResource& resource,
                                 const codec::Fingerprint* source) {
  bytes_ += resource.container.size();
  if (!batch_) return StoreOutcome::kFailed;
  const auto outcome = batch_->append(resource, source);
  if (!check(outcome)) return StoreOutcome::kFailed;
  switch (*outcome) {
    case store::AppendOutcome::kAppended:
      fresh_.push_back({batch_->journal_size(), source != nullptr ? *source : self_});
      // An update may revoke one.
      changes_trust_ = changes_trust_ || touches_trust(resource) || batch_->replaced_indexed();
      break;
    case store::AppendOutcome::kDuplicate:
      ++duplicates_;
      break;
    case store::AppendOutcome::kForeignUpdate:
      ++foreign_updates_;
      break;
  }
  return outcome_of(*outcome);
}

void LedgerBatch::apply(std::size_t shard, const shard::StoreResource& post) {
  const StoreOutcome outcome = append({.publisher = post.publisher,
                                       .identifier = post.identifier,
                                       .container = post.container,
                                       .updates = post.updates,
                                       .schemas = post.schemas},
                                      &post.source);
  answers_[shard].push_back(shard::StoredAnswer{post.session, post.identifier, outcome});
}

void LedgerBatch::apply(std::size_t shard, const shard::StoreProgress& post) {
  answers_[shard].push_back(shard::ProgressAnswer{post.session});
  if (stale_.contains(shard, post.session)) return;
  progressed_.emplace_back(shard, post.session);
  if (!batch_) return;
  const store::PeerState state{
      .last = post.cursor.last, .position = post.cursor.position, .forked = post.cursor.forked};
  if (!check(batch_->set_peer(post.peer, state))) return;
  std::vector<store::WantedResource> wanted;
  wanted.reserve(post.wanted.size());
  for (const protocol::Wanted& resource : post.wanted) {
    wanted.push_back({resource.publisher, resource.resource});
  }
  bytes_ += wanted.size() * sizeof(store::WantedResource);
  if (!wanted.empty()) check(batch_->add_wanted(post.peer, wanted));
}

void LedgerBatch::add(std::size_t shard, shard::ToLedger& post) {
  ++posts_;
  if (const auto* resource = std::get_if<shard::StoreResource>(&post)) {
    apply(shard, *resource);
  } else if (const auto* progress = std::get_if<shard::StoreProgress>(&post)) {
    apply(shard, *progress);
  } else if (const auto* forget = std::get_if<shard::ForgetWanted>(&post); forget && batch_) {
    check(batch_->remove_wanted(forget->peer, forget->resource));
  }
}

void LedgerBatch::add(LocalSubmission submission) {
  posts_ += std::max<std::size_t>(1, submission.resources.size());
  LocalOutcomes outcomes;
  outcomes.reserve(submission.resources.size());
  for (const VerifiedResource& resource : submission.resources) {
    outcomes.push_back(append({.publisher = resource.publisher,
                               .identifier = resource.identifier,
                               .container = resource.container,
                               .updates = resource.updates,
                               .schemas = resource.schemas},
                              nullptr));
  }
  submissions_.push_back({std::move(submission.done), std::move(outcomes)});
}

void LedgerBatch::add(PeerReset reset) {
  ++posts_;
  if (batch_) check(batch_->reset_peer(reset.node));
  resets_.push_back({std::move(reset.done)});
}

std::optional<std::string> LedgerBatch::commit() {
  if (batch_) {
    journal_size_ = batch_->journal_size();
    const auto committed = batch_->commit();
    batch_.reset();
    check(committed);
  }
  if (failure_) void_outcomes();
  return failure_;
}

void LedgerBatch::void_outcomes() {
  for (auto& answers : answers_) {
    for (auto& answer : answers) {
      if (auto* stored = std::get_if<shard::StoredAnswer>(&answer)) {
        stored->outcome = StoreOutcome::kFailed;
      }
    }
  }
  for (WaitingSubmission& submission : submissions_) {
    std::ranges::fill(submission.outcomes, StoreOutcome::kFailed);
  }
  for (const auto& [shard, session] : progressed_) stale_.add(shard, session);
  fresh_.clear();
  changes_trust_ = false;
  duplicates_ = 0;
  foreign_updates_ = 0;
}

void LedgerBatch::count(LedgerCounters& counters) const {
  if (failure_) {
    ++counters.failures;
    return;
  }
  ++counters.commits;
  counters.resources += fresh_.size();
  counters.duplicates += duplicates_;
  counters.foreign_updates += foreign_updates_;
  counters.journal_size = journal_size_;
}

void LedgerBatch::answer_locally() {
  for (WaitingSubmission& submission : submissions_) {
    submission.done.set_value(std::move(submission.outcomes));
  }
  submissions_.clear();
  for (WaitingReset& reset : resets_) reset.done.set_value(!failure_);
  resets_.clear();
}

}  // namespace sdmp::relay
