#include <algorithm>
#include <iostream>
#include <set>

#include "codec/resource.h"
#include "engine/protocol/trust.h"
#include "engine/relay/bundle.h"
#include "engine/relay/clock.h"
#include "engine/relay/control.h"
#include "engine/relay/lost_store.h"
#include "engine/relay/trust_facts.h"
#include "tools/sdmp/commands.h"

namespace sdmp::tools {
namespace {

struct OwnRelationship {
  codec::Identifier identifier;
  codec::RelationshipView view;
};

// The operator's own relationships that stand.
std::vector<OwnRelationship> own_relationships(OpenHome& opened) {
  std::vector<OwnRelationship> found;
  codec::ContainerReader containers;
  for (const auto& identifier : opened.reader->current(codec::Schema::kRelationship)) {
    const auto stored = opened.reader->find(identifier);
    if (!stored || stored->publisher != opened.home.user()) continue;
    const auto container = containers.parse_copy(stored->container);
    if (!container) continue;
    if (const auto view = codec::read_relationship(*container)) {
      found.push_back({identifier, *view});
    }
  }
  return found;
}

std::shared_ptr<const protocol::TrustTable> trust_table(OpenHome& opened) {
  return protocol::TrustTable::compute(relay::read_trust_facts(*opened.reader, opened.home.user()));
}

// Who publishes a relationship that leads to `node`, for the message of `trust remove`.
std::optional<codec::Fingerprint> owner_of_node(OpenHome& opened, const codec::Fingerprint& node) {
  codec::ContainerReader containers;
  for (const auto& identifier : opened.reader->current(codec::Schema::kRelationship)) {
    const auto stored = opened.reader->find(identifier);
    if (!stored) continue;
    const auto container = containers.parse_copy(stored->container);
    if (!container) continue;
    const auto view = codec::read_relationship(*container);
    if (view && view->identity == node && view->type != codec::RelationshipType::kConnection) {
      return stored->publisher;
    }
  }
  return std::nullopt;
}

std::string rights(const protocol::TrustEntry& entry) {
  if (!entry.key) return "identity-missing";
  std::string text;
  if (entry.may_connect) text = "connect";
  if (entry.publish == protocol::PublishRight::kAnything) {
    text += text.empty() ? "publish" : ",publish";
  }
  return text.empty() ? "none" : text;
}

}  // namespace

int run_trust_add(const std::filesystem::path& directory, const std::vector<std::string>& files) {
  auto opened = open_home(directory);
  if (!opened) return fail(opened.error());
  if (const auto lost = relay::lost_identities(opened->home, *opened->reader)) return fail(*lost);
  std::set<codec::Fingerprint> connected;
  for (const auto& relationship : own_relationships(*opened)) {
    if (relationship.view.type == codec::RelationshipType::kConnection) {
      connected.insert(relationship.view.identity);
    }
  }
  // All files are read and verified before anything is written.
  std::vector<relay::VerifiedResource> resources;
  relay::ClockSequence created;
  std::vector<codec::Fingerprint> added;
  for (const auto& file : files) {
    const auto text = read_file(file);
    if (!text) return fail(text.error());
    auto verified = relay::verify_bundle(relay::split_lines(*text), file, *opened->reader);
    if (!verified) return fail(verified.error());
    const auto users = relay::bundle_users(*verified);
    if (users.empty()) {
      return fail(file + " holds no user identity, so there is nobody to trust: make it with " +
                  "`sdmp export` on the other node, or use `sdmp import` to add its resources");
    }
    std::string relationships;
    for (const auto& user : users) {
      if (user == opened->home.user()) {
        return fail(file + " is this home's own bundle: add the other node's");
      }
      if (!connected.insert(user).second) {
        std::cerr << "sdmp: " << user.text() << " is trusted already\n";
        continue;
      }
      relationships += codec::build_relationship(opened->home.user_key(), created.next(),
                                                 codec::RelationshipType::kConnection, user);
      relationships += '\n';
      added.push_back(user);
    }
    std::ranges::move(*verified, std::back_inserter(resources));
    if (!relationships.empty()) {
      auto own = relay::verify_bundle(relay::split_lines(relationships), "new relationship",
                                      *opened->reader);
      if (!own) return fail(own.error());
      std::ranges::move(*own, std::back_inserter(resources));
    }
  }
  opened->close();
  const auto outcomes = relay::append_to_home(opened->home, std::move(resources));
  if (!outcomes) return fail(outcomes.error());
  if (std::ranges::find(*outcomes, protocol::StoreOutcome::kFailed) != outcomes->end()) {
    return fail("the store could not take the bundle; see the node's log");
  }
  for (const auto& user : added) std::cout << user.text() << '\n';
  return 0;
}

int run_trust_list(const std::filesystem::path& directory, bool json) {
  auto opened = open_home(directory);
  if (!opened) return fail(opened.error());
  const auto table = trust_table(*opened);
  std::vector<const protocol::TrustEntry*> entries;
  for (const auto& [fingerprint, entry] : *table) entries.push_back(&entry);
  std::ranges::sort(entries, {},
                    [](const auto* entry) { return std::pair(entry->type, entry->fingerprint); });
  for (const auto* entry : entries) {
    const char* type = entry->type == codec::IdentityType::kUser ? "user" : "node";
    const std::string until =
        entry->key ? codec::format_timestamp(entry->valid_until) : std::string("-");
    if (json) {
      std::cout << R"({"fingerprint":")" << entry->fingerprint.text() << R"(","type":")" << type
                << R"(","rights":")" << rights(*entry) << R"(","valid_until":")" << until
                << "\"}\n";
    } else {
      std::cout << entry->fingerprint.text() << "  " << type << "  " << rights(*entry) << "  "
                << until << '\n';
    }
  }
  return 0;
}

int run_trust_remove(const std::filesystem::path& directory, const std::string& text) {
  auto opened = open_home(directory);
  if (!opened) return fail(opened.error());
  if (const auto lost = relay::lost_identities(opened->home, *opened->reader)) return fail(*lost);
  const auto fingerprint = codec::Fingerprint::parse(text);
  if (!fingerprint) {
    return fail("'" + text +
                "' is not a fingerprint (86 characters of base64url): "
                "`sdmp trust list` prints them");
  }
  if (*fingerprint == opened->home.node()) {
    return fail("that is this home's own node: a node cannot take its own trust away");
  }
  std::vector<codec::Identifier> withdrawn;
  for (const auto& relationship : own_relationships(*opened)) {
    if (relationship.view.identity == *fingerprint) withdrawn.push_back(relationship.identifier);
  }
  if (withdrawn.empty()) {
    const auto owner = owner_of_node(*opened, *fingerprint);
    if (owner && *owner != opened->home.user()) {
      return fail(text + " is a node of the user " + owner->text() + ": remove that user instead");
    }
    return fail(text + " is not trusted: nothing to remove (`sdmp trust list` shows who is)");
  }
  relay::ClockSequence created;
  const std::string deletion =
      codec::build_deletion(opened->home.user_key(), created.next(), withdrawn);
  const auto appended = append_containers(*opened, deletion, "the withdrawal");
  if (!appended) return fail(appended.error());
  std::cout << fingerprint->text() << '\n';
  return 0;
}

}  // namespace sdmp::tools
