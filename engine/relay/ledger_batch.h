// One group commit: posts of shards and local commands go into a store::Batch, and what to tell
// whom afterwards is kept beside it. Nothing is told before the commit has returned.
//
// Thread rule: the ledger's thread, one at a time.
#pragma once

#include <future>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/relay/bundle.h"
#include "engine/relay/ledger.h"
#include "engine/shard/ledger_port.h"
#include "engine/store/store.h"

namespace sdmp::relay {

// A local submission or an operator's word, waiting for its commit.
struct LocalSubmission {
  std::vector<VerifiedResource> resources;
  std::promise<LocalOutcomes> done;
};
struct PeerReset {
  codec::Fingerprint node;
  std::promise<bool> done;
};

// Sessions whose cursor could not be stored: later cursors of them would skip what was lost, so
// they are not stored either until the session ends and its successor reads from the store.
class StaleSessions {
 public:
  void add(std::size_t shard, const shard::SessionToken& session);
  bool contains(std::size_t shard, const shard::SessionToken& session) const;

 private:
  std::unordered_map<std::uint64_t, std::uint32_t> generations_;  // by shard and slot
};

class LedgerBatch {
 public:
  // Posts and octets after which a commit is due: bounds how long the first one waits.
  static constexpr std::size_t kPostsMax = 4096;
  static constexpr std::size_t kBytesMax = std::size_t{16} << 20;

  LedgerBatch(store::Store& store, std::size_t shards, StaleSessions& stale);

  bool full() const { return posts_ >= kPostsMax || bytes_ >= kBytesMax; }
  bool empty() const { return posts_ == 0; }
  void add(std::size_t shard, shard::ToLedger& post);
  void add(LocalSubmission submission);
  void add(PeerReset reset);

  // Makes everything durable, or, when the store refuses, nothing: then every outcome is kFailed.
  // The result is the store's word on a failure.
  std::optional<std::string> commit();

  // After commit().
  bool changes_trust() const { return changes_trust_; }
  std::uint64_t journal_size() const { return journal_size_; }
  // In the order of the shard's posts; to be taken once.
  std::vector<std::variant<shard::StoredAnswer, shard::ProgressAnswer>> take_answers(
      std::size_t shard) {
    return std::move(answers_[shard]);
  }
  std::vector<shard::LineSource> take_fresh() { return std::move(fresh_); }
  // Adds what this batch did.
  void count(LedgerCounters& counters) const;
  // Keeps the promises of local submissions.
  void answer_locally();

 private:
  struct WaitingSubmission {
    std::promise<LocalOutcomes> done;
    LocalOutcomes outcomes;
  };
  struct WaitingReset {
    std::promise<bool> done;
  };

  // The outcome as far as known before the commit; kFailed once the store has refused something.
  protocol::StoreOutcome append(const store::NewResource& resource,
                                const codec::Fingerprint* source);
  void apply(std::size_t shard, const shard::StoreResource& post);
  void apply(std::size_t shard, const shard::StoreProgress& post);
  template <class T>
  bool check(const store::StoreResult<T>& result);
  void fail(const std::string& words);
  void void_outcomes();

  const codec::Fingerprint self_;
  StaleSessions& stale_;
  std::optional<store::Batch> batch_;
  std::optional<std::string> failure_;
  std::size_t posts_ = 0;
  std::size_t bytes_ = 0;
  bool changes_trust_ = false;
  std::uint64_t journal_size_ = 0;
  std::vector<std::vector<std::variant<shard::StoredAnswer, shard::ProgressAnswer>>> answers_;
  std::vector<std::pair<std::size_t, shard::SessionToken>> progressed_;
  std::vector<shard::LineSource> fresh_;
  std::vector<WaitingSubmission> submissions_;
  std::vector<WaitingReset> resets_;
  std::uint64_t duplicates_ = 0;
  std::uint64_t foreign_updates_ = 0;
};

}  // namespace sdmp::relay
