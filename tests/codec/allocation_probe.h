// Looks into operator new and delete of the test program, for the tests that promise "allocates
// nothing" and "wiped before it is freed".
#pragma once

#include <cstddef>

namespace sdmp::codec {

// Calls of operator new by this thread so far.
std::size_t allocations_by_this_thread();

// Watches one allocation of this thread until it is freed.
void watch_release(const void* memory, std::size_t size);
// Whether the watched memory was freed, and only zeros were in it at that moment.
bool watched_was_wiped();

}  // namespace sdmp::codec
