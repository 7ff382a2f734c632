// A directory of its own for each test, and homes in it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/resource.h"
#include "engine/relay/bundle.h"
#include "engine/relay/clock.h"
#include "engine/relay/control.h"
#include "engine/relay/home.h"
#include "engine/relay/node.h"

namespace sdmp::relay::testing {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name =
        (std::filesystem::temp_directory_path() / ("sdmp-relay-" + std::string(6, 'X'))).string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::filesystem::path operator/(const char* name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline InitOptions local_options() {
  InitOptions options;
  options.name = "test";
  options.listen = "127.0.0.1:0";
  return options;
}

// A store of 64 MiB at most: tests open many.
inline store::StoreOptions small_store(bool read_only = false) {
  return {.map_bytes = std::size_t{64} << 20, .readers_max = 64, .read_only = read_only};
}

// What `sdmp export` prints: every resource of the store, one per line.
inline std::string bundle_of(store::Reader& reader) {
  std::string bundle;
  for (std::uint64_t line = 1; line <= reader.journal_size(); ++line) {
    bundle += std::string(reader.find(reader.journal_entry(line).resource)->container) + "\n";
  }
  return bundle;
}
inline std::string bundle_of(const Home& home) {
  auto store = open_store(home, small_store(true));
  EXPECT_TRUE(store) << store.error();
  store::Reader reader = (*store)->reader();
  return bundle_of(reader);
}

inline std::string post_by(const Home& home, const std::string& content) {
  static ClockSequence created;
  return codec::build_post(home.node_key(), created.next(), "", content);
}

inline std::vector<VerifiedResource> verified(const Home& home, const std::string& bundle) {
  auto store = open_store(home, small_store(true));
  EXPECT_TRUE(store) << store.error();
  store::Reader reader = (*store)->reader();
  auto resources = verify_bundle(split_lines(bundle), "bundle", reader);
  EXPECT_TRUE(resources) << resources.error();
  return std::move(*resources);
}

// `home` trusts the user of `other` and holds its identities, as after `sdmp trust add`.
inline void trust(const Home& home, const Home& other) {
  std::string bundle = bundle_of(other);
  bundle += codec::build_relationship(home.user_key(), unix_now(),
                                      codec::RelationshipType::kConnection, other.user());
  const auto outcomes = append_to_home(home, verified(home, bundle));
  ASSERT_TRUE(outcomes) << outcomes.error();
}

inline Config node_config(int shards = 1) {
  Config config;
  config.listen = {*parse_address("127.0.0.1:0")};
  config.shards = shards;
  config.log_level = "error";
  config.shard.drain_ms = 2000;
  config.store = small_store();
  return config;
}

}  // namespace sdmp::relay::testing
