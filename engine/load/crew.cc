#include "engine/load/crew.h"

namespace sdmp::load {

Arrivals Crew::arrivals(std::uint64_t part, std::uint64_t whole) const {
  const double share = static_cast<double>(part) / static_cast<double>(whole);
  return Arrivals(plan.rate * share, plan.poisson, begin_ns, plan.ramp_ns,
                  plan.seed * 1000 + static_cast<std::uint64_t>(thread),
                  static_cast<double>(thread) / plan.threads);
}

void answer_nothing_new(Wire& wire, Link& link, const Arrived& request) {
  wire.send(link, codec::Schema::kJournalUpdate, codec::journal_update_body(request.text, {}));
}

bool JournalFollower::follow(const Arrived& update, const codec::Fingerprint& server) {
  if (update.lines.empty()) return true;
  // The answer to a first request from the beginning: how the journal goes on is not known by it.
  if (!last_ && update.since == codec::since_beginning(server)) return update.chain_holds;
  const bool continues = !next_ || (*next_ == update.first && *last_ == update.since);
  last_ = update.last;
  next_ = update.next;
  return continues && update.chain_holds;
}

}  // namespace sdmp::load
