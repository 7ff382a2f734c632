#include "engine/relay/lost_store.h"

namespace sdmp::relay {
namespace {

std::string remedy(const Home& home) {
  return ": the store was lost. Bring them back with `sdmp import FILE --home " +
         home.directory().string() +
         "`, where FILE is what `sdmp export` printed for it before (docs/operations.md, \"A lost "
         "store\")";
}

}  // namespace

std::optional<std::string> lost_identities(const Home& home, store::Reader& reader) {
  bool has_user = false;
  bool has_node = false;
  for (const auto& identifier : reader.current(codec::Schema::kIdentity)) {
    const auto stored = reader.find(identifier);
    if (!stored) continue;
    has_user = has_user || stored->publisher == home.user();
    has_node = has_node || stored->publisher == home.node();
  }
  if (has_user && has_node) return std::nullopt;
  return home.store_directory().string() + " does not hold this home's own identities" +
         remedy(home);
}

std::string lost_store(const Home& home) {
  return home.directory().string() + " has keys, but no store with their identities" + remedy(home);
}

}  // namespace sdmp::relay
