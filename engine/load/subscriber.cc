#include "engine/load/subscriber.h"

#include <algorithm>

namespace sdmp::load {

Subscribers::Subscribers(Crew& crew) : crew_(crew) {
  const Plan& plan = crew.plan;
  const std::size_t nodes = crew.identities.nodes().size();
  const std::uint64_t first = crew.first(plan.subscribers);
  for (std::uint64_t i = 0; i < crew.share(plan.subscribers); ++i) {
    members_.emplace_back(plan.publishers);
    members_.back().node = &crew.identities.nodes()[nodes - 1 - (first + i) % nodes];
  }
}

void Subscribers::begin() {
  for (std::uint32_t i = 0; i < members_.size(); ++i) {
    crew_.wire.open(*this, i, *members_[i].node, crew_.now_ns());
  }
}

bool Subscribers::done() const {
  if (members_.empty()) return true;
  const std::uint64_t all = crew_.publications.total();
  const bool complete = crew_.phase == Phase::kDraining || all >= crew_.plan.count;
  return complete && std::ranges::all_of(members_, [all](const Member& member) {
           return member.tally.received() + member.altered.size() >= all && member.requests.done();
         });
}

void Subscribers::finish(Stats& stats) {
  const std::uint64_t all = crew_.publications.total();
  for (const Member& member : members_) {
    const std::uint64_t arrived = member.tally.received() + member.altered.size();
    stats.verified.expected += all;
    stats.verified.missing += all - arrived;
    if (arrived < all && crew_.plan.latency_is_of_delivery) record_what_never_came(member, stats);
  }
}

// It counts with the time that it has waited: the least that its latency can be.
void Subscribers::record_what_never_came(const Member& member, Stats& stats) const {
  for (std::uint32_t i = 0; i < crew_.publications.publishers(); ++i) {
    const std::uint64_t count = crew_.publications.count(i);
    for (Tag tag{i, 0}; tag.sequence < count; ++tag.sequence) {
      if (member.tally.has(tag) || member.altered.contains(tag)) continue;
      crew_.record_latency(stats, crew_.publications.find(tag)->intended_ns);
    }
  }
}

void Subscribers::on_open(Link& link) {
  Member& member = members_[link.member];
  member.link = &link;
  ++open_;
  // One line of the journal's beginning will do: what counts is published from now on. After a
  // loss: everything since.
  const std::optional<std::uint64_t> limit =
      member.was_open ? std::nullopt : std::optional<std::uint64_t>(1);
  crew_.wire.send(link, codec::Schema::kJournalRequest,
                  member.journal.begin(crew_.server.node, limit));
  member.was_open = true;
  ask(member);
}

void Subscribers::on_message(Link& link, const Arrived& arrived) {
  Member& member = members_[link.member];
  switch (arrived.kind) {
    case Arrived::Kind::kJournalRequest:
      answer_nothing_new(crew_.wire, link, arrived);
      return;
    case Arrived::Kind::kJournalUpdate:
      take_update(member, arrived);
      return;
    case Arrived::Kind::kResource:
      take_resource(member, arrived);
      return;
    case Arrived::Kind::kNotFound:
      if (member.requests.answered(arrived.text)) ask(member);
      return;
    default:
      return;
  }
}

void Subscribers::take_resource(Member& member, const Arrived& arrived) {
  Stats& stats = crew_.wire.stats();
  const bool was_asked_for = member.requests.answered(arrived.text).has_value();
  if (was_asked_for) ask(member);
  if (!arrived.intact) {
    ++stats.verified.corrupt;
    // One that cannot be told from others is also missing.
    if (arrived.tag && !member.tally.has(*arrived.tag)) member.altered.insert(*arrived.tag);
    return;
  }
  if (!arrived.tag) return;
  if (!member.tally.mark(*arrived.tag)) {
    // An answer that crossed with the push is what we wanted ourselves.
    if (!was_asked_for) ++stats.verified.duplicated;
    return;
  }
  member.altered.erase(*arrived.tag);
  ++stats.verified.received;
  ++stats.deliveries;
  if (crew_.plan.latency_is_of_delivery) record(arrived.publication);
}

void Subscribers::record(const Publication& publication) {
  Stats& stats = crew_.wire.stats();
  crew_.record_latency(stats, publication.intended_ns);
  stats.service.record(crew_.now_ns() - publication.sent_ns);
}

void Subscribers::take_update(Member& member, const Arrived& arrived) {
  const auto outcome = member.journal.follow(arrived, crew_.server.node);
  if (outcome == JournalFollower::Outcome::kIgnored) return;
  if (outcome == JournalFollower::Outcome::kBroken) ++crew_.wire.stats().verified.broken_chain;
  if (const auto request = member.journal.next_page()) {
    crew_.wire.send(*member.link, codec::Schema::kJournalRequest, *request);
  }
  // Resources may be fetched in any order: what must keep a publisher's order is the journal.
  for (const Tag& tag : arrived.tags) {
    std::uint64_t& journalled = member.journalled[tag.publisher];
    if (tag.sequence < journalled) ++crew_.wire.stats().verified.out_of_order;
    journalled = tag.sequence + 1;
  }
  for (const Arrived::Line& line : arrived.lines) {
    if (line.tag && !member.tally.has(*line.tag)) member.requests.add(line);
  }
  ask(member);
}

void Subscribers::ask(Member& member) {
  if (member.link == nullptr) return;
  const auto missing = [&member](const Arrived::Line& line) {
    return !member.tally.has(*line.tag);
  };
  while (const auto body = member.requests.next(crew_.now_ns(), missing)) {
    crew_.wire.send(*member.link, codec::Schema::kResourceRequest, *body);
  }
}

void Subscribers::on_end(Link& link, ErrorKind) {
  Member& member = members_[link.member];
  if (member.link != nullptr) --open_;
  member.link = nullptr;
  member.requests.lose_answers();
  reopener_.add(crew_.now_ns(), link.member);
}

void Subscribers::on_turn(std::int64_t now_ns) {
  while (const auto index = reopener_.take(now_ns)) {
    crew_.wire.open(*this, *index, *members_[*index].node, now_ns);
  }
}

std::optional<std::int64_t> Subscribers::next_due_ns() const {
  return reopener_.next_due_ns();
}

}  // namespace sdmp::load
