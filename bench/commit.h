// Which commit a benchmark was built from; its source is written at each build
// (bench/commit.cmake).
#pragma once

namespace sdmp::bench {

// Abbreviated; with "-dirty" behind it when the tree had changes that were not committed, and
// "unknown-dirty" where git says nothing.
const char* commit();

}  // namespace sdmp::bench
