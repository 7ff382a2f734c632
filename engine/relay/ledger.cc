#include "engine/relay/ledger.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <variant>

#include <spdlog/spdlog.h>

#include "engine/relay/ledger_batch.h"
#include "engine/relay/ledger_outbox.h"
#include "engine/relay/trust_facts.h"

namespace sdmp::relay {
namespace {

using Clock = std::chrono::steady_clock;

// Posts taken from one port before the next one has its turn.
constexpr std::size_t kPostsPerTurn = 64;
// How soon a shard whose mailbox was full is tried again. Only then does the ledger wake by itself.
constexpr std::chrono::milliseconds kRetryPeriod{1};
// A full disk fails every commit: say so now and then, not every time.
constexpr std::chrono::seconds kComplaintPeriod{10};

struct ShardMessage {
  std::size_t shard;
  shard::ToShard message;
};
using LocalWork = std::variant<LocalSubmission, PeerReset, ShardMessage>;

}  // namespace

struct Ledger::State {
  State(store::Store& the_store, const codec::Fingerprint& user)
      : store(the_store), operator_user(user), reader(the_store.reader()) {
    counters.journal_size = reader.journal_size();
    trust = protocol::TrustTable::compute(read_trust_facts(reader, operator_user));
    counters.trust_computations = 1;
    reader.release();
  }

  enum class Work : std::uint8_t {
    kNone,
    kAll,   // what had gathered is committed
    kPart,  // one commit could not hold all of it
  };
  Work turn();
  bool take_posts(LedgerBatch& batch);
  bool take_local(LedgerBatch& batch);
  void finish(LedgerBatch& batch);
  Trust recompute_trust();
  void complain(const std::string& words);
  bool flush_outboxes();
  void sleep(bool outboxes_empty);
  void enqueue(LocalWork work);
  static void refuse(LocalWork& work);

  store::Store& store;
  const codec::Fingerprint operator_user;
  store::Reader reader;
  StaleSessions stale;
  std::vector<ShardLink> links;
  std::vector<LedgerOutbox> outboxes;
  std::function<void(const Trust&)> observer;
  std::size_t first_port = 0;
  std::optional<Clock::time_point> last_complaint;

  // Set by wake(), cleared before looking for work: a post made after the look sets it again.
  std::atomic<bool> signalled{false};
  std::atomic<bool> stopping{false};
  mutable std::mutex mutex;
  std::condition_variable condition;
  // Guarded by mutex.
  std::deque<LocalWork> local;
  bool ended = false;
  Trust trust;
  LedgerCounters counters;
};

Ledger::Ledger(store::Store& store, const codec::Fingerprint& operator_user)
    : state_(std::make_unique<State>(store, operator_user)) {}

Ledger::~Ledger() {
  // Of a ledger that never ran.
  for (LocalWork& work : state_->local) State::refuse(work);
}

Ledger::Trust Ledger::trust() const {
  const std::lock_guard lock(state_->mutex);
  return state_->trust;
}

void Ledger::attach(std::vector<ShardLink> links) {
  state_->outboxes.clear();
  for (const ShardLink& link : links) state_->outboxes.emplace_back(*link.port, link.wake);
  state_->links = std::move(links);
}

void Ledger::observe_trust(std::function<void(const Trust&)> observer) {
  state_->observer = std::move(observer);
}

void Ledger::wake() {
  if (state_->signalled.exchange(true)) return;
  // Taking the lock puts this behind a sleeper's last look at the flag.
  {
    const std::lock_guard lock(state_->mutex);
  }
  state_->condition.notify_one();
}

void Ledger::stop() {
  state_->stopping.store(true);
  wake();
}

void Ledger::State::refuse(LocalWork& work) {
  if (auto* submission = std::get_if<LocalSubmission>(&work)) {
    submission->done.set_value(
        LocalOutcomes(submission->resources.size(), protocol::StoreOutcome::kFailed));
  } else if (auto* reset = std::get_if<PeerReset>(&work)) {
    reset->done.set_value(false);
  }
}

void Ledger::State::enqueue(LocalWork work) {
  {
    const std::lock_guard lock(mutex);
    if (!ended) {
      local.push_back(std::move(work));
      return;
    }
  }
  refuse(work);
}

std::future<LocalOutcomes> Ledger::submit(std::vector<VerifiedResource> resources) {
  LocalSubmission submission{std::move(resources), {}};
  auto answer = submission.done.get_future();
  state_->enqueue(std::move(submission));
  wake();
  return answer;
}

std::future<bool> Ledger::reset_peer(const codec::Fingerprint& node) {
  PeerReset reset{node, {}};
  auto answer = reset.done.get_future();
  state_->enqueue(std::move(reset));
  wake();
  return answer;
}

void Ledger::tell(std::size_t shard, shard::ToShard message) {
  state_->enqueue(ShardMessage{shard, std::move(message)});
  wake();
}

LedgerCounters Ledger::snapshot() const {
  const std::lock_guard lock(state_->mutex);
  return state_->counters;
}

void Ledger::run() {
  while (true) {
    // Read before looking: what was posted before stop() is then seen by this look.
    const bool stopping = state_->stopping.load();
    state_->signalled.exchange(false);
    const State::Work work = state_->turn();
    const bool outboxes_empty = state_->flush_outboxes();
    // What shards post from here on, they announce: whoever looks again unasked finds the few posts
    // of a turn that is still under way, and pays a commit for them.
    if (work == State::Work::kPart || (stopping && work == State::Work::kAll)) continue;
    if (stopping) {
      const std::lock_guard lock(state_->mutex);
      if (!state_->local.empty()) continue;
      state_->ended = true;
      return;
    }
    state_->sleep(outboxes_empty);
  }
}

Ledger::State::Work Ledger::State::turn() {
  bool anything = std::ranges::any_of(
      links, [](const ShardLink& link) { return !link.port->to_ledger.empty(); });
  if (!anything) {
    const std::lock_guard lock(mutex);
    anything = !local.empty();
  }
  if (!anything) return Work::kNone;
  LedgerBatch batch(store, links.size(), stale);
  // Local work first: it is rare, and a person waits for it.
  while (!batch.full() && (take_local(batch) || take_posts(batch))) {
  }
  const bool full = batch.full();
  if (!batch.empty()) finish(batch);
  return full ? Work::kPart : Work::kAll;
}

bool Ledger::State::take_posts(LedgerBatch& batch) {
  bool took = false;
  for (std::size_t i = 0; i < links.size(); ++i) {
    const std::size_t index = (first_port + i) % links.size();
    shard::ToLedger post;
    for (std::size_t n = 0; n < kPostsPerTurn && !batch.full(); ++n) {
      if (!links[index].port->to_ledger.try_pop(post)) break;
      batch.add(index, post);
      took = true;
    }
  }
  if (!links.empty()) first_port = (first_port + 1) % links.size();
  return took;
}

bool Ledger::State::take_local(LedgerBatch& batch) {
  std::optional<LocalWork> work;
  {
    const std::lock_guard lock(mutex);
    if (local.empty()) return false;
    work.emplace(std::move(local.front()));
    local.pop_front();
  }
  if (auto* submission = std::get_if<LocalSubmission>(&*work)) {
    batch.add(std::move(*submission));
  } else if (auto* reset = std::get_if<PeerReset>(&*work)) {
    batch.add(std::move(*reset));
  } else if (auto* told = std::get_if<ShardMessage>(&*work); told->shard < outboxes.size()) {
    outboxes[told->shard].tell(std::move(told->message));
  }
  return true;
}

void Ledger::State::finish(LedgerBatch& batch) {
  if (const auto failure = batch.commit()) complain(*failure);
  Trust fresh_trust = batch.changes_trust() ? recompute_trust() : nullptr;
  std::uint64_t journal_size = 0;
  {
    const std::lock_guard lock(mutex);
    batch.count(counters);
    journal_size = counters.journal_size;
    if (fresh_trust) {
      trust = fresh_trust;
      ++counters.trust_computations;
    }
  }
  auto lines = batch.take_fresh();
  std::shared_ptr<const std::vector<shard::LineSource>> fresh;
  if (!lines.empty()) {
    fresh = std::make_shared<const std::vector<shard::LineSource>>(std::move(lines));
  }
  for (std::size_t i = 0; i < outboxes.size(); ++i) {
    auto answers = batch.take_answers(i);
    if (answers.empty() && !fresh && !fresh_trust) continue;
    outboxes[i].commit({.journal_size = journal_size,
                        .answers = std::move(answers),
                        .fresh = fresh,
                        .trust = fresh_trust});
  }
  flush_outboxes();
  batch.answer_locally();
  if (fresh_trust && observer) observer(fresh_trust);
}

Ledger::Trust Ledger::State::recompute_trust() {
  reader.refresh();
  Trust fresh = protocol::TrustTable::compute(read_trust_facts(reader, operator_user), trust.get());
  reader.release();
  return fresh;
}

void Ledger::State::complain(const std::string& words) {
  const auto now = Clock::now();
  if (last_complaint && now - *last_complaint < kComplaintPeriod) return;
  last_complaint = now;
  spdlog::error("the store refuses to commit: {}", words);
}

bool Ledger::State::flush_outboxes() {
  bool empty = true;
  for (LedgerOutbox& outbox : outboxes) empty = outbox.flush() && empty;
  return empty;
}

void Ledger::State::sleep(bool outboxes_empty) {
  std::unique_lock lock(mutex);
  const auto awake = [this] { return signalled.load(); };
  if (outboxes_empty) {
    condition.wait(lock, awake);
  } else {
    condition.wait_for(lock, kRetryPeriod, awake);
  }
}

}  // namespace sdmp::relay
