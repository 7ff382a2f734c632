#include <fmt/format.h>

#include "codec/json.h"
#include "engine/relay/config.h"

namespace sdmp::relay {
namespace {

// A TOML basic string: JSON's escapes are a subset of TOML's, except for DEL.
std::string quoted(const std::string& text) {
  std::string out;
  codec::json::append_string(text, out);
  return out;
}

constexpr char kText[] =
    R"(# A node's configuration; docs/operations.md explains all keys.
# Commented ones show their default.

# For log lines; node_information was published with this name.
name = {name}
# What we dial with: "modern" (X25519) or "classic" (ffdhe3072). We accept every group.
suite = "{suite}"
# Where to listen: one "ADDR:PORT" or an array. [::] accepts IPv4 as well; port 0: any free one.
listen = {listen}
# Sessions to other relays that are kept up: "ADDR:PORT" or "FINGERPRINT@ADDR:PORT".
peers = []

# Threads that serve connections; 0: one per core that this process may use.
# shards = 0
# "trace", "debug", "info", "warn", "error" or "off".
# log_level = "{log_level}"
# DEFLATE for what we send: "fast" (codes trained on containers), a level 1 ... 12, or "off" (stored
# blocks).
# compress = "fast"
# AES-256-GCM: "auto" (the fastest here), "libsodium", "openssl", "ipsec-mb" or "vaes".
# aead = "auto"

[limits]
# sessions_per_node = {sessions}
# Per shard, handshakes included.
# connections = {connections}
# Of these, the ones that have not sent their connection object; beyond it the oldest is refused.
# handshakes = {handshakes}
# The largest frame we accept or send, in blocks of 256 octets, and what it may inflate to.
# frame_blocks = {blocks}
# inflated_bytes = {inflated}

[handshake]
# deadline_ms = {deadline}
# Computed per loop turn and shard: bounds how long sessions wait behind a storm of handshakes.
# per_turn = {per_turn}

[send]
# A peer that takes nothing for so long is dropped.
# stall_ms = {stall}

[keepalive]
# Silence after which TCP probes whether a peer is still there; 0: never.
# idle_s = {keepalive}

[drain]
# How long a stopping node goes on sending before it closes sessions all the same.
# ms = {drain}

[redial]
# The delay doubles from first to last; up to half is taken off at random.
# first_ms = {redial_first}
# last_ms = {redial_last}

[store]
# Address space for the store, the most that it can grow to.
# map_bytes = {map_bytes}
)";

}  // namespace

std::string default_config_text(const std::string& name, codec::Suite suite,
                                const std::string& listen) {
  const Config defaults;
  const shard::ShardConfig& shard = defaults.shard;
  return fmt::format(
      kText, fmt::arg("name", quoted(name)),
      fmt::arg("suite", suite == codec::Suite::kModern ? "modern" : "classic"),
      fmt::arg("listen", quoted(listen)), fmt::arg("log_level", defaults.log_level),
      fmt::arg("sessions", defaults.sessions_per_node_max),
      fmt::arg("connections", shard.connections_max), fmt::arg("handshakes", shard.handshakes_max),
      fmt::arg("blocks", shard.frame_limits.blocks),
      fmt::arg("inflated", shard.frame_limits.inflated_bytes),
      fmt::arg("deadline", shard.handshake_deadline_ms),
      fmt::arg("per_turn", shard.handshakes_per_turn), fmt::arg("stall", shard.send_stall_ms),
      fmt::arg("keepalive", shard.keepalive_s), fmt::arg("drain", shard.drain_ms),
      fmt::arg("redial_first", shard.redial_first_ms),
      fmt::arg("redial_last", shard.redial_last_ms),
      fmt::arg("map_bytes", defaults.store.map_bytes));
}

}  // namespace sdmp::relay
