#include "engine/relay/bundle.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "codec/resource.h"

namespace sdmp::relay {
namespace {

using codec::Container;
using codec::Fingerprint;
using codec::Result;
using codec::Schema;
using KeyMap = std::unordered_map<Fingerprint, codec::PublicKey, codec::DigestHash>;

// Identities of the store, read once and only when the bundle's own do not suffice.
class KeySource {
 public:
  explicit KeySource(store::Reader& reader) : reader_(reader) {}

  void add(const codec::PublicKey& key) { from_bundle_.emplace(key.fingerprint(), key); }

  const codec::PublicKey* find(const Fingerprint& publisher) {
    if (const auto it = from_bundle_.find(publisher); it != from_bundle_.end()) return &it->second;
    if (!from_store_) from_store_ = read_store();
    const auto it = from_store_->find(publisher);
    return it != from_store_->end() ? &it->second : nullptr;
  }

 private:
  // Verified when they came in: only parsed here.
  KeyMap read_store() {
    KeyMap keys;
    codec::ContainerReader parser;
    for (const codec::Identifier& identifier : reader_.current(Schema::kIdentity)) {
      const auto stored = reader_.find(identifier);
      if (!stored) continue;
      const auto container = parser.parse_copy(stored->container);
      if (!container) continue;
      const auto identity = codec::read_identity(*container);
      if (!identity) continue;
      auto key = codec::PublicKey::parse(identity->spki);
      if (key) keys.emplace(key->fingerprint(), std::move(*key));
    }
    return keys;
  }

  store::Reader& reader_;
  KeyMap from_bundle_;
  std::optional<KeyMap> from_store_;
};

class BundleVerifier {
 public:
  explicit BundleVerifier(store::Reader& reader) : keys_(reader) {}

  // Identities first: what they sign may stand before them.
  Outcome<void> collect_identities(const Bundle& bundle) {
    source_ = bundle.source;
    for (const BundleLine& line : bundle.lines) {
      const auto container = parser_.parse_copy(line.text);
      if (!container) return fail(line, codec::explain(container.error()));
      if (!codec::is_resource(*container)) {
        return fail(line,
                    "no resource: its first schema must be `resource`, and no other one of what "
                    "nodes send each other or encrypt for each other");
      }
      if (line.text.size() > kContainerBytesMax) {
        return fail(line, "too large: " + std::to_string(line.text.size()) +
                              " bytes, and one of more than " + std::to_string(kContainerBytesMax) +
                              " can be sent to nobody");
      }
      if (!container->lists(Schema::kIdentity)) continue;
      const auto key = codec::verify_identity(*container);
      if (!key) return fail(line, codec::explain(key.error()));
      keys_.add(*key);
    }
    return {};
  }

  Outcome<void> verify(const Bundle& bundle, std::vector<VerifiedResource>& resources) {
    source_ = bundle.source;
    for (const BundleLine& line : bundle.lines) {
      auto resource = verify(line);
      if (!resource) return std::unexpected(resource.error());
      resources.push_back(std::move(*resource));
    }
    return {};
  }

 private:
  Outcome<VerifiedResource> verify(const BundleLine& line) {
    const auto container = parser_.parse_copy(line.text);
    if (!container) return fail(line, codec::explain(container.error()));
    if (!container->lists(Schema::kIdentity)) {
      const codec::PublicKey* key = keys_.find(container->publisher);
      if (key == nullptr) {
        return fail(line, "its publisher " + container->publisher.text() +
                              " is unknown: no identity of it here or in the store");
      }
      if (const auto verified = container->verify(*key); !verified) {
        return fail(line, codec::explain(verified.error()));
      }
    }
    VerifiedResource resource{.publisher = container->publisher,
                              .identifier = container->identifier(),
                              .container = std::string(line.text),
                              .updates = {},
                              .schemas = {container->schemas.begin(), container->schemas.end()}};
    if (const auto read = codec::read_updates(*container, resource.updates); !read) {
      return fail(line, codec::explain(read.error()));
    }
    return resource;
  }

  std::unexpected<std::string> fail(const BundleLine& line, std::string_view why) const {
    return std::unexpected(std::string(source_) + " line " + std::to_string(line.line) + ": " +
                           std::string(why));
  }

  std::string_view source_;  // of the line that is looked at
  KeySource keys_;
  codec::ContainerReader parser_;
};

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

}  // namespace

std::vector<BundleLine> split_lines(std::string_view bundle) {
  std::vector<BundleLine> lines;
  std::size_t number = 0;
  while (!bundle.empty()) {
    const std::size_t end = bundle.find('\n');
    const std::string_view line = trim(bundle.substr(0, end));
    ++number;
    if (!line.empty()) lines.push_back({number, line});
    bundle.remove_prefix(end == std::string_view::npos ? bundle.size() : end + 1);
  }
  return lines;
}

Outcome<std::vector<VerifiedResource>> verify_bundles(std::span<const Bundle> bundles,
                                                      store::Reader& reader) {
  BundleVerifier verifier(reader);
  for (const Bundle& bundle : bundles) {
    if (bundle.lines.empty()) {
      return std::unexpected(std::string(bundle.source) +
                             " holds no container: a bundle has one on each line");
    }
    if (auto collected = verifier.collect_identities(bundle); !collected) {
      return std::unexpected(collected.error());
    }
  }
  std::vector<VerifiedResource> resources;
  for (const Bundle& bundle : bundles) {
    if (auto verified = verifier.verify(bundle, resources); !verified) {
      return std::unexpected(verified.error());
    }
  }
  return resources;
}

Outcome<std::vector<VerifiedResource>> verify_bundle(std::span<const BundleLine> lines,
                                                     std::string_view source,
                                                     store::Reader& reader) {
  const Bundle bundle{source, {lines.begin(), lines.end()}};
  return verify_bundles({&bundle, 1}, reader);
}

std::vector<Fingerprint> bundle_users(std::span<const VerifiedResource> resources) {
  std::vector<Fingerprint> users;
  codec::ContainerReader parser;
  for (const VerifiedResource& resource : resources) {
    if (std::ranges::find(resource.schemas, Schema::kIdentity) == resource.schemas.end()) continue;
    const auto container = parser.parse_copy(resource.container);
    if (!container) continue;
    const auto identity = codec::read_identity(*container);
    if (!identity || identity->type != codec::IdentityType::kUser) continue;
    if (std::ranges::find(users, resource.publisher) == users.end()) {
      users.push_back(resource.publisher);
    }
  }
  return users;
}

}  // namespace sdmp::relay
