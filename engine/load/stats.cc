#include "engine/load/stats.h"

#include <numeric>

namespace sdmp::load {

std::string_view name(ErrorKind kind) {
  static constexpr std::array<std::string_view, kErrorKinds> kNames = {
      "connect", "no_address", "nope",  "not_sdmp", "handshake",
      "timeout", "closed",     "frame", "message"};
  return kNames[static_cast<std::size_t>(kind)];
}

void Verified::add(const Verified& other) {
  expected += other.expected;
  received += other.received;
  missing += other.missing;
  duplicated += other.duplicated;
  corrupt += other.corrupt;
  out_of_order += other.out_of_order;
  broken_chain += other.broken_chain;
}

void Stats::add(const Stats& other) {
  handshakes += other.handshakes;
  messages += other.messages;
  deliveries += other.deliveries;
  bytes_out += other.bytes_out;
  bytes_in += other.bytes_in;
  for (std::size_t i = 0; i < errors.size(); ++i) errors[i] += other.errors[i];
  if (other.connect_errno != 0) connect_errno = other.connect_errno;
  verified.add(other.verified);
  latency.add(other.latency);
  service.add(other.service);
  lag.add(other.lag);
  undisturbed.add(other.undisturbed);
  bystander.add(other.bystander);
  lost_sessions += other.lost_sessions;
  replaced_sessions += other.replaced_sessions;
  unfinished_fetches += other.unfinished_fetches;
  for (std::size_t i = 0; i < abuse.size(); ++i) {
    abuse[i].opened += other.abuse[i].opened;
    abuse[i].refused += other.abuse[i].refused;
    abuse[i].ended += other.abuse[i].ended;
  }
}

std::uint64_t Stats::error_count() const {
  return std::accumulate(errors.begin(), errors.end(), std::uint64_t{0});
}

void Gauges::add(const Gauges& other) {
  sessions += other.sessions;
  in_flight += other.in_flight;
}

}  // namespace sdmp::load
