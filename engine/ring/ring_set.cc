#include "engine/ring/ring_set.h"

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

std::span<const Completion> RingSet::wait(std::optional<std::int64_t> timeout_ms) {
  return wait_ns(timeout_ms ? std::optional(*timeout_ms * 1'000'000) : std::nullopt);
}

std::span<const Completion> RingSet::wait_ns(std::optional<std::int64_t> timeout_ns) {
  completions_.clear();
  run_further();
  if (!completions_.empty()) timeout_ns = 0;
  const bool sleeps = timeout_ns != 0;
  for (const auto& member : further()) {
    if (!sleeps) break;
    member->ring.announce(true);
    // What was deferred before that is not announced any more.
    if (member->ring.has_work()) timeout_ns = 0;
  }
  first().submit_and_sleep(timeout_ns);
  first().collect(completions_);
  if (sleeps) {
    for (const auto& member : further()) member->ring.announce(false);
  }
  run_further();
  return completions_;
}

}  // namespace sdmp::ring
