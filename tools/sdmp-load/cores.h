// Which cores the relay of --self and the client get, so that neither takes the other's.
#pragma once

#include <vector>

namespace sdmp::tools {

struct Cores {
  std::vector<int> client;
  std::vector<int> server;

  bool apart() const { return client != server; }
};

// The last `shards` of the cores that this process may use are the server's, at most half of them;
// with a single core both share it.
Cores split_cores(int shards);
// For this process and the threads that it starts; false: the kernel does not let it.
bool stay_on(const std::vector<int>& cores);

}  // namespace sdmp::tools
