// What the tests of the store share: a directory that removes itself, resources real and made up,
// and a way into the tables behind the store's back.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "codec/container.h"
#include "codec/resource.h"
#include "engine/store/environment.h"
#include "engine/store/records.h"
#include "engine/store/store.h"

namespace sdmp::store::testing {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "sdmp-store-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  std::filesystem::path store() const { return path_ / "store"; }

 private:
  std::filesystem::path path_;
};

template <class Digest>
Digest digest(std::string_view seed) {
  return {codec::sha512(codec::as_bytes(seed))};
}
inline codec::Fingerprint node(std::string_view seed) {
  return digest<codec::Fingerprint>(seed);
}
inline codec::Identifier id(std::string_view seed) {
  return digest<codec::Identifier>(seed);
}

// Owns what a NewResource only views.
struct Draft {
  codec::Fingerprint publisher;
  codec::Identifier identifier;
  std::string container;
  std::vector<codec::Identifier> updates = {};
  std::vector<codec::Schema> schemas = {codec::Schema::kResource, codec::Schema::kPost};

  NewResource view() const { return {publisher, identifier, container, updates, schemas}; }
};

// Of no valid form: the store does not look inside.
inline Draft made_up(std::string_view seed, std::string_view publisher = "publisher") {
  return {.publisher = node(publisher),
          .identifier = id(seed),
          .container = std::string("{").append(seed).append("}")};
}

inline Draft parsed(std::string text) {
  codec::ContainerReader reader;
  const auto container = reader.parse_copy(text);
  if (!container) throw std::runtime_error(std::string(codec::explain(container.error())));
  Draft draft{.publisher = container->publisher,
              .identifier = container->identifier(),
              .container = std::move(text)};
  draft.schemas.assign(container->schemas.begin(), container->schemas.end());
  if (!codec::read_updates(*container, draft.updates)) throw std::runtime_error("updates");
  return draft;
}

inline codec::PrivateKey new_key() {
  codec::crypto_init();
  return std::move(codec::PrivateKey::generate(codec::KeyType::kEd25519).value());
}

inline constexpr codec::UnixMillis kNow = 1'437'925'717'703;
inline constexpr codec::UnixMillis kLater = kNow + 1'000'000'000;

inline Draft identity(const codec::PrivateKey& key, codec::IdentityType type) {
  return parsed(codec::build_identity(key, type, kNow, kLater));
}
inline Draft post(const codec::PrivateKey& key, std::string_view content,
                  std::vector<codec::Identifier> updates = {}) {
  return parsed(codec::build_post(key, kNow, "", content, updates));
}

inline std::unique_ptr<Store> open_store(const std::filesystem::path& directory,
                                         const codec::Fingerprint& self = node("self"),
                                         const StoreOptions& options = {}) {
  auto store = Store::open(directory, self, options);
  if (!store) throw std::runtime_error(store.error().message);
  return std::move(*store);
}

inline void expect_appended(Batch& batch, const Draft& draft) {
  const auto outcome = batch.append(draft.view());
  ASSERT_TRUE(outcome) << outcome.error().message;
  ASSERT_EQ(*outcome, AppendOutcome::kAppended);
}

inline void append_all(Store& store, const std::vector<Draft>& drafts) {
  auto batch = store.begin();
  ASSERT_TRUE(batch) << batch.error().message;
  for (const Draft& draft : drafts) expect_appended(*batch, draft);
  const auto committed = batch->commit();
  ASSERT_TRUE(committed) << committed.error().message;
}

// Runs `change` on a table of a store that nobody has open.
inline void tamper(const std::filesystem::path& directory, const char* table,
                   const std::function<int(MDB_txn*, MDB_dbi)>& change) {
  auto environment = Environment::open(directory, {});
  ASSERT_TRUE(environment) << environment.error().message;
  Transaction transaction;
  ASSERT_EQ(transaction.begin((*environment)->get(), 0), 0);
  MDB_dbi handle = 0;
  ASSERT_EQ(mdb_dbi_open(transaction.get(), table, 0, &handle), 0);
  ASSERT_EQ(change(transaction.get(), handle), 0);
  ASSERT_EQ(transaction.commit(), 0);
}

}  // namespace sdmp::store::testing
