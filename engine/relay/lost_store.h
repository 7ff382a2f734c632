// A home whose keys are there and whose store is gone or was begun anew: without its own identities
// nothing that it signs can be verified, by itself or by others.
#pragma once

#include <optional>
#include <string>

#include "engine/relay/home.h"
#include "engine/store/store.h"

namespace sdmp::relay {

// What is wrong and the remedy, when the store lacks the current identity of the home's user or
// node.
std::optional<std::string> lost_identities(const Home& home, store::Reader& reader);
// The same when there is no store at all.
std::string lost_store(const Home& home);

}  // namespace sdmp::relay
