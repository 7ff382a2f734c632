// Memory for output, held by a connection only from the first octet queued to the last one sent.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "codec/bytes.h"

namespace sdmp::shard {

// begin <= end <= capacity: [0, begin) is sent, [begin, end) is queued or with the kernel.
struct SendBuffer {
  std::unique_ptr<std::uint8_t[]> memory;
  std::size_t capacity = 0;
  std::size_t begin = 0;
  std::size_t end = 0;

  codec::Bytes unsent() const { return {memory.get() + begin, end - begin}; }
};

// Buffers by size class. Thread rule: one thread.
class SendPool {
 public:
  // Fan-out of one small message to many sessions costs 4 KiB each; a session with more to send
  // grows to the next class. Larger buffers (one large frame) are not kept.
  // The two largest are mappings of their own, which leave no hole in the heap when they are freed:
  // where the program says mallopt(M_MMAP_THRESHOLD, 64 KiB or less) at its start, as sdmpd does.
  // Left alone, glibc raises the threshold with the first such buffer that is freed, and the heap
  // keeps what later bursts took. The last one is for the longest answer to a journal_request
  // (200 KB), which every node that catches up asks for.
  static constexpr std::array<std::size_t, 4> kClasses = {4u << 10, 16u << 10, 64u << 10,
                                                          256u << 10};
  // Kept for reuse, over all classes: a fan-out to 64 sessions in batches, or to 2,000 of one small
  // message, allocates nothing. What trim() finds unused goes back to the system.
  static constexpr std::size_t kKeptBytesMax = 16u << 20;

  // A buffer with at least `bytes` of capacity, empty.
  std::unique_ptr<SendBuffer> take(std::size_t bytes);
  void give_back(std::unique_ptr<SendBuffer> buffer);
  // Frees what was not needed since the last trim.
  void trim();
  std::size_t kept_bytes() const { return kept_bytes_; }

 private:
  std::array<std::vector<std::unique_ptr<SendBuffer>>, kClasses.size()> kept_;
  // The least that was kept of each class since the last trim.
  std::array<std::size_t, kClasses.size()> spare_{};
  std::size_t kept_bytes_ = 0;
};

}  // namespace sdmp::shard
