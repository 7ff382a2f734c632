// Always-on checks for our own bugs. What a peer, a file or a user controls never reaches one:
// that yields an error value.
#pragma once

namespace sdmp::codec {

// Prints the failed condition and its place on stderr, then aborts.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace sdmp::codec

#define SDMP_CHECK(condition)                                      \
  do {                                                             \
    if (!(condition)) [[unlikely]] {                               \
      ::sdmp::codec::check_failed(#condition, __FILE__, __LINE__); \
    }                                                              \
  } while (false)
