// echo/<connections>/<octets>/<receive>: frames opened and sealed again by the server, one under
// way on each connection. How input is waited for, and what further rings cost per message.
//
// fanout/<sessions>/<octets>: one packed text sealed for every session and sent to it, one submit
// for all.
#include <string>

#include "bench/engine_racers.h"

namespace sdmp::bench {

void register_echo() {
  using Receive = RawWay::Receive;
  for (const std::uint32_t connections : {1u, 64u, 1024u}) {
    for (const std::size_t octets : {256u, 1024u}) {
      const EngineLoad load{.connections = connections, .octets = octets};
      const std::string prefix =
          "echo/" + std::to_string(connections) + "/" + std::to_string(octets) + "/";
      std::vector<Way> ways = {
          engine_way(prefix + "multishot", load),
          raw_way(prefix + "poll", load, {.receive = Receive::kPollThenSingle}),
          raw_way(prefix + "single", load, {.receive = Receive::kSingle})};
      for (const std::uint32_t rings : {2u, 4u}) {
        if (connections < rings) continue;
        ways.push_back(engine_way(prefix + "rings-" + std::to_string(rings), load, rings));
      }
      register_race(std::move(ways));
    }
  }
}

void register_fan_out() {
  for (const std::uint32_t sessions : {64u, 1024u}) {
    const EngineLoad load{.connections = sessions, .octets = 1024, .to_all = true};
    const std::string prefix = "fanout/" + std::to_string(sessions) + "/";
    register_race({engine_way(prefix + "1024", load),
                   raw_way(prefix + "1024-zero-copy", load, {.zero_copy = true}),
                   engine_way(prefix + "1024-rings-4", load, 4)});
  }
  const EngineLoad large{.connections = 64, .octets = 16 * 1024, .to_all = true};
  register_race({engine_way("fanout/64/16384", large),
                 raw_way("fanout/64/16384-zero-copy", large, {.zero_copy = true})});
}

}  // namespace sdmp::bench
