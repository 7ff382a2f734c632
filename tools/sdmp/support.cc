#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <unordered_map>

#include "engine/relay/config.h"
#include "engine/relay/control.h"
#include "engine/relay/lost_store.h"
#include "tools/sdmp/commands.h"

namespace sdmp::tools {

int fail(const std::string& message) {
  std::cerr << "sdmp: " << message << '\n';
  return 1;
}

namespace {

// An empty one. Its writer is gone at once: a process may have a store open only once (LMDB).
relay::Outcome<void> begin_store(const relay::Home& home) {
  const auto config = relay::load_config(home.config_file());
  if (!config) return std::unexpected(config.error());
  const auto lock = store::StoreLock::acquire(home.store_directory());
  if (!lock) return std::unexpected(lock.error().message);
  const auto store = relay::open_store(home, config->store);
  if (!store) return std::unexpected(store.error());
  return {};
}

}  // namespace

relay::Outcome<OpenHome> open_home(const std::filesystem::path& directory, NoStore no_store) {
  auto home = relay::Home::open(directory);
  if (!home) return std::unexpected(home.error());
  const auto open = [&home] {
    return store::Store::open(home->store_directory(), home->node(),
                              store::StoreOptions{.read_only = true});
  };
  auto store = open();
  if (!store && store.error().kind == store::StoreError::Kind::kMissing) {
    if (no_store == NoStore::kIsLost) return std::unexpected(relay::lost_store(*home));
    if (const auto begun = begin_store(*home); !begun) return std::unexpected(begun.error());
    store = open();
  }
  if (!store) return std::unexpected(store.error().message);
  auto reader = (*store)->reader();
  return OpenHome{std::move(*home), std::move(*store), std::move(reader)};
}

void OpenHome::close() {
  reader.reset();
  store.reset();
}

relay::Outcome<std::string> read_file(const std::string& path) {
  if (path == "-") {
    return std::string(std::istreambuf_iterator<char>(std::cin), {});
  }
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return std::unexpected(path + " is a directory: name a file");
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::unexpected("cannot read " + path + ": " + std::strerror(errno));
  return std::string(std::istreambuf_iterator<char>(in), {});
}

namespace {

// "FILE line 3" of the resource with this index among all.
std::string place_of(std::span<const relay::Bundle> bundles, std::size_t index) {
  for (const auto& bundle : bundles) {
    if (index < bundle.lines.size()) {
      return std::string(bundle.source) + " line " + std::to_string(bundle.lines[index].line);
    }
    index -= bundle.lines.size();
  }
  return {};
}

// What the store would refuse one by one, after it has taken those before (P-SYN). A resource that
// it holds already it does not look at again.
std::optional<std::size_t> first_foreign_update(std::span<const relay::VerifiedResource> resources,
                                                store::Reader& reader) {
  std::unordered_map<codec::Identifier, codec::Fingerprint, codec::DigestHash> earlier;
  const auto publisher_of =
      [&](const codec::Identifier& identifier) -> std::optional<codec::Fingerprint> {
    if (const auto stored = reader.find(identifier)) return stored->publisher;
    const auto found = earlier.find(identifier);
    return found != earlier.end() ? std::optional(found->second) : std::nullopt;
  };
  for (std::size_t i = 0; i < resources.size(); ++i) {
    const auto& resource = resources[i];
    if (publisher_of(resource.identifier)) continue;
    for (const auto& target : resource.updates) {
      const auto publisher = publisher_of(target);
      if (publisher && *publisher != resource.publisher) return i;
    }
    earlier.emplace(resource.identifier, resource.publisher);
  }
  return std::nullopt;
}

std::string foreign_update(const std::string& place) {
  return place + ": it updates a resource of another publisher, which only that publisher may do";
}

}  // namespace

relay::Outcome<std::vector<Appended>> append_bundles(OpenHome& opened,
                                                     std::span<const relay::Bundle> bundles) {
  auto verified = relay::verify_bundles(bundles, *opened.reader);
  if (!verified) return std::unexpected(verified.error());
  if (const auto foreign = first_foreign_update(*verified, *opened.reader)) {
    return std::unexpected(foreign_update(place_of(bundles, *foreign)));
  }
  std::vector<Appended> appended;
  appended.reserve(verified->size());
  for (const auto& resource : *verified) {
    appended.push_back({resource.publisher, resource.identifier});
  }

  opened.close();
  auto outcomes = relay::append_to_home(opened.home, std::move(*verified));
  if (!outcomes) return std::unexpected(outcomes.error());
  for (std::size_t i = 0; i < outcomes->size(); ++i) {
    // Only where the node learned of its target meanwhile.
    if ((*outcomes)[i] == protocol::StoreOutcome::kForeignUpdate) {
      return std::unexpected(foreign_update(place_of(bundles, i)));
    }
    if ((*outcomes)[i] == protocol::StoreOutcome::kFailed) {
      return std::unexpected(place_of(bundles, i) +
                             ": the store could not take it; see the node's log");
    }
  }
  return appended;
}

relay::Outcome<std::vector<Appended>> append_containers(OpenHome& opened, const std::string& bundle,
                                                        const std::string& source) {
  const relay::Bundle one{source, relay::split_lines(bundle)};
  return append_bundles(opened, {&one, 1});
}

}  // namespace sdmp::tools
