#include "engine/load/reopener.h"

namespace sdmp::load {

std::optional<std::uint32_t> Reopener::take(std::int64_t now_ns) {
  if (waiting_.empty() || waiting_.front().at_ns > now_ns) return std::nullopt;
  const std::uint32_t member = waiting_.front().member;
  waiting_.pop_front();
  return member;
}

std::optional<std::int64_t> Reopener::next_due_ns() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.front().at_ns;
}

}  // namespace sdmp::load
