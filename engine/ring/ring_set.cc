#include "engine/ring/ring_set.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "codec/check.h"

namespace sdmp::ring {

constexpr std::uint16_t kBufferGroup = 0;

std::expected<RingSet, std::string> RingSet::create(const RingSetConfig& config) {
  auto waker = Waker::create();
  if (!waker) return std::unexpected(waker.error());
  auto ring = Ring::create(config.ring);
  if (!ring) return std::unexpected(ring.error());
  RingSet rings(config, *std::move(waker));
  if (auto added = rings.add(*std::move(ring), config.buffers); !added) {
    return std::unexpected(added.error());
  }
  return rings;
}

std::expected<void, std::string> RingSet::add(Ring ring, std::uint32_t buffers) {
  auto made = BufferRing::create(ring, kBufferGroup, buffers, config_.buffer_bytes);
  if (!made) return std::unexpected(made.error());
  members_.push_back(
      std::make_unique<Member>(Member{.buffers = *std::move(made), .ring = std::move(ring)}));
  return {};
}

void RingSet::enable() {
  for (const auto& member : members_) member->ring.enable();
}

std::expected<void, std::string> RingSet::open() {
  SDMP_CHECK(size() < kRingsMax);
  auto ring = Ring::create_beside(first(), static_cast<std::uint8_t>(size()));
  if (!ring) return std::unexpected(ring.error());
  ring->enable();
  if (const int error = ring->announced_by(waker_.descriptor()); error != 0) {
    return std::unexpected(std::string("the kernel refused an eventfd: ") + std::strerror(error));
  }
  return add(*std::move(ring), config_.further_buffers);
}

void RingSet::receive(const UserData& data, Handle socket) {
  Member& member = *members_[socket.ring];
  member.ring.receive(data, socket, member.buffers);
}

codec::MutableBytes RingSet::received(const Completion& completion) const {
  SDMP_CHECK(completion.result > 0 && completion.buffer.has_value());
  return members_[completion.ring]->buffers.data(*completion.buffer,
                                                 static_cast<std::size_t>(completion.result));
}

void RingSet::recycle(const Completion& completion) {
  if (completion.buffer) members_[completion.ring]->buffers.recycle(*completion.buffer);
}

void RingSet::run_further() {
  for (const auto& member : further()) {
    if (!member->ring.has_work()) continue;
    member->ring.submit_and_run();
    member->ring.collect(completions_);
  }
}

void RingSet::submit() {
  for (const auto& member : members_) member->ring.submit();
}

// What was deferred before that is not announced any more, and is carried out here. Work that shows
// after that may be a flag that the kernel set late, when the work was done already, and clears
// only with the next: not to sleep would be to spin, to sleep on might be to forget work.
std::optional<std::int64_t> RingSet::announce_further(std::optional<std::int64_t> timeout_ns) {
  constexpr std::int64_t kDoubtNs = 1'000'000;
  for (const auto& member : further()) member->ring.announce(true);
  run_further();
  if (!completions_.empty()) return 0;
  for (const auto& member : further()) {
    if (member->ring.has_work()) return std::min(timeout_ns.value_or(kDoubtNs), kDoubtNs);
  }
  return timeout_ns;
}

std::span<const Completion> RingSet::wait(std::optional<std::int64_t> timeout_ms) {
  return wait_ns(timeout_ms ? std::optional(*timeout_ms * 1'000'000) : std::nullopt);
}

std::span<const Completion> RingSet::wait_ns(std::optional<std::int64_t> timeout_ns) {
  completions_.clear();
  run_further();
  if (!completions_.empty()) timeout_ns = 0;
  const bool sleeps = timeout_ns != 0;
  if (sleeps) timeout_ns = announce_further(timeout_ns);
  first().submit_and_sleep(timeout_ns);
  first().collect(completions_);
  if (sleeps) {
    for (const auto& member : further()) member->ring.announce(false);
  }
  run_further();
  return completions_;
}

}  // namespace sdmp::ring
