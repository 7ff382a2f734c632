// `sdmp-load`: load tests of SDMP nodes. Parsing only; see scenario.h.
#include <CLI/CLI.hpp>
#include <iostream>
#include <string>

#include <signal.h>

#include "codec/key.h"
#include "tools/sdmp-load/identities.h"
#include "tools/sdmp-load/scenario.h"

namespace {

using namespace sdmp;
using tools::Options;

struct Prepare {
  std::size_t nodes = 100;
  std::string suite = "modern";
  std::string out;
  std::string keys;
};

void add_server_options(CLI::App& command, Options& o) {
  command.add_flag("--self", o.self, "Against a throw-away relay on a core of its own");
  command.add_option("--peer", o.peer, "ADDR:PORT of the server, if not --self");
  command.add_option("--server", o.server, "The server's bundle: what `sdmp export` prints there");
  command.add_option("--keys", o.keys, "The folder that `sdmp-load prepare` made");
  command.add_option("--server-pid", o.server_pid, "Watch this process's CPU and memory")
      ->check(CLI::PositiveNumber);
  command.add_option("--shards", o.shards, "Shards of the relay of --self (1)")
      ->check(CLI::Range(1, 256));
  command.add_option("--suite", o.suite, "modern (Ed25519, X25519) or classic (RSA, ffdhe3072)")
      ->check(CLI::IsMember({"modern", "classic"}))
      ->capture_default_str();
  command.add_option("--group", o.group, "x25519, ffdhe2048, ffdhe3072 or ffdhe4096");
  command.add_option("--nodes", o.nodes, "Identities to make for --self")
      ->check(CLI::PositiveNumber);
}

void add_client_options(CLI::App& command, Options& o) {
  command.add_option("--threads", o.threads, "Client threads (1)")->check(CLI::Range(1, 64));
  command.add_option("--timeout", o.timeout, "For connecting and handshakes")
      ->capture_default_str();
  command
      .add_option("--sources", o.sources,
                  "Local addresses in 127/8 to connect from (as needed; for servers in 127/8)")
      ->check(CLI::Range(1, 60000));
  command.add_option("--seed", o.seed, "For sizes, texts and arrivals")->capture_default_str();
}

// How the load comes and how it ends: each scenario takes what has an effect there.
void add_load_options(CLI::App& command, Options& o) {
  const std::string name = command.get_name();
  if (name == "sync") return;
  command.add_option("--duration", o.duration, "Of the measurement (10s)");
  command.add_option("--ramp", o.ramp, "Time in which the rate, or idle sessions, are reached");
  if (name == "idle") return;
  command.add_option("--warmup", o.warmup, "Time before the measurement");
  command.add_option("--rate", o.rate, "Open loop: arrivals per second over all")
      ->check(CLI::PositiveNumber);
  command.add_flag("--poisson", o.poisson, "Open loop: arrivals of a Poisson process");
  // Its adversaries come when half of the time is over, beside a load that does not wait.
  if (name == "abuse") return;
  command.add_option("--count", o.count, "Messages or handshakes over all, instead of a time")
      ->check(CLI::PositiveNumber);
  command
      .add_option("--in-flight", o.in_flight,
                  "Closed loop: without an answer at once, per publisher (handshake: over all); 16")
      ->check(CLI::Range(1, 100000));
}

void add_content_options(CLI::App& command, Options& o) {
  command
      .add_option("--size", o.sizes, "Octets of a resource, OCTETS or OCTETS:WEIGHT; repeatable")
      ->capture_default_str();
  command.add_option("--files", o.files, "Publish the files of this folder by turns instead");
  command.add_option("--signatures", o.signatures, "Which of the server's to verify")
      ->check(CLI::IsMember({"all", "sample", "none"}))
      ->capture_default_str();
}

void add_output_options(CLI::App& command, Options& o) {
  command.add_option("--json", o.json, "Write the report as JSON");
  command.add_option("--html", o.html, "Write the report as a page");
  command.add_option("--hgrm", o.hgrm, "Write the latency histogram for HdrHistogram's plotters");
  command.add_option("--fail-if", o.fail_if,
                     "Exit with 3 if this holds, e.g. 'p99 > 5ms'; repeatable");
  command.add_flag("--quiet", o.quiet, "No progress");
}

void add_scenarios(CLI::App& app, Options& o) {
  const struct {
    const char* name;
    const char* what;
    bool publishers;
    bool subscribers;
    const char* sessions;  // what --sessions is of; nullptr: none
  } scenarios[] = {
      {"handshake", "Connect, handshake, close: rate and latency", false, false, nullptr},
      {"idle", "Open sessions and hold them", false, false, "Sessions to hold"},
      {"fan-in", "Many publish to the server: until it is durable there", true, true, nullptr},
      {"fan-out", "One publishes, many receive", true, true, nullptr},
      {"mixed", "Publishers, subscribers and sessions that come and go", true, true,
       "Idle sessions beside them"},
      {"sync", "An empty node fetches the server's whole journal", false, false,
       "Nodes that fetch at once"},
      {"abuse", "Adversaries, and whether others notice (one's own nodes only)", true, true,
       nullptr},
  };
  for (const auto& scenario : scenarios) {
    CLI::App& command = *app.add_subcommand(scenario.name, scenario.what);
    const std::string name = scenario.name;
    if (scenario.publishers) {
      command.add_option("--publishers", o.publishers, "Sessions that publish")
          ->check(CLI::PositiveNumber);
      add_content_options(command, o);
    }
    if (scenario.subscribers) {
      command.add_option("--subscribers", o.subscribers, "Sessions that receive everything")
          ->check(CLI::PositiveNumber);
    }
    if (scenario.sessions != nullptr) {
      command.add_option("--sessions", o.sessions, scenario.sessions)->check(CLI::PositiveNumber);
    }
    if (name == "idle") {
      command.add_flag("--storm", o.storm, "Close all at once when they are open, and reconnect");
    }
    if (name == "idle" || name == "mixed") {
      command.add_option("--churn", o.churn, "Idle sessions that are replaced per second")
          ->check(CLI::PositiveNumber);
    }
    if (name == "sync") {
      command.add_option("--entries", o.entries, "Publish so many resources first (--self: 10000)")
          ->check(CLI::PositiveNumber);
      add_content_options(command, o);
    }
    if (name == "abuse") {
      command.add_option("--kind", o.kinds,
                         "silent, dribble, garbage, replay, wrong-tag, never-read; repeatable "
                         "(all)");
      command.add_option("--adversaries", o.adversaries, "Of each kind")
          ->check(CLI::PositiveNumber)
          ->capture_default_str();
    }
    add_server_options(command, o);
    add_load_options(command, o);
    add_client_options(command, o);
    add_output_options(command, o);
    command.callback([&o, name] { o.scenario = name; });
  }
}

void add_prepare(CLI::App& app, Prepare& p) {
  CLI::App& command = *app.add_subcommand("prepare", "Make test identities for a server to trust");
  command.add_option("--nodes", p.nodes, "How many")
      ->check(CLI::Range(1, 99999))
      ->capture_default_str();
  command.add_option("--suite", p.suite, "modern (Ed25519) or classic (RSA-3072) keys")
      ->check(CLI::IsMember({"modern", "classic"}))
      ->capture_default_str();
  command.add_option("--out", p.out, "The bundle for `sdmp trust add`")->required();
  command.add_option("--keys", p.keys, "A folder for the keys")->required();
}

// Wrong usage in one line.
std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  const auto unknown = app.remaining(true);
  const auto scenarios = app.get_subcommands();
  if (scenarios.empty()) {
    const std::string what =
        unknown.empty() ? error.what() : "there is no scenario '" + unknown.front() + "'";
    return what + ": `sdmp-load --help` lists them";
  }
  const std::string scenario = scenarios.front()->get_name();
  const std::string what =
      unknown.empty() ? error.what() : scenario + " does not take " + unknown.front();
  return what + ": `sdmp-load " + scenario + " --help` lists its options";
}

}  // namespace

int main(int argc, char** argv) {
  codec::crypto_init();
  signal(SIGPIPE, SIG_IGN);
  CLI::App app("sdmp-load: load tests of SDMP 0.10 nodes");
  app.set_version_flag("--version", "sdmp-load 0.1.0 (SDMP 0.10)");
  app.require_subcommand(1);
  Options options;
  Prepare prepare;
  add_scenarios(app, options);
  add_prepare(app, prepare);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    std::cerr << "sdmp-load: " << explain(app, error) << "\n";
    return 2;
  }
  if (options.scenario.empty()) {
    return tools::run_prepare(prepare.nodes, prepare.suite, prepare.out, prepare.keys);
  }
  return tools::run_scenario(options);
}
