// A race's ways over a server thread that answers (bench/engine_load.h).
#pragma once

#include <functional>

#include "bench/engine_load.h"
#include "bench/engine_race.h"

namespace sdmp::bench {

// A server over what `make_io` makes for the load, its connections, and the end that asks.
Way loaded_way(std::string name, const EngineLoad& load,
               std::function<MadeServerIo(const EngineLoad& load)> make_io);

Way engine_way(std::string name, const EngineLoad& load, std::uint32_t rings = 1,
               Sockets sockets = Sockets::kDirect);
Way raw_way(std::string name, const EngineLoad& load, const RawWay& way);

}  // namespace sdmp::bench
