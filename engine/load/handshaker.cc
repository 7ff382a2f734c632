#include "engine/load/handshaker.h"

#include <algorithm>

#include "engine/load/reopener.h"

namespace sdmp::load {

Handshakers::Handshakers(Crew& crew)
    : crew_(crew), quota_(UINT64_MAX), concurrent_(crew.share(crew.plan.handshakers)) {
  const Plan& plan = crew.plan;
  if (plan.count == 0 || concurrent_ == 0) return;
  // By those that are at once here, as the load is: a thread without any has no share of it.
  const std::uint64_t first = crew.first(plan.handshakers);
  const std::uint64_t rest = plan.count % plan.handshakers;
  quota_ = plan.count / plan.handshakers * concurrent_ +
           std::min(rest - std::min(rest, first), concurrent_);
}

bool Handshakers::done() const {
  if (concurrent_ == 0) return true;
  return unanswered_.empty() && due_.empty() &&
         (crew_.phase == Phase::kDraining || ended() >= quota_);
}

void Handshakers::finish(Stats& stats) {
  // No answer in the time that there was.
  stats.errors[static_cast<std::size_t>(ErrorKind::kTimeout)] += unanswered_.size() + due_.size();
  for (const std::int64_t due_ns : unanswered_) crew_.record_latency(stats, due_ns);
  for (const std::int64_t due_ns : due_) crew_.record_latency(stats, due_ns);
}

bool Handshakers::may_begin() const {
  if (crew_.plan.rate > 0) return !due_.empty() && unanswered_.size() < crew_.plan.connecting_max;
  return crew_.running() && begun_ < quota_ && unanswered_.size() < concurrent_;
}

void Handshakers::start(std::int64_t intended_ns) {
  const auto nodes = crew_.identities.nodes();
  const std::uint64_t index = begun_ * static_cast<std::uint64_t>(crew_.plan.threads) +
                              static_cast<std::uint64_t>(crew_.thread);
  ++begun_;
  unanswered_.insert(intended_ns);
  crew_.wire.open(*this, 0, nodes[index % nodes.size()], intended_ns);
}

void Handshakers::on_open(Link& link) {
  Stats& stats = crew_.wire.stats();
  // Before anything is sent or computed: the clock of this turn is when the answer was there.
  const std::int64_t now_ns = Clock::read().ns;
  stats.latency.record(now_ns - link.intended_ns);
  stats.service.record(now_ns - link.begun_ns);
  stats.lag.record(link.begun_ns - link.intended_ns);
  end(link);
  crew_.wire.close(link);
}

void Handshakers::on_end(Link& link, ErrorKind why) {
  end(link);
  // A refusal is an answer of another kind, and soon there; silence has lasted as long as it
  // counts.
  if (why == ErrorKind::kTimeout) crew_.record_latency(crew_.wire.stats(), link.intended_ns);
  // Without a descriptor or a port, trying again at once would only spin.
  if (why == ErrorKind::kNoAddress || why == ErrorKind::kConnect) {
    pause_until_ns_ = crew_.now_ns() + kReopenNs;
  }
}

void Handshakers::schedule() {
  const bool is_on = crew_.running() || crew_.phase == Phase::kDraining;
  if (crew_.plan.rate <= 0 || !is_on || concurrent_ == 0) return;
  if (!arrivals_) arrivals_ = crew_.arrivals(concurrent_, crew_.plan.handshakers);
  const std::int64_t until_ns = crew_.due_until_ns();
  for (; scheduled_ < quota_ && arrivals_->due_ns() <= until_ns; arrivals_->advance()) {
    ++scheduled_;
    due_.push_back(arrivals_->due_ns());
  }
}

void Handshakers::on_turn(std::int64_t now_ns) {
  schedule();
  if (now_ns < pause_until_ns_) return;
  while (may_begin()) {
    std::int64_t intended_ns = now_ns;
    if (!due_.empty()) {
      intended_ns = due_.front();
      due_.pop_front();
    }
    start(intended_ns);
  }
}

std::optional<std::int64_t> Handshakers::next_due_ns() const {
  if (may_begin()) return std::max(pause_until_ns_, crew_.now_ns());
  if (arrivals_ && crew_.running() && scheduled_ < quota_) return arrivals_->due_ns();
  return std::nullopt;
}

}  // namespace sdmp::load
