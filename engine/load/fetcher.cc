#include "engine/load/fetcher.h"

#include <algorithm>
#include <utility>

namespace sdmp::load {

Fetchers::Fetchers(Crew& crew) : crew_(crew), members_(crew.share(crew.plan.fetchers)) {}

void Fetchers::on_turn(std::int64_t now_ns) {
  if (begun_ || !crew_.running()) return;
  begun_ = true;
  const auto nodes = crew_.identities.nodes();
  for (std::uint32_t i = 0; i < members_.size(); ++i) {
    const std::uint64_t index = crew_.first(crew_.plan.fetchers) + i;
    crew_.wire.open(*this, i, nodes[nodes.size() - 1 - index % nodes.size()], now_ns);
  }
}

void Fetchers::on_open(Link& link) {
  Member& member = members_[link.member];
  member.link = &link;
  crew_.wire.send(link, codec::Schema::kJournalRequest,
                  member.journal.begin(crew_.server.node, std::nullopt));
}

void Fetchers::on_message(Link& link, const Arrived& arrived) {
  Member& member = members_[link.member];
  switch (arrived.kind) {
    case Arrived::Kind::kJournalRequest:
      answer_nothing_new(crew_.wire, link, arrived);
      return;
    case Arrived::Kind::kJournalUpdate:
      take_update(member, arrived);
      break;
    case Arrived::Kind::kResource:
    case Arrived::Kind::kNotFound:
      // Of its journal: there is nothing to wait for.
      if (!member.journal.caught_up() && !member.requests.waiting()) {
        crew_.wire.close(*std::exchange(member.link, nullptr));
        end(member);
        return;
      }
      take_answer(member, arrived);
      break;
    default:
      return;
  }
  settle(member);
}

void Fetchers::take_update(Member& member, const Arrived& arrived) {
  if (member.complete) return;
  const auto outcome = member.journal.follow(arrived, crew_.server.node);
  if (outcome == JournalFollower::Outcome::kIgnored) return;
  if (outcome == JournalFollower::Outcome::kBroken) ++crew_.wire.stats().verified.broken_chain;
  member.complete = member.journal.caught_up();
  for (const Arrived::Line& line : arrived.lines) member.requests.add(line);
  member.announced += arrived.lines.size();
}

void Fetchers::take_answer(Member& member, const Arrived& arrived) {
  const auto asked = member.requests.answered(arrived.text);
  if (!asked) return;
  Stats& stats = crew_.wire.stats();
  const std::int64_t now_ns = crew_.now_ns();
  stats.latency.record(now_ns - asked->sent_ns);
  stats.service.record(now_ns - asked->sent_ns);
  if (arrived.kind == Arrived::Kind::kResource) {
    if (arrived.intact && arrived.resource == asked->line.resource) {
      ++member.received;
      ++stats.verified.received;
      ++stats.deliveries;
    } else {
      ++stats.verified.corrupt;
      ++member.corrupt;
    }
  }
}

// The next part of the journal is asked for when this one is here: a node that has to store it
// would not do otherwise.
void Fetchers::settle(Member& member) {
  if (member.link == nullptr) return;
  const auto each = [](const Arrived::Line&) { return true; };
  while (const auto body = member.requests.next(crew_.now_ns(), each)) {
    crew_.wire.send(*member.link, codec::Schema::kResourceRequest, *body);
  }
  if (!member.requests.done()) return;
  if (member.complete) {
    crew_.wire.close(*std::exchange(member.link, nullptr));
    end(member);
    return;
  }
  if (const auto request = member.journal.next_page()) {
    crew_.wire.send(*member.link, codec::Schema::kJournalRequest, *request);
  }
}

void Fetchers::on_end(Link& link, ErrorKind) {
  Member& member = members_[link.member];
  member.link = nullptr;
  end(member);
}

void Fetchers::end(Member& member) {
  if (!std::exchange(member.ended, true)) ++ended_;
}

void Fetchers::finish(Stats& stats) {
  for (const Member& member : members_) {
    if (!member.complete) ++stats.unfinished_fetches;
    // One that got to the end of a journal that leaves some out has not got what there is.
    const std::uint64_t least = member.complete ? crew_.plan.entries : 0;
    const std::uint64_t expected = std::max(member.announced, least);
    stats.verified.expected += expected;
    stats.verified.missing += expected - member.received - member.corrupt;
  }
}

}  // namespace sdmp::load
