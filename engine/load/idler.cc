#include "engine/load/idler.h"

#include <algorithm>

namespace sdmp::load {

Idlers::Idlers(Crew& crew)
    : crew_(crew), first_(crew.first(crew.plan.idle)), members_(crew.share(crew.plan.idle)) {}

const codec::PrivateKey& Idlers::node_of(std::uint32_t member) const {
  const auto nodes = crew_.identities.nodes();
  return nodes[(first_ + member) % nodes.size()];
}

void Idlers::begin() {
  const double ramp_s = static_cast<double>(crew_.plan.ramp_ns) / 1e9;
  if (members_.empty()) return;
  if (ramp_s > 0) {
    ramp_.emplace(static_cast<double>(members_.size()) / ramp_s, false, crew_.now_ns(), 0, 1);
    return;
  }
  for (; begun_ < members_.size(); ++begun_) {
    crew_.wire.open(*this, begun_, node_of(begun_), kWhenPossible);
  }
}

void Idlers::on_open(Link& link) {
  members_[link.member] = &link;
  ++open_;
  Stats& stats = crew_.wire.stats();
  const std::int64_t now_ns = Clock::read().ns;
  if (stormed_ && back_ns_ == 0 && ready()) back_ns_ = now_ns;
  // How long a session takes to be there; beside a load that is measured this does not belong.
  if (crew_.plan.publishers == 0) {
    stats.latency.record(now_ns - link.intended_ns);
    stats.service.record(now_ns - link.begun_ns);
    stats.lag.record(link.begun_ns - link.intended_ns);
  }
  crew_.wire.send(link, codec::Schema::kJournalRequest,
                  codec::journal_request_body(codec::since_beginning(crew_.server.node), 0));
}

void Idlers::on_message(Link& link, const Arrived& arrived) {
  if (arrived.kind == Arrived::Kind::kJournalRequest) answer_nothing_new(crew_.wire, link, arrived);
}

void Idlers::on_end(Link& link, ErrorKind) {
  if (members_[link.member] != nullptr) {
    --open_;
    ++crew_.wire.stats().lost_sessions;
  }
  members_[link.member] = nullptr;
  reopener_.add(crew_.now_ns(), link.member);
}

void Idlers::replace_some(std::int64_t now_ns) {
  if (crew_.plan.churn_per_s <= 0 || !crew_.running() || members_.empty()) return;
  if (!churn_) {
    const double share = static_cast<double>(members_.size()) / crew_.plan.idle;
    churn_.emplace(crew_.plan.churn_per_s * share, crew_.plan.poisson, now_ns, 0,
                   crew_.plan.seed * 1000 + 77 + static_cast<std::uint64_t>(crew_.thread));
  }
  for (; churn_->due_ns() <= now_ns; churn_->advance()) {
    const std::uint32_t member = next_replaced_++ % static_cast<std::uint32_t>(members_.size());
    if (members_[member] == nullptr) continue;
    crew_.wire.close(*std::exchange(members_[member], nullptr));
    --open_;
    ++crew_.wire.stats().replaced_sessions;
    crew_.wire.open(*this, member, node_of(member), churn_->due_ns());
  }
}

void Idlers::start_storm(std::int64_t now_ns) {
  if (!crew_.plan.storm || stormed_ || crew_.phase != Phase::kMeasuring) return;
  stormed_ = true;
  for (std::uint32_t member = 0; member < members_.size(); ++member) {
    if (members_[member] == nullptr) continue;
    crew_.wire.close(*std::exchange(members_[member], nullptr));
    --open_;
    crew_.wire.open(*this, member, node_of(member), now_ns);
  }
}

void Idlers::on_turn(std::int64_t now_ns) {
  for (; ramp_ && begun_ < members_.size() && ramp_->due_ns() <= now_ns; ramp_->advance()) {
    crew_.wire.open(*this, begun_, node_of(begun_), ramp_->due_ns());
    ++begun_;
  }
  while (const auto member = reopener_.take(now_ns)) {
    crew_.wire.open(*this, *member, node_of(*member), now_ns);
  }
  start_storm(now_ns);
  replace_some(now_ns);
}

std::optional<std::int64_t> Idlers::next_due_ns() const {
  std::optional<std::int64_t> next = reopener_.next_due_ns();
  const auto consider = [&next](std::int64_t at) { next = std::min(next.value_or(at), at); };
  if (ramp_ && begun_ < members_.size()) consider(ramp_->due_ns());
  if (churn_ && crew_.running()) consider(churn_->due_ns());
  return next;
}

}  // namespace sdmp::load
