// The one way in which a run of peer_client ends early: a sentence for the person who started it.
// Thrown, since nothing here is worth continuing once the peer, the network or /proc fails.
#pragma once

#include <stdexcept>

namespace sdmp::bench::peers {

struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace sdmp::bench::peers
