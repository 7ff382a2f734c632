#include "engine/load/publisher.h"

#include <algorithm>
#include <utility>

#include "codec/check.h"

namespace sdmp::load {
namespace {

// Signing and packing take some 50 us each: answers must not wait for more of them than this.
constexpr int kSendsPerTurn = 32;

}  // namespace

Publishers::Publishers(Crew& crew)
    : crew_(crew),
      journal_is_goal_(crew.plan.subscribers == 0),
      maker_(crew.plan, crew.publications.run(),
             crew.plan.seed + static_cast<std::uint64_t>(crew.thread)) {
  const Plan& plan = crew.plan;
  const std::size_t nodes = crew.identities.nodes().size();
  members_.resize(crew.share(plan.publishers));
  for (std::size_t i = 0; i < members_.size(); ++i) {
    Member& member = members_[i];
    member.publisher = static_cast<std::uint32_t>(crew.first(plan.publishers) + i);
    // Subscribers take the nodes from the other end: a node is not sent what it published itself.
    member.node = &crew.identities.nodes()[member.publisher % nodes];
    member.quota = UINT64_MAX;
    if (plan.count > 0) {
      member.quota =
          plan.count / plan.publishers + (member.publisher < plan.count % plan.publishers ? 1 : 0);
    }
  }
}

void Publishers::begin() {
  for (std::uint32_t i = 0; i < members_.size(); ++i) {
    crew_.wire.open(*this, i, *members_[i].node, crew_.now_ns());
  }
}

bool Publishers::done() const {
  const bool counted = crew_.plan.count > 0;
  if (crew_.phase == Phase::kDraining || !counted) return unacknowledged_ + due_ == 0;
  return std::ranges::all_of(
      members_, [](const Member& member) { return member.acknowledged == member.quota; });
}

void Publishers::finish(Stats& stats) {
  for (const Member& member : members_) {
    // What was due and could not even be sent was to arrive everywhere all the same.
    const std::uint64_t unsent = member.due.size() * std::max(crew_.plan.subscribers, 1u);
    stats.verified.expected += unsent;
    stats.verified.missing += unsent;
    record_what_never_came(member, stats);
    if (!journal_is_goal_) continue;
    stats.verified.expected += member.next_sequence;
    stats.verified.missing += member.next_sequence - member.acknowledged;
  }
}

// It counts with the time that it has waited: the least that its latency can be.
void Publishers::record_what_never_came(const Member& member, Stats& stats) const {
  const std::uint64_t receivers =
      crew_.plan.latency_is_of_delivery ? std::max(crew_.plan.subscribers, 1u) : 1;
  for (const std::int64_t due_ns : member.due) crew_.record_latency(stats, due_ns, receivers);
  // Of those that were sent each receiver counts what it has not seen.
  if (crew_.plan.latency_is_of_delivery) return;
  for (const Sent& sent : member.sent) {
    if (!sent.acknowledged) crew_.record_latency(stats, sent.intended_ns);
  }
}

void Publishers::on_open(Link& link) {
  Member& member = members_[link.member];
  member.link = &link;
  ++open_;
  // `limit` 0: nothing of others, please. After a loss: what was journalled meanwhile, and where
  // nothing is known of the journal, all of it.
  const std::optional<std::uint64_t> limit =
      member.was_open ? std::nullopt : std::optional<std::uint64_t>(0);
  crew_.wire.send(link, codec::Schema::kJournalRequest,
                  member.journal.begin(crew_.server.node, limit));
  // What the lost session leaves without an acknowledgement goes again, first of all.
  member.repeat_from = 0;
  member.repeat_until = member.next_sequence;
  member.was_open = true;
  make_ready(link.member);
}

void Publishers::on_message(Link& link, const Arrived& arrived) {
  Member& member = members_[link.member];
  if (arrived.kind == Arrived::Kind::kJournalRequest) {
    answer_nothing_new(crew_.wire, link, arrived);
    return;
  }
  if (arrived.kind != Arrived::Kind::kJournalUpdate) return;
  const auto outcome = member.journal.follow(arrived, crew_.server.node);
  if (outcome == JournalFollower::Outcome::kIgnored) return;
  if (outcome == JournalFollower::Outcome::kBroken) ++crew_.wire.stats().verified.broken_chain;
  if (const auto request = member.journal.next_page()) {
    crew_.wire.send(link, codec::Schema::kJournalRequest, *request);
  }
  const auto mine = std::ranges::equal_range(arrived.tags, member.publisher, {}, &Tag::publisher);
  for (const Tag& tag : mine) acknowledge(member, tag);
  if (!mine.empty()) make_ready(link.member);
}

void Publishers::acknowledge(Member& member, const Tag& tag) {
  Stats& stats = crew_.wire.stats();
  if (tag.sequence >= member.next_sequence) return;
  const std::uint64_t front =
      member.sent.empty() ? member.next_sequence : member.sent.front().sequence;
  if (tag.sequence < front || member.sent[tag.sequence - front].acknowledged) {
    if (journal_is_goal_) ++stats.verified.duplicated;
    return;
  }
  Sent& sent = member.sent[tag.sequence - front];
  sent.acknowledged = true;
  // Behind a lost one they may be many.
  sent.text = std::string();  // an empty list would keep its memory
  ++member.acknowledged;
  --unacknowledged_;
  ++stats.messages;
  if (journal_is_goal_) {
    ++stats.verified.received;
    if (tag.sequence < member.journalled) ++stats.verified.out_of_order;
    member.journalled = tag.sequence + 1;
  }
  if (!crew_.plan.latency_is_of_delivery) {
    stats.latency.record(crew_.now_ns() - sent.intended_ns);
    stats.service.record(crew_.now_ns() - sent.sent_ns);
  }
  while (!member.sent.empty() && member.sent.front().acknowledged) member.sent.pop_front();
}

void Publishers::on_end(Link& link, ErrorKind) {
  Member& member = members_[link.member];
  if (member.link != nullptr) --open_;
  member.link = nullptr;
  reopener_.add(crew_.now_ns(), link.member);
}

void Publishers::make_ready(std::uint32_t index) {
  if (std::exchange(members_[index].is_ready, true)) return;
  ready_.push_back(index);
}

const Publishers::Sent* Publishers::next_repeat(Member& member) {
  if (member.sent.empty()) return nullptr;
  const std::uint64_t front = member.sent.front().sequence;
  member.repeat_from = std::max(member.repeat_from, front);
  for (; member.repeat_from < member.repeat_until; ++member.repeat_from) {
    const Sent& sent = member.sent[member.repeat_from - front];
    if (!sent.acknowledged) return &sent;
  }
  return nullptr;
}

bool Publishers::may_send(Member& member) const {
  if (member.link == nullptr || !crew_.wire.has_room(*member.link)) return false;
  if (next_repeat(member) != nullptr) return true;
  if (member.next_sequence >= member.quota) return false;
  if (crew_.plan.rate > 0) return !member.due.empty();
  return crew_.running() && member.next_sequence - member.acknowledged < crew_.plan.in_flight;
}

// A window that this turn filled goes out at its end; one that is full behind a send that the
// kernel still holds is the server's doing.
bool Publishers::waits_for_server(const Member& member) const {
  if (member.link == nullptr) return true;
  return !crew_.wire.has_room(*member.link) && member.link->send_in_flight;
}

void Publishers::schedule() {
  const bool is_on = crew_.running() || crew_.phase == Phase::kDraining;
  if (crew_.plan.rate <= 0 || !is_on || members_.empty()) return;
  if (!arrivals_) arrivals_ = crew_.arrivals(members_.size(), crew_.plan.publishers);
  const std::int64_t until_ns = crew_.due_until_ns();
  for (; arrivals_->due_ns() <= until_ns; arrivals_->advance()) {
    const std::uint32_t index = next_member_++ % static_cast<std::uint32_t>(members_.size());
    Member& member = members_[index];
    if (member.scheduled == member.quota) continue;
    ++member.scheduled;
    ++due_;
    member.due.push_back(arrivals_->due_ns());
    make_ready(index);
  }
}

void Publishers::on_turn(std::int64_t now_ns) {
  while (const auto index = reopener_.take(now_ns)) {
    crew_.wire.open(*this, *index, *members_[*index].node, now_ns);
  }
  if (std::exchange(was_running_, crew_.running()) != crew_.running()) {
    for (std::uint32_t i = 0; i < members_.size(); ++i) make_ready(i);
  }
  schedule();
  send_some(now_ns);
}

void Publishers::send_some(std::int64_t now_ns) {
  int left = kSendsPerTurn;
  more_to_send_ = false;
  for (std::size_t looked = ready_.size(); looked > 0; --looked) {
    if (left == 0) {
      more_to_send_ = true;
      return;
    }
    const std::uint32_t index = ready_.front();
    ready_.pop_front();
    Member& member = members_[index];
    member.is_ready = false;
    if (!may_send(member)) {
      if (waits_for_server(member)) member.held_up = true;
      // A full socket empties without a word to us: looked at again next turn.
      if (member.link != nullptr && !crew_.wire.has_room(*member.link)) make_ready(index);
      continue;
    }
    send_next(member, now_ns);
    --left;
    make_ready(index);
  }
  // Full sockets alone are no reason to look again before something has happened.
  more_to_send_ = left < kSendsPerTurn && !ready_.empty();
}

void Publishers::send_next(Member& member, std::int64_t now_ns) {
  if (const Sent* repeated = next_repeat(member)) {
    push(member, repeated->text);
    ++member.repeat_from;
    return;
  }
  std::int64_t intended_ns = now_ns;
  if (!member.due.empty()) {
    intended_ns = member.due.front();
    member.due.pop_front();
    --due_;
  }
  const Tag tag{member.publisher, member.next_sequence};
  const Post post = maker_.make(*member.node, crew_.wire.clock().unix_ms, tag);
  push(member, post.text);
  // Signing and packing are the client's own lag. Nothing leaves before this turn is over.
  const std::int64_t sent_ns = Clock::read().ns;
  crew_.publications.add(tag, post.identifier,
                         {intended_ns, sent_ns, Publications::hash(post.text)});
  ++member.next_sequence;
  ++unacknowledged_;
  // What the server held up was not the client's to send before this turn.
  crew_.wire.stats().lag.record(sent_ns - (member.held_up ? now_ns : intended_ns));
  if (member.due.empty()) member.held_up = false;
  member.sent.push_back({tag.sequence, post.text, intended_ns, sent_ns, false});
}

void Publishers::push(const Member& member, const std::string& text) {
  const bool sent =
      crew_.wire.send(*member.link, codec::Schema::kResourceResponse,
                      codec::resource_response_body(std::nullopt, std::nullopt, text));
  // Sizes and files that a frame has no room for are refused before the run.
  SDMP_CHECK(sent);
}

std::optional<std::int64_t> Publishers::next_due_ns() const {
  if (more_to_send_) return 0;
  std::optional<std::int64_t> next = reopener_.next_due_ns();
  if (arrivals_ && crew_.running()) {
    next = std::min(next.value_or(arrivals_->due_ns()), arrivals_->due_ns());
  }
  return next;
}

}  // namespace sdmp::load
