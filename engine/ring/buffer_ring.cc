#include "engine/ring/buffer_ring.h"

#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

#include <liburing.h>
#include <sys/mman.h>

#include "codec/check.h"
#include "engine/ring/ring.h"

namespace sdmp::ring {
namespace {

// The kernel's struct io_uring_buf_ring is a union of the entries and a header whose tail overlays
// the first entry's resv. As C++ sees that header of Linux 6.1 the entries begin at offset 8, which
// is wrong: so the ring is used as what it is, an array of io_uring_buf.
static_assert(sizeof(io_uring_buf) == 16);
static_assert(offsetof(io_uring_buf, resv) == 14);
static_assert(offsetof(io_uring_buf_ring, tail) == offsetof(io_uring_buf, resv));

void* map(std::size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

int register_entries(io_uring& ring, void* entries, std::uint32_t count, std::uint16_t group) {
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<std::uintptr_t>(entries);
  registration.ring_entries = count;
  registration.bgid = group;
  return -io_uring_register_buf_ring(&ring, &registration, 0);
}

}  // namespace

BufferRing::BufferRing(std::uint16_t group, std::uint32_t count, std::uint32_t bytes)
    : group_(group),
      count_(count),
      bytes_(bytes),
      entries_(static_cast<io_uring_buf*>(map(count * sizeof(io_uring_buf)))),
      memory_(static_cast<std::uint8_t*>(map(std::size_t{count} * bytes))) {}

BufferRing::BufferRing(BufferRing&& other) noexcept
    : group_(other.group_),
      tail_(other.tail_),
      count_(other.count_),
      bytes_(other.bytes_),
      entries_(std::exchange(other.entries_, nullptr)),
      memory_(std::exchange(other.memory_, nullptr)) {}

BufferRing::~BufferRing() {
  if (entries_ != nullptr) munmap(entries_, count_ * sizeof(io_uring_buf));
  if (memory_ != nullptr) munmap(memory_, std::size_t{count_} * bytes_);
}

std::expected<BufferRing, std::string> BufferRing::create(Ring& ring, std::uint16_t group,
                                                          std::uint32_t count,
                                                          std::uint32_t bytes) {
  SDMP_CHECK(std::has_single_bit(count) && count <= 32768 && bytes > 0);
  BufferRing buffers(group, count, bytes);
  if (buffers.entries_ == nullptr || buffers.memory_ == nullptr) {
    return std::unexpected("no memory for " + std::to_string(count) + " receive buffers of " +
                           std::to_string(bytes) + " octets");
  }
  if (const int error = register_entries(ring.raw(), buffers.entries_, count, group); error != 0) {
    return std::unexpected(std::string("the kernel refused a ring of receive buffers: ") +
                           std::strerror(error));
  }
  for (std::uint32_t i = 0; i < count; ++i) buffers.recycle(static_cast<std::uint16_t>(i));
  return buffers;
}

codec::MutableBytes BufferRing::data(std::uint16_t buffer, std::size_t size) const {
  SDMP_CHECK(buffer < count_ && size <= bytes_);
  return {memory_ + std::size_t{buffer} * bytes_, size};
}

void BufferRing::recycle(std::uint16_t buffer) {
  SDMP_CHECK(buffer < count_);
  io_uring_buf& entry = entries_[tail_ & (count_ - 1)];
  entry.addr = reinterpret_cast<std::uintptr_t>(memory_ + std::size_t{buffer} * bytes_);
  entry.len = bytes_;
  entry.bid = buffer;
  ++tail_;
  std::atomic_ref<std::uint16_t>(entries_[0].resv).store(tail_, std::memory_order_release);
}

int BufferRing::try_register(io_uring& ring) {
  const std::size_t bytes = 4096;
  void* entries = map(bytes);
  if (entries == nullptr) return ENOMEM;
  const int error = register_entries(ring, entries, 1, 0);
  if (error == 0) io_uring_unregister_buf_ring(&ring, 0);
  munmap(entries, bytes);
  return error;
}

}  // namespace sdmp::ring
