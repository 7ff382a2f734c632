// Test identities in files: DIR/user.pem and DIR/node-00001.pem ..., private keys of mode 0600.
#pragma once

#include <filesystem>

#include "engine/load/identity.h"
#include "engine/relay/outcome.h"

namespace sdmp::tools {

// `sdmp-load prepare`: makes them, and the bundle that a server's operator trusts once. Existing
// keys and bundles are never overwritten.
int run_prepare(std::size_t nodes, const std::string& suite, const std::filesystem::path& bundle,
                const std::filesystem::path& keys);

relay::Outcome<load::TestIdentities> load_identities(const std::filesystem::path& keys);

}  // namespace sdmp::tools
