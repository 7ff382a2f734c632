#include <iostream>

#include "codec/resource.h"
#include "tools/sdmp/commands.h"

namespace sdmp::tools {
namespace {

// The newest current identity of a publisher (RES-3: sdmp://HOST names it).
std::optional<codec::Identifier> identity_of(OpenHome& opened,
                                             const codec::Fingerprint& publisher) {
  std::optional<codec::Identifier> found;
  for (const auto& identifier : opened.reader->current(codec::Schema::kIdentity)) {
    const auto stored = opened.reader->find(identifier);
    if (stored && stored->publisher == publisher) found = identifier;
  }
  return found;
}

}  // namespace

int run_show(const ShowCommand& command) {
  auto opened = open_home(command.home);
  if (!opened) return fail(opened.error());
  const auto uri = codec::parse_uri(command.uri);
  if (!uri) {
    return fail("'" + command.uri +
                "' is not a resource's address: it looks like "
                "sdmp://PUBLISHER/IDENTIFIER, both of 86 characters");
  }
  const auto identifier = uri->resource ? uri->resource : identity_of(*opened, uri->publisher);
  if (!identifier) return fail("the identity of " + command.uri + " is not in this home's store");
  const auto stored = opened->reader->find(*identifier);
  if (!stored || stored->publisher != uri->publisher) {
    return fail(command.uri + " is not in this home's store: `sdmp sync` may fetch it");
  }
  if (command.container) {
    std::cout << stored->container << '\n';
    return 0;
  }
  codec::ContainerReader containers;
  const auto container = containers.parse_copy(stored->container);
  if (!container) {
    return fail(command.uri + " is damaged (" + std::string(codec::explain(container.error())) +
                "): run `sdmp verify`");
  }
  if (command.content) {
    const auto post = container->payload->find("post");
    const auto content = post ? post->find("content") : std::nullopt;
    if (!content) return fail(command.uri + " is no post and has no content; leave out --content");
    std::cout << content->string();
    return 0;
  }
  if (stored->replaced) std::cerr << "sdmp: this resource has been replaced or deleted\n";
  std::cout << container->payload_text << '\n';
  return 0;
}

int run_log(const LogCommand& command) {
  auto opened = open_home(command.home);
  if (!opened) return fail(opened.error());
  store::Reader& reader = *opened->reader;
  if (command.peers) {
    for (const auto& node : reader.peers()) {
      const auto peer = reader.peer(node);
      std::cout << node.text() << "  lines " << peer.position << (peer.forked ? "  forked" : "")
                << "  last " << (peer.last ? peer.last->number.text() : "-") << '\n';
    }
    return 0;
  }
  const std::uint64_t size = reader.journal_size();
  const std::uint64_t first = std::min(size, command.since);
  const std::uint64_t count = command.limit == 0 ? size : command.limit;
  const std::uint64_t last = first + std::min(size - first, count);
  if (!command.json && command.since == 0) std::cout << opened->home.node().text() << '\n';
  for (std::uint64_t index = first + 1; index <= last; ++index) {
    const auto entry = reader.journal_entry(index);
    if (!command.json) {
      std::cout << entry.text() << '\n';
      continue;
    }
    const auto stored = reader.find(entry.resource);
    std::cout << R"({"index":)" << index << R"(,"number":")" << entry.number.text()
              << R"(","publisher":")" << entry.publisher.text() << R"(","resource":")"
              << entry.resource.text() << R"(","bytes":)" << (stored ? stored->container.size() : 0)
              << R"(,"replaced":)" << (stored && stored->replaced ? "true" : "false") << "}\n";
  }
  return 0;
}

}  // namespace sdmp::tools
