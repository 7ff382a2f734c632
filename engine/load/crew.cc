#include "engine/load/crew.h"

#include <utility>

namespace sdmp::load {

Arrivals Crew::arrivals(std::uint64_t part, std::uint64_t whole) const {
  const double share = static_cast<double>(part) / static_cast<double>(whole);
  return Arrivals(plan.rate * share, plan.poisson, begin_ns, plan.ramp_ns,
                  plan.seed * 1000 + static_cast<std::uint64_t>(thread),
                  static_cast<double>(thread) / plan.threads);
}

void Crew::record_latency(Stats& stats, std::int64_t intended_ns, std::uint64_t times) const {
  const std::int64_t latency_ns = now_ns() - intended_ns;
  stats.latency.record(latency_ns, times);
  if (plan.abuse.empty()) return;
  const bool during = intended_ns >= abuse_from_ns();
  (during ? stats.bystander : stats.undisturbed).record(latency_ns, times);
}

void answer_nothing_new(Wire& wire, Link& link, const Arrived& request) {
  wire.send(link, codec::Schema::kJournalUpdate, codec::journal_update_body(request.text, {}));
}

std::string JournalFollower::begin(const codec::Fingerprint& server,
                                   std::optional<std::uint64_t> limit) {
  const codec::LineNumber since = last_.value_or(codec::since_beginning(server));
  if (last_) limit.reset();
  page_due_ = false;
  asked_.reset();
  if (!limit) asked_ = since;
  return codec::journal_request_body(since, limit);
}

JournalFollower::Outcome JournalFollower::follow(const Arrived& update,
                                                 const codec::Fingerprint& server) {
  const bool from_beginning = update.since == codec::since_beginning(server);
  const bool is_page = !caught_up();
  if (is_page) {
    if (!asked_ || update.since != *asked_) return Outcome::kIgnored;
    asked_.reset();
    page_due_ = !update.lines.empty();
  }
  if (update.lines.empty()) return Outcome::kHolds;
  bool holds = update.chain_holds;
  // JRN-2: the first line continues the server's fingerprint.
  if (from_beginning) holds = holds && update.first == codec::number_after(server);
  // A few lines of the beginning say nothing of how the journal goes on.
  if (is_page || !from_beginning) {
    holds = holds && (!next_ || (*next_ == update.first && *last_ == update.since));
    last_ = update.last;
    next_ = update.next;
  }
  return holds ? Outcome::kHolds : Outcome::kBroken;
}

std::optional<std::string> JournalFollower::next_page() {
  if (!std::exchange(page_due_, false)) return std::nullopt;
  asked_ = last_;
  return codec::journal_request_body(*last_, std::nullopt);
}

}  // namespace sdmp::load
