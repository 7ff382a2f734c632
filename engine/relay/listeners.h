// Listening sockets: one per address and shard, sharing the port by SO_REUSEPORT so that the
// kernel spreads connections over the shards.
#pragma once

#include <chrono>
#include <vector>

#include "engine/relay/address.h"
#include "engine/relay/file.h"
#include "engine/relay/outcome.h"

namespace sdmp::relay {

struct Listeners {
  // As bound: with the ports that the kernel chose for port 0.
  std::vector<Address> addresses;
  // By shard, then by address.
  std::vector<std::vector<UniqueFd>> fds;
};

// "cannot listen on 127.0.0.1:7367: Address already in use; …". [::] accepts IPv4 as well. An
// address that any other socket listens on is refused, although SO_REUSEPORT would let two of our
// own user's processes share it and get half of the connections each. One that is in use is tried
// again for as long as `patience`, with a line in the log: the listening sockets of a process that
// was killed live on until the kernel has ended its rings, which is after wait() has told of its
// end.
Outcome<Listeners> open_listeners(const std::vector<Address>& addresses, int shards,
                                  std::chrono::milliseconds patience = {});

}  // namespace sdmp::relay
