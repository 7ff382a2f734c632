#include "engine/load/handshaker.h"

#include <algorithm>

namespace sdmp::load {

Handshakers::Handshakers(Crew& crew)
    : crew_(crew),
      quota_(crew.plan.count > 0 ? crew.share(crew.plan.count) : UINT64_MAX),
      concurrent_(crew.share(crew.plan.handshakers)) {}

bool Handshakers::done() const {
  if (concurrent_ == 0) return true;
  return begun_ == ended_ && (crew_.phase == Phase::kDraining || ended_ >= quota_);
}

bool Handshakers::may_begin() const {
  return crew_.running() && begun_ < quota_;
}

void Handshakers::start(std::int64_t intended_ns) {
  const auto nodes = crew_.identities.nodes();
  const std::uint64_t index = begun_ * static_cast<std::uint64_t>(crew_.plan.threads) +
                              static_cast<std::uint64_t>(crew_.thread);
  ++begun_;
  crew_.wire.open(*this, 0, nodes[index % nodes.size()], intended_ns);
}

void Handshakers::on_open(Link& link) {
  Stats& stats = crew_.wire.stats();
  // Before anything is sent or computed: the clock of this turn is when the answer was there.
  const std::int64_t now_ns = Clock::read().ns;
  stats.latency.record(now_ns - link.intended_ns);
  stats.service.record(now_ns - link.begun_ns);
  stats.lag.record(link.begun_ns - link.intended_ns);
  ++ended_;
  crew_.wire.close(link);
}

void Handshakers::on_end(Link&, ErrorKind why) {
  ++ended_;
  // Without a descriptor or a port, trying again at once would only spin.
  if (why == ErrorKind::kNoAddress || why == ErrorKind::kConnect) {
    pause_until_ns_ = crew_.now_ns() + kReopenNs;
  }
}

void Handshakers::on_turn(std::int64_t now_ns) {
  if (now_ns < pause_until_ns_) return;
  if (crew_.plan.rate <= 0) {
    while (may_begin() && begun_ - ended_ < concurrent_) start(now_ns);
    return;
  }
  if (!crew_.running() || concurrent_ == 0) return;
  if (!arrivals_) {
    arrivals_.emplace(crew_.plan.rate / crew_.plan.threads, crew_.plan.poisson, crew_.begin_ns,
                      crew_.plan.ramp_ns,
                      crew_.plan.seed * 1000 + static_cast<std::uint64_t>(crew_.thread));
  }
  for (; arrivals_->due_ns() <= now_ns && may_begin(); arrivals_->advance()) {
    start(arrivals_->due_ns());
  }
}

std::optional<std::int64_t> Handshakers::next_due_ns() const {
  if (!may_begin()) return std::nullopt;
  if (pause_until_ns_ > crew_.now_ns()) return pause_until_ns_;
  if (arrivals_) return arrivals_->due_ns();
  return std::nullopt;
}

}  // namespace sdmp::load
