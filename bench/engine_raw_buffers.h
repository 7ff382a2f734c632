// Provided receive buffers of a raw ring: one receive may fill several of them (a bundle), or
// several receives one after the other the same (incremental).
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include <liburing.h>
#include <sys/mman.h>

#include "codec/bytes.h"
#include "codec/check.h"

namespace sdmp::bench {

// Linux 6.12: flags of io_uring_buf_reg, which older headers call padding; and of a completion
// whose buffer is not used up.
inline constexpr std::uint16_t kBufferRingIncremental = 2;
inline constexpr std::uint32_t kCompletionBufferMore = 1u << 4;

class RawBuffers {
 public:
  static constexpr std::uint16_t kGroup = 0;

  RawBuffers() = default;
  ~RawBuffers() {
    if (entries_ != nullptr) munmap(entries_, count_ * sizeof(io_uring_buf));
  }
  RawBuffers(const RawBuffers&) = delete;
  RawBuffers& operator=(const RawBuffers&) = delete;

  // What the kernel refused, or nothing. `count` is a power of two.
  std::string create(io_uring& ring, std::uint32_t count, std::uint32_t bytes, bool incremental) {
    count_ = count;
    bytes_ = bytes;
    void* mapped = mmap(nullptr, count * sizeof(io_uring_buf), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    SDMP_CHECK(mapped != MAP_FAILED);
    entries_ = static_cast<io_uring_buf*>(mapped);
    memory_.resize(std::size_t{count} * bytes);
    used_.resize(count);
    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<std::uintptr_t>(mapped);
    registration.ring_entries = count;
    registration.bgid = kGroup;
    if (incremental) registration.pad = kBufferRingIncremental;
    if (io_uring_register_buf_ring(&ring, &registration, 0) != 0) {
      return incremental ? "incremental buffers (Linux 6.12)" : "a ring of buffers";
    }
    for (std::uint32_t i = 0; i < count; ++i) recycle(static_cast<std::uint16_t>(i));
    return {};
  }

  // Hands the octets of a completed receive to `use`, buffer by buffer, and gives back to the
  // kernel what it does not go on filling.
  template <class Use>
  void take(const io_uring_cqe& cqe, Use use) {
    if ((cqe.flags & IORING_CQE_F_BUFFER) == 0 || cqe.res <= 0) return;
    auto buffer = static_cast<std::uint16_t>(cqe.flags >> IORING_CQE_BUFFER_SHIFT);
    auto left = static_cast<std::size_t>(cqe.res);
    for (;;) {
      // The kernel takes them in the order in which they were given.
      SDMP_CHECK(entries_[head_ & (count_ - 1)].bid == buffer);
      const std::size_t size = std::min<std::size_t>(left, bytes_ - used_[buffer]);
      use(codec::MutableBytes(memory_).subspan(std::size_t{buffer} * bytes_ + used_[buffer], size));
      used_[buffer] += static_cast<std::uint32_t>(size);
      left -= size;
      if (left == 0 && (cqe.flags & kCompletionBufferMore) != 0) return;
      recycle(buffer);
      ++head_;
      if (left == 0) return;
      buffer = entries_[head_ & (count_ - 1)].bid;
    }
  }

 private:
  void recycle(std::uint16_t buffer) {
    used_[buffer] = 0;
    io_uring_buf& entry = entries_[tail_ & (count_ - 1)];
    entry.addr = reinterpret_cast<std::uintptr_t>(memory_.data() + std::size_t{buffer} * bytes_);
    entry.len = bytes_;
    entry.bid = buffer;
    ++tail_;
    std::atomic_ref<std::uint16_t>(entries_[0].resv).store(tail_, std::memory_order_release);
  }

  std::uint32_t count_ = 0;
  std::uint32_t bytes_ = 0;
  std::uint16_t head_ = 0;
  std::uint16_t tail_ = 0;
  io_uring_buf* entries_ = nullptr;  // mapped; shared with the kernel
  codec::ByteVector memory_;
  std::vector<std::uint32_t> used_;  // octets of each buffer that have been filled
};

}  // namespace sdmp::bench
