// Sums of multiples of points of Ed25519 for CPUs that multiply four numbers of 52 bits at a time:
// AVX-512's IFMA and VL, in registers of 256 bits.
//
// For public values only. Internal to the codec; any thread.
#pragma once

#include "codec/ed25519_group.h"

namespace sdmp::codec::ed25519 {

// The CPU and the operating system have what the function below is made of.
bool ifma_available();

// As sum_of_multiples(). Without ifma_available() the process ends.
Point sum_of_multiples_by_ifma(const Scalar& a, const KeyMultiples& key, const Scalar& b);

}  // namespace sdmp::codec::ed25519
