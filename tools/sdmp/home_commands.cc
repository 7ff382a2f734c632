#include <chrono>
#include <iostream>

#include "codec/resource.h"
#include "engine/relay/home.h"
#include "engine/relay/lost_store.h"
#include "tools/sdmp/commands.h"

namespace sdmp::tools {

int run_init(const InitCommand& command) {
  relay::InitOptions options;
  options.name = command.name;
  options.suite = command.suite == "classic" ? codec::Suite::kClassic : codec::Suite::kModern;
  options.listen = command.listen;
  options.announce = command.announce;
  auto home = relay::Home::create(command.home, options);
  if (!home) return fail(home.error());
  std::cout << "home  " << home->directory().string() << '\n'
            << "user  " << home->user().text() << '\n'
            << "node  " << home->node().text() << '\n';
  std::cerr << "sdmp: give others your bundle with `sdmp export --home "
            << home->directory().string() << "`; trust them with `sdmp trust add FILE`\n";
  return 0;
}

namespace {

// The newest unreplaced resource of this schema by `publisher` for which `matches` holds.
template <class Matches>
std::optional<std::string> newest(store::Reader& reader, codec::Schema schema,
                                  const codec::Fingerprint& publisher, Matches matches) {
  std::optional<std::string> found;
  codec::ContainerReader containers;
  for (const auto& identifier : reader.current(schema)) {
    const auto stored = reader.find(identifier);
    if (!stored || stored->publisher != publisher) continue;
    const auto container = containers.parse_copy(stored->container);
    if (container && matches(*container)) found = std::string(stored->container);
  }
  return found;
}

}  // namespace

int run_export(const std::filesystem::path& directory) {
  auto opened = open_home(directory);
  if (!opened) return fail(opened.error());
  const relay::Home& home = opened->home;
  store::Reader& reader = *opened->reader;
  if (const auto lost = relay::lost_identities(home, reader)) return fail(*lost);
  const auto any = [](const codec::Container&) { return true; };
  const codec::Fingerprint node = home.node();
  const auto names_node = [&node](const codec::Container& container) {
    const auto relationship = codec::read_relationship(container);
    return relationship && relationship->identity == node &&
           relationship->type != codec::RelationshipType::kConnection;
  };
  const struct {
    const char* what;
    std::optional<std::string> text;
  } parts[] = {
      {"user identity", newest(reader, codec::Schema::kIdentity, home.user(), any)},
      {"node identity", newest(reader, codec::Schema::kIdentity, home.node(), any)},
      {"publisher relationship",
       newest(reader, codec::Schema::kRelationship, home.user(), names_node)},
      {"node information", newest(reader, codec::Schema::kNodeInformation, home.node(), any)},
  };
  for (const auto& part : parts) {
    if (!part.text) {
      return fail(directory.string() + " holds no current " + part.what +
                  ": run `sdmp verify` to see whether its store is damaged");
    }
  }
  for (const auto& part : parts) std::cout << *part.text << '\n';
  return 0;
}

}  // namespace sdmp::tools
