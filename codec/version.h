// sdmp.version (CON-2, P-JWS).
#pragma once

#include <string_view>

namespace sdmp::codec {

// Whether `text` is a semantic version (semver.org 2.0.0, the whole grammar) of the form 0.10.x; a
// pre-release or build suffix is allowed.
bool is_accepted_version(std::string_view text);

}  // namespace sdmp::codec
