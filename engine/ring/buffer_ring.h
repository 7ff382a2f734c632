// Receive buffers that all connections of a ring share: the kernel takes one when bytes arrive, so
// that an idle connection holds none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "codec/bytes.h"

struct io_uring;
struct io_uring_buf;

namespace sdmp::ring {

class Ring;

// Thread rule: the ring's thread. Must end after the Ring that it was registered with.
class BufferRing {
 public:
  // `count` buffers (a power of two, at most 32768) of `bytes` octets each, as group `group` of
  // `ring`. An error is a sentence.
  static std::expected<BufferRing, std::string> create(Ring& ring, std::uint16_t group,
                                                       std::uint32_t count, std::uint32_t bytes);
  ~BufferRing();
  BufferRing(BufferRing&& other) noexcept;
  BufferRing& operator=(BufferRing&&) = delete;

  std::uint16_t group() const { return group_; }
  std::uint32_t count() const { return count_; }
  // The first `size` octets of a buffer that a completion handed out; ours until recycle().
  codec::MutableBytes data(std::uint16_t buffer, std::size_t size) const;
  // Gives it back to the kernel.
  void recycle(std::uint16_t buffer);

  // Registers a ring of one entry for a moment: 0, or the errno. For the probe.
  static int try_register(io_uring& ring);

 private:
  BufferRing(std::uint16_t group, std::uint32_t count, std::uint32_t bytes);

  std::uint16_t group_;
  std::uint16_t tail_ = 0;
  std::uint32_t count_;
  std::uint32_t bytes_;
  io_uring_buf* entries_ = nullptr;  // mapped; shared with the kernel
  std::uint8_t* memory_ = nullptr;   // mapped; count_ x bytes_ octets
};

}  // namespace sdmp::ring
