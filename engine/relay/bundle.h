// Containers that arrive out of band: bundles (JSON Lines, one container a line) read, verified
// and written as a whole or not at all (P-TRUST).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/container.h"
#include "engine/relay/outcome.h"
#include "engine/store/store.h"

namespace sdmp::relay {

// The largest resource that is taken in out of band: a resource_response, which carries it as
// base64url inside a payload of its own, may inflate to no more than 4 MiB (P-FRAME). Whether it
// also fits into a frame when compressed is for publishing to judge.
inline constexpr std::size_t kContainerBytesMax = 3'100'000;
static_assert((kContainerBytesMax + 4096) / 3 * 4 + 4096 <= (std::size_t{4} << 20));

// A resource whose signature has been verified; owns its text.
struct VerifiedResource {
  codec::Fingerprint publisher;
  codec::Identifier identifier;
  std::string container;
  std::vector<codec::Identifier> updates;
  std::vector<codec::Schema> schemas;
};

// Splits JSON Lines; empty lines are skipped, the line number of each text is kept.
struct BundleLine {
  std::size_t line;
  std::string_view text;
};
std::vector<BundleLine> split_lines(std::string_view bundle);

// One of several that are verified together; views of what the caller keeps.
struct Bundle {
  std::string_view source;  // what errors call it
  std::vector<BundleLine> lines;
};

// Verifies each container against identities in the store or in any of the bundles, in any order;
// the result has that of the lines. The error names the source, the line and the cause; nothing is
// written.
Outcome<std::vector<VerifiedResource>> verify_bundles(std::span<const Bundle> bundles,
                                                      store::Reader& reader);
// One alone.
Outcome<std::vector<VerifiedResource>> verify_bundle(std::span<const BundleLine> lines,
                                                     std::string_view source,
                                                     store::Reader& reader);
// The user identities in a bundle: whom `sdmp trust add` is to trust.
std::vector<codec::Fingerprint> bundle_users(std::span<const VerifiedResource> resources);

}  // namespace sdmp::relay
