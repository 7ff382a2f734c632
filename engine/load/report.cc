#include "engine/load/report.h"

namespace sdmp::load {

std::uint64_t Report::count() const {
  if (counted == "handshakes" || counted == "sessions") return stats.handshakes;
  return counted == "deliveries" ? stats.deliveries : stats.messages;
}

double Report::rate() const {
  return measured_s > 0 ? static_cast<double>(count()) / measured_s : 0;
}

}  // namespace sdmp::load
