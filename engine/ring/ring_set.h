// The rings of one thread, and the buffers that they receive into. One ring serves everything until
// its table of sockets is full: a table has no more places than RLIMIT_NOFILE allows descriptors,
// but each ring has a table of its own. So a thread that needs more sockets opens more rings.
//
// The thread sleeps in the first ring. Another one announces its work through the waker's eventfd,
// but only while the thread sleeps; else it is looked at once per wait().
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codec/bytes.h"
#include "engine/ring/buffer_ring.h"
#include "engine/ring/handle.h"
#include "engine/ring/ring.h"
#include "engine/ring/waker.h"

namespace sdmp::ring {

struct RingSetConfig {
  RingConfig ring;
  // Receive buffers (powers of two) of the first ring and of each further one: taken by whatever
  // arrives between two turns, and given back in the same turn.
  std::uint32_t buffers = 512;
  std::uint32_t further_buffers = 128;
  // A frame of up to 16 KiB mostly lies whole in one.
  std::uint32_t buffer_bytes = 16 * 1024;
};

// Thread rule: create and destroy anywhere, waker().wake() on any thread; enable() on the thread
// that uses it from then on, and everything else only there.
class RingSet {
 public:
  // As many as a Handle can tell apart.
  static constexpr std::size_t kRingsMax = 256;

  // One ring. An error is a sentence for the operator.
  static std::expected<RingSet, std::string> create(const RingSetConfig& config = {});
  RingSet(RingSet&&) noexcept = default;

  void enable();
  // Opens one more, which needs that the first one has a table and size() is below kRingsMax. An
  // error is a sentence, and nothing has changed.
  std::expected<void, std::string> open();

  std::size_t size() const { return members_.size(); }
  // For what has no place in a table.
  Ring& first() { return members_.front()->ring; }
  const Ring& first() const { return members_.front()->ring; }
  Ring& at(std::size_t index) { return members_[index]->ring; }
  // The one that the operations of this socket go to.
  Ring& of(Handle socket) { return members_[socket.ring]->ring; }
  Waker& waker() { return waker_; }

  // Ring::receive into the buffers of the socket's ring.
  void receive(const UserData& data, Handle socket);
  // The octets of a completed receive; ours until recycle().
  codec::MutableBytes received(const Completion& completion) const;
  // Gives the buffer of a completion back, if it has one.
  void recycle(const Completion& completion);

  // Submits what has been given to the rings, without a wait.
  void submit();
  // Ring::wait over all rings.
  std::span<const Completion> wait(std::optional<std::int64_t> timeout_ms);
  std::span<const Completion> wait_ns(std::optional<std::int64_t> timeout_ns);

 private:
  struct Member {
    // The ring goes first at the end: the kernel writes to the buffers.
    BufferRing buffers;
    Ring ring;
  };

  RingSet(const RingSetConfig& config, Waker waker) : config_(config), waker_(std::move(waker)) {}
  std::expected<void, std::string> add(Ring ring, std::uint32_t buffers);
  std::span<const std::unique_ptr<Member>> further() const {
    return std::span(members_).subspan(1);
  }
  void run_further();
  // The time to sleep at most.
  std::optional<std::int64_t> announce_further(std::optional<std::int64_t> timeout_ns);

  RingSetConfig config_;
  Waker waker_;
  std::vector<std::unique_ptr<Member>> members_;
  std::vector<Completion> completions_;
};

}  // namespace sdmp::ring
