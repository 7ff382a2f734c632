// The command line of sdmp-load, as text, and what it means.
#pragma once

#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "engine/load/plan.h"
#include "engine/load/threshold.h"

namespace sdmp::tools {

// As given; empty strings and zeros: not given.
struct Options {
  std::string scenario;
  // The server.
  bool self = false;
  std::string peer;
  std::string server;  // its bundle
  std::string keys;
  int server_pid = 0;
  int shards = 0;  // 0: as many as the sessions need
  std::string suite = "modern";
  std::string group;
  std::uint32_t nodes = 0;
  // Sessions.
  std::uint32_t publishers = 0;
  std::uint32_t subscribers = 0;
  std::uint32_t sessions = 0;
  std::uint32_t adversaries = 8;
  std::vector<std::string> kinds;
  double churn = 0;
  bool storm = false;
  std::uint64_t entries = 0;
  std::uint32_t sources = 0;
  int threads = 1;
  // The load.
  double rate = 0;
  bool poisson = false;
  std::uint32_t in_flight = 0;
  std::string ramp = "0s";
  std::string warmup = "0s";
  std::string duration;
  std::uint64_t count = 0;
  std::string timeout = "10s";
  std::vector<std::string> sizes = {"1024"};
  std::string files;
  std::string signatures = "sample";
  std::uint64_t seed = 1;
  // What comes of it.
  std::string json;
  std::string html;
  std::string hgrm;
  std::vector<std::string> fail_if;
  bool quiet = false;
};

// An error names the option, what is wrong with it and what it may be.
std::expected<load::Plan, std::string> make_plan(const Options& options);
std::expected<std::vector<load::Threshold>, std::string> make_thresholds(const Options& options);
// "10s", "500ms", "2m", "1h" in nanoseconds.
std::expected<std::int64_t, std::string> parse_duration(const std::string& option,
                                                        const std::string& text);
// Sets plan.server, and the local addresses to connect from where its sessions need more ports than
// connect() finds soon at one (engine/load/local_ports.h): 127.1.0.2 and on, which only a server in
// 127/8 can be reached from.
std::expected<void, std::string> aim_at(const Options& options, const ring::SocketAddress& server,
                                        load::Plan& plan);
// For the report: every option with its value, which is that of the run where none was given.
std::vector<std::pair<std::string, std::string>> describe(const Options& options,
                                                          const load::Plan& plan);

}  // namespace sdmp::tools
