#include "copy_probe.h"

#include <array>
#include <cstdint>

namespace {

struct Piece {
  std::uintptr_t begin;
  std::uintptr_t end;
};
thread_local std::array<Piece, 8> watched{};
thread_local std::size_t pieces = 0;
thread_local std::size_t copied = 0;

[[maybe_unused]] void count(const void* to, const void* from, std::size_t size) {
  for (std::size_t i = 0; i < pieces; ++i) {
    for (const void* memory : {to, from}) {
      const auto at = reinterpret_cast<std::uintptr_t>(memory);
      if (at < watched[i].end && at + size > watched[i].begin) {
        copied += size;
        return;
      }
    }
  }
}

}  // namespace

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
    !defined(__clang__)

// In place of the C library's, for the libraries too. By instruction: a loop would be compiled to a
// call of memcpy.
extern "C" void* memcpy(void* to, const void* from, std::size_t size) {
  count(to, from, size);
  void* at = to;
  asm volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(size) : : "memory");
  return to;
}

extern "C" void* memmove(void* to, const void* from, std::size_t size) {
  const auto distance =
      reinterpret_cast<std::uintptr_t>(to) - reinterpret_cast<std::uintptr_t>(from);
  if (distance >= size) return memcpy(to, from, size);
  count(to, from, size);
  auto* at = static_cast<volatile std::uint8_t*>(to);
  const auto* source = static_cast<const std::uint8_t*>(from);
  while (size-- > 0) at[size] = source[size];
  return to;
}

namespace sdmp::codec {
bool copy_probe_works() {
  return true;
}
}  // namespace sdmp::codec

#else

namespace sdmp::codec {
bool copy_probe_works() {
  return false;
}
}  // namespace sdmp::codec

#endif

namespace sdmp::codec {

void watch_copies(Bytes memory) {
  const auto begin = reinterpret_cast<std::uintptr_t>(memory.data());
  watched.at(pieces++) = {begin, begin + memory.size()};
}

void forget_watched() {
  pieces = 0;
}

std::size_t watched_octets_copied() {
  return copied;
}

}  // namespace sdmp::codec
