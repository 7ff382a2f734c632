#include "engine/load/report.h"

#include <array>

namespace sdmp::load {

std::string_view name(Stage stage) {
  static constexpr std::array<std::string_view, 5> kNames = {"opening", "ramp", "warm-up",
                                                             "measured", "drain"};
  return kNames[static_cast<std::size_t>(stage)];
}

std::uint64_t Report::count() const {
  if (counted == "handshakes" || counted == "sessions") return stats.handshakes;
  return counted == "deliveries" ? stats.deliveries : stats.messages;
}

double Report::rate() const {
  return measured_s > 0 ? static_cast<double>(count()) / measured_s : 0;
}

}  // namespace sdmp::load
