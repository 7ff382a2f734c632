#include "engine/protocol/trust.h"

#include <algorithm>
#include <limits>

namespace sdmp::protocol {
namespace {

using Entries = std::unordered_map<codec::Fingerprint, TrustEntry, codec::DigestHash>;

constexpr codec::UnixMillis kForever = std::numeric_limits<codec::UnixMillis>::max();

class TrustBuilder {
 public:
  TrustBuilder(const TrustFacts& facts, const TrustTable* previous, Entries& entries)
      : facts_(facts), previous_(previous), entries_(entries) {
    for (const IdentityFact& identity : facts.identities) {
      const IdentityFact*& latest = latest_[identity.fingerprint];
      if (latest == nullptr || is_later(identity, *latest)) latest = &identity;
    }
  }

  // P-TRUST has chains of at most two links, so two passes over the relationships find them all.
  // A user's own connections lead nowhere: only the operator's count.
  void build() {
    const TrustEntry* owner =
        reach(facts_.operator_user, codec::IdentityType::kUser, kForever, PublishRight::kAnything);
    if (owner == nullptr || !owner->key) return;
    for (const RelationshipFact& fact : facts_.relationships) {
      if (fact.type != codec::RelationshipType::kConnection) continue;
      if (fact.publisher != facts_.operator_user) continue;
      reach(fact.identity, codec::IdentityType::kUser, owner->valid_until, PublishRight::kAnything);
    }
    for (const RelationshipFact& fact : facts_.relationships) {
      if (fact.type == codec::RelationshipType::kConnection) continue;
      const auto user = entries_.find(fact.publisher);
      if (user == entries_.end() || !user->second.key) continue;
      if (user->second.type != codec::IdentityType::kUser) continue;
      reach(fact.identity, codec::IdentityType::kNode, user->second.valid_until,
            fact.type == codec::RelationshipType::kPublisher ? PublishRight::kAnything
                                                             : PublishRight::kOwnIdentity);
    }
  }

 private:
  // The order of the facts must not matter, so that equal expiries are told apart by type.
  static bool is_later(const IdentityFact& a, const IdentityFact& b) {
    if (a.expires != b.expires) return a.expires > b.expires;
    return a.type < b.type;
  }

  // nullopt also when the key is degenerate: such an identity is as good as unknown.
  std::optional<codec::PublicKey> load_key(const IdentityFact& identity) const {
    if (previous_ != nullptr) {
      const TrustEntry* known = previous_->find(identity.fingerprint);
      if (known != nullptr && known->key) return known->key;
    }
    codec::Result<codec::PublicKey> key = codec::PublicKey::parse(identity.spki);
    if (!key || key->fingerprint() != identity.fingerprint) return std::nullopt;
    return *std::move(key);
  }

  // One more chain, which ends at `fingerprint` and, its own expiry aside, holds until
  // `chain_until`. nullptr when the identity is of another type than the relationship leads to.
  const TrustEntry* reach(const codec::Fingerprint& fingerprint, codec::IdentityType type,
                          codec::UnixMillis chain_until, PublishRight right) {
    const auto latest = latest_.find(fingerprint);
    const IdentityFact* identity = latest == latest_.end() ? nullptr : latest->second;
    auto found = entries_.find(fingerprint);
    if (found == entries_.end()) {
      std::optional<codec::PublicKey> key;
      if (identity != nullptr) key = load_key(*identity);
      if (key && identity->type != type) return nullptr;
      TrustEntry fresh;
      fresh.fingerprint = fingerprint;
      fresh.key = std::move(key);
      fresh.type = type;
      fresh.may_connect = fresh.key && type == codec::IdentityType::kNode;
      found = entries_.emplace(fingerprint, std::move(fresh)).first;
    }
    TrustEntry& entry = found->second;
    if (entry.key && entry.type != type) return nullptr;
    const codec::UnixMillis until =
        entry.key ? std::min(chain_until, identity->expires) : chain_until;
    entry.identity_until = std::max(entry.identity_until, chain_until);
    entry.valid_until = std::max(entry.valid_until, until);
    entry.publish = std::max(entry.publish, right);
    if (right == PublishRight::kAnything) {
      entry.publish_until = std::max(entry.publish_until, until);
    }
    return &entry;
  }

  const TrustFacts& facts_;
  const TrustTable* previous_;
  Entries& entries_;
  std::unordered_map<codec::Fingerprint, const IdentityFact*, codec::DigestHash> latest_;
};

bool is_resource_of(const codec::Container& container, codec::Schema schema) {
  return container.schemas.size() == 2 && container.schemas[0] == codec::Schema::kResource &&
         container.schemas[1] == schema;
}

}  // namespace

std::shared_ptr<const TrustTable> TrustTable::compute(const TrustFacts& facts,
                                                      const TrustTable* previous) {
  auto table = std::make_shared<TrustTable>();
  TrustBuilder(facts, previous, table->entries_).build();
  return table;
}

const TrustEntry* TrustTable::find(const codec::Fingerprint& fingerprint) const {
  const auto found = entries_.find(fingerprint);
  return found == entries_.end() ? nullptr : &found->second;
}

const TrustEntry* TrustTable::find_valid(const codec::Fingerprint& fingerprint,
                                         codec::UnixMillis now) const {
  const TrustEntry* entry = find(fingerprint);
  return entry != nullptr && entry->key && now < entry->valid_until ? entry : nullptr;
}

bool TrustTable::may_connect(const codec::Fingerprint& fingerprint, codec::UnixMillis now) const {
  const TrustEntry* entry = find_valid(fingerprint, now);
  return entry != nullptr && entry->may_connect;
}

bool TrustTable::may_publish(const codec::Container& container, codec::UnixMillis now) const {
  if (!codec::is_resource(container)) return false;
  const TrustEntry* entry = find(container.publisher);
  if (entry == nullptr) return false;
  if (is_resource_of(container, codec::Schema::kIdentity)) return now < entry->identity_until;
  if (!entry->key || now >= entry->valid_until) return false;
  if (entry->publish == PublishRight::kAnything && now < entry->publish_until) return true;
  return entry->publish != PublishRight::kNone &&
         is_resource_of(container, codec::Schema::kNodeInformation);
}

}  // namespace sdmp::protocol
