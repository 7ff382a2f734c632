#include "allocation_probe.h"

#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t allocations = 0;
thread_local const void* watched = nullptr;
thread_local std::size_t watched_size = 0;
thread_local bool watched_wiped = false;

void* allocate(std::size_t size) {
  ++allocations;
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) std::abort();
  return memory;
}

void* allocate(std::size_t size, std::align_val_t alignment) {
  ++allocations;
  void* memory = nullptr;
  if (posix_memalign(&memory, static_cast<std::size_t>(alignment), size) != 0) std::abort();
  return memory;
}

void release(void* memory) {
  if (memory != nullptr && memory == watched) {
    watched_wiped = true;
    const auto* octets = static_cast<const volatile std::uint8_t*>(memory);
    for (std::size_t i = 0; i < watched_size; ++i) watched_wiped &= octets[i] == 0;
    watched = nullptr;
  }
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void* operator new(std::size_t size, std::align_val_t to) { return allocate(size, to); }
void* operator new[](std::size_t size, std::align_val_t to) { return allocate(size, to); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }

namespace sdmp::codec {

std::size_t allocations_by_this_thread() { return allocations; }

void watch_release(const void* memory, std::size_t size) {
  watched = memory;
  watched_size = size;
  watched_wiped = false;
}

bool watched_was_wiped() { return watched_wiped; }

}  // namespace sdmp::codec
