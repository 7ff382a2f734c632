// Log lines of the process: spdlog on stderr, one line each, never a secret.
#pragma once

#include <string>

namespace sdmp::relay {

// Sets the format once and the level ("trace" ... "off"; anything else is "info") each time.
void set_up_logging(const std::string& level);

}  // namespace sdmp::relay
