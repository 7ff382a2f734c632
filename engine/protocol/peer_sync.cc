#include "engine/protocol/peer_sync.h"

#include <algorithm>

#include "engine/protocol/peer_sync_active.h"

namespace sdmp::protocol {

bool SyncProgress::complete() const {
  return peer_journal_read && wanted == 0 && ledger_posts == 0 && pending_answers == 0 &&
         barrier_passed && acknowledged == delivered;
}

PeerSync::PeerSync(const codec::Fingerprint& self, const codec::Fingerprint& peer, SyncHost& host,
                   SyncCounters& counters)
    : self_(self), peer_(peer), host_(host), counters_(counters) {}

PeerSync::~PeerSync() = default;

PeerSync::Active& PeerSync::activate() {
  if (!active_) active_ = std::make_unique<Active>(*this);
  return *active_;
}

void PeerSync::release_if_settled() {
  if (active_ && active_->settled()) active_.reset();
}

void PeerSync::start(Now now) {
  told_ = host_.journal_size();
  pushed_ = told_;
  Active& active = activate();
  forked_ = active.known().forked;
  active.request_due = true;
  active.begin_loading();
  active.first_load = true;
  pump(now);
}

void PeerSync::on_message(const Message& message, SessionScratch& scratch, Now now) {
  if (message.kind == MessageKind::kIgnored) {
    ++counters_.messages_ignored;
    return;
  }
  const codec::Container& container = message.container;
  switch (container.first_schema()) {
    case codec::Schema::kJournalRequest:
      if (const auto request = codec::read_journal_request(container)) {
        activate().take_journal_request(*request);
        return;
      }
      break;
    case codec::Schema::kJournalUpdate:
      if (codec::read_journal_update(container, scratch.update)) {
        activate().take_update(scratch.update);
        return;
      }
      break;
    case codec::Schema::kResourceRequest:
      activate().take_resource_request(container);
      return;
    case codec::Schema::kResourceResponse:
      if (const auto response = codec::read_resource_response(container)) {
        activate().take_response(*response, scratch.content, now);
        return;
      }
      break;
    default:
      break;
  }
  ++counters_.messages_malformed;
}

bool PeerSync::wants_input() const {
  return !active_ || active_->answers.size() < kPendingAnswersMax;
}

void PeerSync::pump(Now now) {
  if (active_) {
    active_->seen_ms = now.monotonic_ms;
    active_->load_wanted();
    // Requests go before answers: a peer that measures a round by the answer to its last
    // journal_request has then seen what we want of it.
    if (!active_->send_journal_request(now) || !active_->send_resource_requests(now) ||
        !active_->send_answers()) {
      return;
    }
  }
  if (!broadcast()) return;
  if (active_ && !active_->send_barrier(now)) return;
  release_if_settled();
}

bool PeerSync::has_output() const {
  if (told_ < host_.journal_size()) return true;
  return active_ && active_->has_output();
}

bool PeerSync::is_loading() const {
  return active_ && active_->may_load();
}

void PeerSync::on_trust_changed() {
  const bool loading = active_ && active_->load_from;
  if (refused_ == 0 && !loading) return;
  activate().reload_due = true;
  active_->reload_if_due();
}

void PeerSync::on_stored(const codec::Identifier& resource, StoreOutcome outcome) {
  if (outcome == StoreOutcome::kJournalled) ++received_;
  if (!active_) return;
  active_->take_stored(resource, outcome);
  release_if_settled();
}

void PeerSync::on_progress_stored() {
  if (!active_ || active_->progress_posts == 0) return;
  --active_->progress_posts;
  active_->reload_if_due();
  release_if_settled();
}

std::optional<std::int64_t> PeerSync::deadline_ms() const {
  return active_ ? active_->deadline_ms() : std::nullopt;
}

void PeerSync::on_deadline(Now now) {
  if (!active_) return;
  active_->seen_ms = now.monotonic_ms;
  active_->expire_journal_request(now);
  active_->expire_resource_requests(now);
  pump(now);
}

void PeerSync::stop() {
  if (active_) active_->release_claims();
  active_.reset();
}

SyncProgress PeerSync::progress() const {
  SyncProgress progress;
  progress.peer_journal_read = peer_journal_read_;
  progress.forked = forked_;
  progress.refused = refused_;
  progress.received = received_;
  progress.delivered = delivered_;
  if (!active_) return progress;
  if (active_->load_from) progress.peer_journal_read = false;
  progress.wanted = active_->wanted.size();
  progress.ledger_posts = active_->posts.size() + active_->progress_posts;
  progress.pending_answers = active_->answers.size();
  if (const Round* round = active_->round.get()) {
    progress.delivered = round->delivered.size();
    progress.acknowledged = round->acknowledged;
    progress.barrier_passed = round->barrier_passed;
  }
  return progress;
}

void PeerSync::track_round() {
  Active& active = activate();
  if (!active.round) active.round = std::make_unique<Round>();
}

void PeerSync::note_delivery(const codec::Identifier& resource) {
  ++delivered_;
  if (!active_ || !active_->round) return;
  active_->round->delivered.try_emplace(resource, false);
  active_->round->disturb();
}

// For many sessions at once: the line is looked up only where it is of use.
void PeerSync::note_push(std::uint64_t index) {
  if (active_ && active_->round) {
    note_delivery(host_.journal_entry(index).resource);
  } else {
    ++delivered_;
  }
}

void PeerSync::note_announcement() {
  if (active_ && active_->round) active_->round->disturb();
}

bool PeerSync::push_fresh(std::uint64_t last) {
  for (std::uint64_t index = std::max(told_, pushed_) + 1; index <= last; ++index) {
    const SyncHost::Freshness fresh = host_.freshness(index);
    if (fresh.bytes <= kEagerPushBytesMax && !fresh.replaced && !fresh.from_this_peer) {
      if (!host_.push_resource(index)) return false;
      note_push(index);
    }
    pushed_ = index;
  }
  return true;
}

bool PeerSync::broadcast() {
  const std::uint64_t size = host_.journal_size();
  while (told_ < size) {
    const std::uint64_t count =
        std::min(size - told_, kBroadcastLinesMax - told_ % kBroadcastLinesMax);
    const bool pushes = !declines_pushes_ && size - told_ <= kEagerPushLinesMax;
    if (pushes && !push_fresh(told_ + count)) return false;
    const std::string since = told_ == 0 ? self_.text() : host_.journal_entry(told_).number.text();
    if (!host_.send_journal_update(since, told_ + 1, count)) return false;
    told_ += count;
    note_announcement();
  }
  return true;
}

bool PeerSync::Active::settled() const {
  return !request_due && !asked && !probe && !starved && progress_posts == 0 && wanted.empty() &&
         in_flight.empty() && posts.empty() && answers.empty() && !load_from && !reload_due &&
         !round;
}

bool PeerSync::Active::has_output() const {
  const bool barrier = round && round->barrier_due && !asked && !starved;
  const bool requests = !queue.empty() && in_flight.size() < kRequestsInFlightMax;
  const bool drained = starved && !asked && !first_load && wanted.size() <= kWantedMax / 2;
  return request_due || !answers.empty() || barrier || requests || drained || may_load();
}

std::optional<std::int64_t> PeerSync::Active::deadline_ms() const {
  std::optional<std::int64_t> earliest = retry_at_ms;
  const auto consider = [&](std::int64_t at) {
    if (!earliest || at < *earliest) earliest = at;
  };
  if (asked) consider(asked_deadline_ms);
  for (const InFlight& request : in_flight) consider(request.deadline_ms);
  return earliest;
}

}  // namespace sdmp::protocol
