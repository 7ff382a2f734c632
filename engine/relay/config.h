// node.toml: everything an operator may tune, with its default and its reason. Unknown keys and
// values out of range are errors that name file, line and key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "codec/key.h"
#include "engine/relay/address.h"
#include "engine/relay/outcome.h"
#include "engine/shard/shard.h"
#include "engine/store/store.h"

namespace sdmp::relay {

// Above any machine of today; one ring and one thread each.
inline constexpr int kShardsMax = 256;

struct Config {
  std::string name;
  codec::Suite suite = codec::Suite::kModern;  // decides the group that we dial with
  std::vector<Address> listen;                 // load_config: [::]:7367 when the file is silent
  std::vector<PeerAddress> peers;              // outgoing sessions that are kept up
  int shards = 0;                              // 0: one per core
  std::string log_level = "info";
  std::uint32_t sessions_per_node_max = 64;
  shard::ShardConfig shard;  // limits and times; index and listen_fds are the relay's
  store::StoreOptions store;
};

Outcome<Config> load_config(const std::filesystem::path& file);
// The same over a text; `source` is its name in errors.
Outcome<Config> parse_config(std::string_view text, const std::string& source);
// The text of a new node.toml, with every key as a comment that states its default.
std::string default_config_text(const std::string& name, codec::Suite suite,
                                const std::string& listen);

}  // namespace sdmp::relay
