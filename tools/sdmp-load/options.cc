#include "tools/sdmp-load/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "codec/json.h"
#include "engine/load/local_ports.h"
#include "engine/load/post_maker.h"

namespace sdmp::tools {
namespace {

using load::Plan;

constexpr std::size_t kTextBytesMax = 512 * 1024;
constexpr std::uint32_t kInFlight = 16;

std::unexpected<std::string> wrong(const std::string& option, const std::string& text,
                                   const std::string& instead) {
  return std::unexpected(option + ": \"" + text + "\" is not " + instead);
}

std::expected<load::SizeShare, std::string> parse_size(const std::string& text) {
  load::SizeShare share;
  const char* end = text.data() + text.size();
  const auto size = std::from_chars(text.data(), end, share.octets);
  if (size.ec == std::errc() && size.ptr != end && *size.ptr == ':') {
    const auto weight = std::from_chars(size.ptr + 1, end, share.weight);
    if (weight.ec == std::errc() && weight.ptr == end && share.weight > 0 &&
        std::isfinite(share.weight)) {
      return share;
    }
  } else if (size.ec == std::errc() && size.ptr == end) {
    return share;
  }
  return wrong("--size", text, "OCTETS or OCTETS:WEIGHT, for example 1024 or 4096:0.2");
}

std::expected<void, std::string> read_sizes(const Options& options, Plan& plan) {
  plan.sizes.clear();
  for (const auto& text : options.sizes) {
    const auto share = parse_size(text);
    if (!share) return std::unexpected(share.error());
    if (share->octets < load::kPostBytesMin || share->octets > kTextBytesMax) {
      return wrong("--size", text,
                   "between " + std::to_string(load::kPostBytesMin) +
                       " (a signed post without "
                       "content) and " +
                       std::to_string(kTextBytesMax) + " octets");
    }
    plan.sizes.push_back(*share);
  }
  return {};
}

std::expected<void, std::string> read_files(const Options& options, Plan& plan) {
  if (options.files.empty()) return {};
  std::error_code error;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(options.files, error)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  if (error) return std::unexpected("--files: " + options.files + ": " + error.message());
  std::ranges::sort(paths);
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(in), {});
    if (text.empty() || text.size() > kTextBytesMax || !codec::json::is_utf8(text)) continue;
    // In a post, where a control character takes six octets: a frame must have room for it.
    std::string quoted;
    codec::json::append_string(text, quoted);
    if (quoted.size() > kTextBytesMax) continue;
    plan.texts.push_back(std::move(text));
  }
  if (plan.texts.empty()) {
    return wrong("--files", options.files,
                 "a folder with files of UTF-8 text of up to 512 KiB (as JSON has it)");
  }
  return {};
}

std::expected<void, std::string> read_times(const Options& options, Plan& plan) {
  const struct {
    const char* option;
    const std::string& text;
    std::int64_t& value;
  } times[] = {{"--ramp", options.ramp, plan.ramp_ns},
               {"--warmup", options.warmup, plan.warmup_ns},
               {"--timeout", options.timeout, plan.timeout_ns}};
  for (const auto& time : times) {
    const auto value = parse_duration(time.option, time.text);
    if (!value) return std::unexpected(value.error());
    time.value = *value;
  }
  if (!options.duration.empty()) {
    const auto value = parse_duration("--duration", options.duration);
    if (!value) return std::unexpected(value.error());
    if (*value == 0) return wrong("--duration", options.duration, "longer than nothing");
    plan.duration_ns = *value;
  }
  return {};
}

// Who takes part, by scenario.
void assign_sessions(const Options& options, Plan& plan) {
  const auto or_default = [](std::uint32_t given, std::uint32_t otherwise) {
    return given > 0 ? given : otherwise;
  };
  const std::string& scenario = options.scenario;
  if (scenario == "handshake") {
    plan.handshakers = plan.in_flight;
    plan.connecting_max = std::max(plan.in_flight, plan.connecting_max);
    // An open loop is not to wait for itself.
    if (options.rate > 0) plan.connecting_max = 4096;
  } else if (scenario == "idle") {
    plan.idle = or_default(options.sessions, 1000);
  } else if (scenario == "fan-in") {
    plan.publishers = or_default(options.publishers, 8);
    plan.subscribers = options.subscribers;
  } else if (scenario == "fan-out") {
    plan.publishers = or_default(options.publishers, 1);
    plan.subscribers = or_default(options.subscribers, 64);
    plan.latency_is_of_delivery = true;
  } else if (scenario == "mixed") {
    plan.publishers = or_default(options.publishers, 8);
    plan.subscribers = or_default(options.subscribers, 8);
    plan.idle = or_default(options.sessions, 200);
    plan.latency_is_of_delivery = true;
  } else if (scenario == "abuse") {
    plan.publishers = or_default(options.publishers, 1);
    plan.subscribers = or_default(options.subscribers, 8);
    plan.adversaries = options.adversaries;
    plan.latency_is_of_delivery = true;
  } else if (scenario == "sync") {
    plan.fetchers = or_default(options.sessions, 1);
  }
}

std::expected<void, std::string> read_kinds(const Options& options, Plan& plan) {
  if (options.scenario != "abuse") return {};
  for (const auto& text : options.kinds) {
    const auto kind = load::adversary_by_name(text);
    if (!kind) {
      return wrong("--kind", text, "silent, dribble, garbage, replay, wrong-tag or never-read");
    }
    plan.abuse.push_back(*kind);
  }
  for (std::size_t i = 0; options.kinds.empty() && i < load::kAdversaries; ++i) {
    plan.abuse.push_back(static_cast<load::Adversary>(i));
  }
  return {};
}

std::expected<void, std::string> read_group(const Options& options, Plan& plan) {
  if (options.group.empty()) {
    plan.group = options.suite == "classic" ? codec::Group::kFfdhe3072 : codec::Group::kX25519;
    return {};
  }
  const auto group = codec::group_by_name(options.group);
  if (!group) return wrong("--group", options.group, "x25519, ffdhe2048, ffdhe3072 or ffdhe4096");
  plan.group = *group;
  return {};
}

}  // namespace

std::expected<std::int64_t, std::string> parse_duration(const std::string& option,
                                                        const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string unit(end, text.data() + text.size());
  const double scale = unit == "ms"  ? 1e6
                       : unit == "s" ? 1e9
                       : unit == "m" ? 6e10
                       : unit == "h" ? 3.6e12
                                     : 0;
  // "nan" is a number to from_chars, and to no comparison.
  const bool in_range = value >= 0 && value * scale <= 4e18;
  if (error != std::errc() || scale == 0 || !in_range) {
    return wrong(option, text, "a time like 500ms, 10s, 2m or 1h");
  }
  return static_cast<std::int64_t>(value * scale);
}

std::expected<void, std::string> aim_at(const Options& options, const ring::SocketAddress& server,
                                        Plan& plan) {
  plan.server = server;
  const load::LocalPorts ports = load::read_local_ports();
  std::uint64_t sources = options.sources;
  if (!server.text().starts_with("127.")) {
    if (sources > 0) {
      return std::unexpected("--sources: addresses in 127/8 reach a server in 127/8, and not " +
                             server.text());
    }
    if (plan.sessions() <= ports.all) return {};
    return std::unexpected(std::to_string(plan.sessions()) + " sessions to " + server.text() +
                           " need more local ports than one address has (" +
                           std::to_string(ports.all) +
                           ", net.ipv4.ip_local_port_range): run "
                           "sdmp-load from several machines, or against a server in 127/8");
  }
  const std::uint64_t needed = ports.addresses_for(plan.sessions());
  if (sources == 0 && needed > 1) sources = needed;
  for (std::uint64_t host = 1; host <= sources; ++host) {
    plan.sources.push_back(*ring::SocketAddress::parse("127.1." + std::to_string(host / 250) + "." +
                                                       std::to_string(host % 250 + 1) + ":0"));
  }
  return {};
}

namespace {

// What would have no effect is told, not swallowed.
std::expected<void, std::string> check_load(const Options& options, const Plan& plan) {
  if (plan.count > 0 && plan.duration_ns > 0) {
    return std::unexpected("--count and --duration: give one of them, a run ends in one way");
  }
  if (plan.count > 0 && plan.unmeasured_ns() > 0) {
    return std::unexpected(std::string(plan.warmup_ns > 0 ? "--warmup" : "--ramp") +
                           " with --count: what does not count would use it up; give --duration");
  }
  if (plan.ramp_ns > 0 && plan.rate <= 0 && plan.idle == 0) {
    return std::unexpected("--ramp: a closed loop has no rate to reach; give --rate");
  }
  if (options.poisson && plan.rate <= 0) {
    return std::unexpected("--poisson: a closed loop has no arrivals; give --rate");
  }
  if (options.in_flight > 0 && plan.rate > 0) {
    return std::unexpected(
        "--in-flight and --rate: give one of them, an open loop waits for nothing");
  }
  if (plan.storm && plan.churn_per_s > 0) {
    return std::unexpected("--storm and --churn: give one of them, both close sessions");
  }
  return {};
}

}  // namespace

std::expected<Plan, std::string> make_plan(const Options& options) {
  Plan plan;
  for (const auto read : {read_times, read_sizes, read_files, read_kinds, read_group}) {
    const auto done = read(options, plan);
    if (!done) return std::unexpected(done.error());
  }
  plan.in_flight = options.in_flight > 0 ? options.in_flight : kInFlight;
  assign_sessions(options, plan);
  plan.threads = options.threads;
  plan.rate = options.rate;
  plan.poisson = options.poisson;
  plan.churn_per_s = options.churn;
  plan.storm = options.storm;
  plan.count = options.count;
  plan.seed = options.seed;
  plan.signatures = options.signatures == "all"    ? load::SignatureCheck::kAll
                    : options.signatures == "none" ? load::SignatureCheck::kNone
                                                   : load::SignatureCheck::kSample;
  if (options.scenario == "abuse" && plan.rate <= 0) plan.rate = 200;
  if (plan.duration_ns == 0 && plan.count == 0 && options.scenario != "sync") {
    plan.duration_ns = 10'000'000'000;
  }
  if (const auto fits = check_load(options, plan); !fits) return std::unexpected(fits.error());
  return plan;
}

std::expected<std::vector<load::Threshold>, std::string> make_thresholds(const Options& options) {
  std::vector<load::Threshold> thresholds;
  for (const auto& text : options.fail_if) {
    auto threshold = load::parse_threshold(text);
    if (!threshold) return std::unexpected(threshold.error());
    thresholds.push_back(*std::move(threshold));
  }
  return thresholds;
}

std::vector<std::pair<std::string, std::string>> describe(const Options& options,
                                                          const Plan& plan) {
  std::vector<std::pair<std::string, std::string>> lines;
  const auto add = [&lines](const char* name, const auto& value) {
    if constexpr (std::is_arithmetic_v<std::decay_t<decltype(value)>>) {
      std::string text = std::to_string(value);
      if (text.find('.') != std::string::npos) {
        text.erase(text.find_last_not_of('0') + 1);
        if (text.back() == '.') text.pop_back();
      }
      lines.emplace_back(name, text);
    } else {
      lines.emplace_back(name, value);
    }
  };
  add("suite", options.suite);
  add("group", std::string(codec::name(plan.group)));
  add("threads", plan.threads);
  if (plan.publishers + plan.handshakers > 0) {
    add("loop", std::string(plan.rate <= 0 ? "closed" : plan.poisson ? "open, Poisson" : "open"));
  }
  const std::pair<const char*, double> numbers[] = {
      {"publishers", plan.publishers},
      {"subscribers", plan.subscribers},
      {"idle", plan.idle},
      {"fetchers", plan.fetchers},
      {"at once", plan.handshakers},
      {"adversaries of a kind", plan.adversaries},
      {"churn per second", plan.churn_per_s},
      {"rate", plan.rate},
      {"in flight", plan.publishers > 0 && plan.rate <= 0 ? plan.in_flight : 0},
      {"count", static_cast<double>(plan.count)},
      {"source addresses", static_cast<double>(plan.sources.size())},
      {"entries", static_cast<double>(options.entries)},
      {"nodes", options.nodes},
      {"server-pid", options.server_pid},
      {"shards", options.self ? std::max(options.shards, 1) : 0}};
  for (const auto& [name, value] : numbers) {
    if (value != 0) add(name, value);
  }
  if (plan.ramp_ns > 0) add("ramp", options.ramp);
  if (plan.warmup_ns > 0) add("warmup", options.warmup);
  if (plan.duration_ns > 0) add("duration", options.duration.empty() ? "10s" : options.duration);
  std::string sizes;
  for (const auto& size : options.sizes) sizes += (sizes.empty() ? "" : " ") + size;
  // Of sync: what is published first.
  if (plan.publishers + options.entries > 0) {
    add("size", plan.texts.empty() ? sizes : options.files);
  }
  add("signatures", options.signatures);
  add("seed", plan.seed);
  add("timeout", options.timeout);
  if (plan.storm) add("storm", std::string("yes"));
  for (const load::Adversary kind : plan.abuse) add("kind", std::string(load::name(kind)));
  const std::pair<const char*, const std::string&> texts[] = {
      {"peer", options.peer}, {"server", options.server}, {"keys", options.keys}};
  for (const auto& [name, value] : texts) {
    if (!value.empty()) add(name, value);
  }
  for (const auto& threshold : options.fail_if) add("fail-if", threshold);
  return lines;
}

}  // namespace sdmp::tools
