#include "engine/load/plan.h"

#include <array>

namespace sdmp::load {
namespace {

constexpr std::array<std::string_view, kAdversaries> kNames = {"silent", "dribble",   "garbage",
                                                               "replay", "wrong-tag", "never-read"};

}  // namespace

std::string_view name(Adversary adversary) {
  return kNames[static_cast<std::size_t>(adversary)];
}

std::optional<Adversary> adversary_by_name(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == text) return static_cast<Adversary>(i);
  }
  return std::nullopt;
}

std::uint64_t Plan::sessions() const {
  return std::uint64_t{publishers} + subscribers + idle + fetchers + handshakers +
         std::uint64_t{adversaries} * abuse.size();
}

}  // namespace sdmp::load
