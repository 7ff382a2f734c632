// One invocation: finds or starts the server, runs the plan, shows how it goes, writes what came of
// it.
#pragma once

#include "tools/sdmp-load/options.h"

namespace sdmp::tools {

// The exit code: 0 passed; 1 could not be run; 2 usage; 3 run, and did not pass (losses, or a
// threshold that was crossed).
int run_scenario(const Options& options);

}  // namespace sdmp::tools
