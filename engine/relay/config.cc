#include "engine/relay/config.h"

#include <algorithm>
#include <array>
#include <limits>

#include "engine/relay/config_reader.h"
#include "engine/relay/file.h"

namespace sdmp::relay {
namespace {

constexpr std::size_t kConfigBytesMax = 1u << 20;
constexpr std::int64_t kHourMs = 60 * 60 * 1000;
constexpr std::int64_t kMiB = std::int64_t{1} << 20;

constexpr std::array<std::string_view, 6> kLogLevels = {"trace", "debug", "info",
                                                        "warn",  "error", "off"};

void read_suite(ConfigReader& reader, Config& config) {
  const auto suite = reader.text("suite");
  if (!suite) return;
  if (suite->value == "modern") {
    config.suite = codec::Suite::kModern;
  } else if (suite->value == "classic") {
    config.suite = codec::Suite::kClassic;
  } else {
    reader.fail("suite", suite->line, "must be \"modern\" or \"classic\"");
  }
}

void read_log_level(ConfigReader& reader, Config& config) {
  const auto level = reader.text("log_level");
  if (!level) return;
  if (std::ranges::find(kLogLevels, level->value) == kLogLevels.end()) {
    reader.fail("log_level", level->line,
                "must be one of \"trace\", \"debug\", \"info\", \"warn\", \"error\", \"off\"");
    return;
  }
  config.log_level = level->value;
}

void read_listen(ConfigReader& reader, Config& config) {
  const auto texts = reader.texts("listen");
  if (!texts) return;
  config.listen.clear();
  for (const auto& text : *texts) {
    const auto address = parse_address(text.value);
    if (!address) {
      reader.fail(text.key, text.line, "holds " + address.error());
    } else if (address->port() != 0 &&
               std::ranges::find(config.listen, *address) != config.listen.end()) {
      reader.fail(text.key, text.line, "names " + text.value + " twice");
    } else {
      config.listen.push_back(*address);
    }
  }
}

void read_peers(ConfigReader& reader, Config& config) {
  const auto texts = reader.texts("peers");
  if (!texts) return;
  for (const auto& text : *texts) {
    const auto peer = parse_peer_address(text.value);
    if (!peer) {
      reader.fail(text.key, text.line, "holds " + peer.error());
    } else {
      config.peers.push_back(*peer);
    }
  }
}

// "off", "fast", or a level of libdeflate.
void read_compress(ConfigReader& reader, Config& config) {
  constexpr std::string_view kWhat = "must be \"off\", \"fast\" or a level from 1 to 12";
  const toml::node* node = reader.node("compress");
  if (node == nullptr) return;
  const std::uint32_t line = node->source().begin.line;
  const auto* word = node->as_string();
  if (word != nullptr && word->get() == "off") {
    config.shard.compress_level = codec::kCompressOff;
  } else if (word != nullptr && word->get() == "fast") {
    config.shard.compress_level = codec::kCompressFast;
  } else if (const auto* level = node->as_integer();
             level != nullptr && level->get() >= 1 && level->get() <= 12) {
    config.shard.compress_level = static_cast<int>(level->get());
  } else {
    reader.fail("compress", line, std::string(kWhat));
  }
}

void read_aead(ConfigReader& reader, Config& config) {
  const auto text = reader.text("aead");
  if (!text) return;
  const auto choice = codec::aead_choice_by_name(text->value);
  if (!choice) {
    reader.fail("aead", text->line,
                "must be \"auto\", \"libsodium\", \"openssl\", \"ipsec-mb\" or \"vaes\"");
  } else if (codec::aead_backend(*choice) == nullptr) {
    reader.fail("aead", text->line,
                "names an implementation that this CPU or this build does not have; \"auto\" is "
                "the fastest one that there is");
  } else {
    config.shard.aead = *choice;
  }
}

void read_numbers(ConfigReader& reader, Config& config) {
  constexpr std::int64_t kMuch = std::numeric_limits<std::int32_t>::max();
  constexpr std::int64_t kKeepaliveMaxS = 32767;  // Linux allows no more
  shard::ShardConfig& shard = config.shard;
  reader.read_as("shards", 0, kShardsMax, config.shards);
  reader.read_as("limits.sessions_per_node", 1, kMuch, config.sessions_per_node_max);
  reader.read_as("limits.connections", 1, kMuch, shard.connections_max);
  reader.read_as("limits.handshakes", 1, kMuch, shard.handshakes_max);
  // P-FRAME: every receiver accepts at least these.
  reader.read_as("limits.frame_blocks", 4096, codec::kFrameBlocksMax, shard.frame_limits.blocks);
  reader.read_as("limits.inflated_bytes", 4 * kMiB, 1024 * kMiB, shard.frame_limits.inflated_bytes);
  reader.read_as("handshake.deadline_ms", 100, kHourMs, shard.handshake_deadline_ms);
  reader.read_as("handshake.per_turn", 1, 1024, shard.handshakes_per_turn);
  reader.read_as("send.stall_ms", 1000, kHourMs, shard.send_stall_ms);
  reader.read_as("keepalive.idle_s", 0, kKeepaliveMaxS, shard.keepalive_s);
  reader.read_as("drain.ms", 0, kHourMs, shard.drain_ms);
  reader.read_as("redial.first_ms", 10, kHourMs, shard.redial_first_ms);
  reader.read_as("redial.last_ms", 10, 24 * kHourMs, shard.redial_last_ms);
  reader.read_as("store.map_bytes", 16 * kMiB, std::int64_t{1} << 46, config.store.map_bytes);
  if (shard.redial_first_ms > shard.redial_last_ms) {
    const toml::node* last = reader.node("redial.last_ms");
    const toml::node* first = reader.node("redial.first_ms");
    reader.fail("redial.first_ms", (first != nullptr ? first : last)->source().begin.line,
                "must not be above redial.last_ms (" + std::to_string(shard.redial_first_ms) +
                    " > " + std::to_string(shard.redial_last_ms) + ")");
  }
}

}  // namespace

Outcome<Config> load_config(const std::filesystem::path& file) {
  auto text = read_file(file, kConfigBytesMax);
  if (!text) return std::unexpected(text.error());
  return parse_config(*text, file.string());
}

Outcome<Config> parse_config(std::string_view text, const std::string& source) {
  toml::table root;
  try {
    root = toml::parse(text, source);
  } catch (const toml::parse_error& error) {
    return std::unexpected(source + ":" + std::to_string(error.source().begin.line) + ": " +
                           std::string(error.description()));
  }
  Config config;
  config.listen = {*parse_address("[::]")};
  ConfigReader reader(root, source);
  if (const auto name = reader.text("name")) config.name = name->value;
  read_suite(reader, config);
  read_listen(reader, config);
  read_peers(reader, config);
  read_log_level(reader, config);
  read_compress(reader, config);
  read_aead(reader, config);
  read_numbers(reader, config);
  reader.refuse_unknown();
  if (reader.error()) return std::unexpected(*reader.error());
  config.shard.dial_group =
      config.suite == codec::Suite::kModern ? codec::Group::kX25519 : codec::Group::kFfdhe3072;
  return config;
}

}  // namespace sdmp::relay
