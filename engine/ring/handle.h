// What names a socket in the operations of a ring: a regular descriptor of the process, or a place
// in the ring's own table of direct descriptors, which the process's limit of open files
// (RLIMIT_NOFILE) does not count.
#pragma once

#include <cstdint>

namespace sdmp::ring {

// A name, not an owner: who got it from the ring closes it with Ring::close.
struct Handle {
  constexpr Handle() = default;
  // A regular descriptor names itself.
  constexpr Handle(int fd) : number(fd) {}
  static constexpr Handle in_table(int place, std::uint8_t ring = 0) {
    Handle handle(place);
    handle.direct = true;
    handle.ring = ring;
    return handle;
  }

  explicit operator bool() const { return number >= 0; }
  bool operator==(const Handle&) const = default;

  int number = -1;
  bool direct = false;
  // Which ring of the thread (engine/ring/ring_set.h) has it in its table and gets its operations;
  // a regular descriptor's go to the first.
  std::uint8_t ring = 0;
};

}  // namespace sdmp::ring
