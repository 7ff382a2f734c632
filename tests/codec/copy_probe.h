// Counts what this program copies by memcpy and memmove out of or into watched memory: for tests
// that promise to copy no payload. Copies of a few octets are compiled in line and are not seen; a
// payload is not small.
//
// Sanitizers bring their own memcpy, which must stay: with them copy_probe_works() is false.
#pragma once

#include <cstddef>

#include "codec/bytes.h"

namespace sdmp::codec {

bool copy_probe_works();
// Watches memory of this thread, besides what it watches already (at most 8 pieces).
void watch_copies(Bytes memory);
// Ends the watch over all of it.
void forget_watched();
// Octets copied out of or into what is watched.
std::size_t watched_octets_copied();

}  // namespace sdmp::codec
