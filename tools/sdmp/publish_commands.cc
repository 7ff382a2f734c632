#include <iostream>
#include <sstream>

#include "codec/deflate.h"
#include "codec/frame.h"
#include "codec/resource.h"
#include "codec/sync_message.h"
#include "engine/relay/clock.h"
#include "engine/relay/config.h"
#include "engine/relay/lost_store.h"
#include "tools/sdmp/commands.h"

namespace sdmp::tools {
namespace {

// A resource travels inside a signed response, base64url'd a second time, in a frame that every
// receiver accepts (P-FRAME). Other nodes' signatures and compressors differ a little: the slack.
constexpr std::size_t kResponseSlackBytes = 4096;

std::optional<std::string> why_it_does_not_fit(const std::string& container,
                                               const relay::Home& home, int level) {
  const codec::FrameLimits limits;
  static constexpr std::string_view kSchemas[] = {"resource_response"};
  const std::string longest_identifier(codec::kRequestIdentifierMax, 'x');
  const std::string response = codec::build_container(
      home.node_key(), relay::unix_now(), kSchemas,
      codec::resource_response_body(codec::ResponseStatus::kOk, longest_identifier, container));
  const auto too_large = [&](const std::string& measure, std::size_t is, std::size_t limit) {
    return "the post is too large to travel: " + measure + " takes " + std::to_string(is) +
           " bytes, and every node accepts only " + std::to_string(limit) + "; publish it in parts";
  };
  if (response.size() + kResponseSlackBytes > limits.inflated_bytes) {
    return too_large("its message", response.size() + kResponseSlackBytes, limits.inflated_bytes);
  }
  codec::Deflater deflater(level);
  codec::ByteVector packed(deflater.packed_bound(response.size()));
  const auto size = deflater.pack(response, packed);
  const std::size_t packed_max = limits.blocks * codec::kBlockBytes;
  if (!size || *size + kResponseSlackBytes > packed_max) {
    return too_large("its compressed message", size ? *size + kResponseSlackBytes : packed.size(),
                     packed_max);
  }
  return std::nullopt;
}

relay::Outcome<codec::Identifier> parse_target(const std::string& text,
                                               const codec::Fingerprint& publisher) {
  if (const auto identifier = codec::Identifier::parse(text)) return *identifier;
  const auto uri = codec::parse_uri(text);
  if (!uri || !uri->resource) {
    return std::unexpected("'" + text +
                           "' names no resource: give sdmp://PUBLISHER/IDENTIFIER "
                           "as `sdmp publish` printed it");
  }
  if (uri->publisher != publisher) {
    return std::unexpected("'" + text +
                           "' was published by another node: only its publisher may "
                           "replace or delete it");
  }
  return *uri->resource;
}

relay::Outcome<std::vector<codec::Identifier>> parse_targets(const std::vector<std::string>& texts,
                                                             const codec::Fingerprint& publisher) {
  std::vector<codec::Identifier> targets;
  for (const auto& text : texts) {
    auto target = parse_target(text, publisher);
    if (!target) return std::unexpected(target.error());
    targets.push_back(*target);
  }
  return targets;
}

relay::Outcome<std::vector<std::string>> read_posts(const PublishCommand& command) {
  if (!command.post.empty()) return std::vector<std::string>{command.post};
  if (!command.stdin_lines) {
    auto text = read_file(command.file);
    if (!text) return std::unexpected(text.error());
    if (text->empty())
      return std::unexpected(command.file + " is empty: there is nothing to publish");
    return std::vector<std::string>{std::move(*text)};
  }
  std::vector<std::string> posts;
  for (std::string line; std::getline(std::cin, line);) {
    if (!line.empty()) posts.push_back(std::move(line));
  }
  if (posts.empty()) return std::unexpected("standard input held no lines to publish");
  return posts;
}

int print_uris(const relay::Outcome<std::vector<Appended>>& appended) {
  if (!appended) return fail(appended.error());
  for (const auto& [publisher, identifier] : *appended) {
    std::cout << codec::format_uri(publisher, identifier) << '\n';
  }
  return 0;
}

}  // namespace

int run_publish(const PublishCommand& command) {
  auto opened = open_home(command.home);
  if (!opened) return fail(opened.error());
  if (const auto lost = relay::lost_identities(opened->home, *opened->reader)) return fail(*lost);
  const auto config = relay::load_config(opened->home.config_file());
  if (!config) return fail(config.error());
  const auto targets = parse_targets(command.updates, opened->home.node());
  if (!targets) return fail(targets.error());
  const auto posts = read_posts(command);
  if (!posts) return fail(posts.error());

  relay::ClockSequence created;
  std::string bundle;
  for (std::size_t i = 0; i < posts->size(); ++i) {
    const std::string place = command.stdin_lines ? "line " + std::to_string(i + 1) + ": " : "";
    if (!codec::json::is_utf8((*posts)[i])) {
      return fail(place + "the text is not UTF-8: convert it first, for example with iconv");
    }
    const std::string container = codec::build_post(opened->home.node_key(), created.next(),
                                                    command.title, (*posts)[i], *targets);
    if (const auto why =
            why_it_does_not_fit(container, opened->home, config->shard.compress_level)) {
      return fail(place + *why);
    }
    bundle += container;
    bundle += '\n';
  }
  return print_uris(append_containers(*opened, bundle, "post"));
}

int run_delete(const std::filesystem::path& directory, const std::vector<std::string>& uris) {
  auto opened = open_home(directory);
  if (!opened) return fail(opened.error());
  if (const auto lost = relay::lost_identities(opened->home, *opened->reader)) return fail(*lost);
  const auto targets = parse_targets(uris, opened->home.node());
  if (!targets) return fail(targets.error());
  for (std::size_t i = 0; i < targets->size(); ++i) {
    if (!opened->reader->find((*targets)[i])) {
      return fail(uris[i] + " is not in this home's store: nothing to delete");
    }
  }
  relay::ClockSequence created;
  return print_uris(append_containers(
      *opened, codec::build_deletion(opened->home.node_key(), created.next(), *targets),
      "deletion"));
}

int run_import(const std::filesystem::path& directory, const std::vector<std::string>& files) {
  // A home's own bundle brings back what it needs of a store that it lost.
  auto opened = open_home(directory, NoStore::kIsBegun);
  if (!opened) return fail(opened.error());
  std::vector<std::string> texts;
  for (const auto& file : files) {
    auto text = read_file(file);
    if (!text) return fail(text.error());
    texts.push_back(std::move(*text));
  }
  std::vector<relay::Bundle> bundles;
  for (std::size_t i = 0; i < files.size(); ++i) {
    bundles.push_back({files[i], relay::split_lines(texts[i])});
  }
  return print_uris(append_bundles(*opened, bundles));
}

}  // namespace sdmp::tools
