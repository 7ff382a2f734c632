// peer_client: drives a publish/subscribe server over TLS, or a TLS server, and prints one JSON
// object with what the server used for it. bench/peers/run calls it.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <map>

#include <fmt/format.h>
#include <signal.h>

#include "bench/peers/runs.h"
#include "engine/relay/descriptor_limit.h"

namespace {

using namespace sdmp::bench::peers;

struct Options {
  std::string address;
  std::string certificate_file;
  std::vector<pid_t> server_pids;
  MessageOptions messages;
  std::size_t sessions = 5000;
  std::uint64_t handshakes = 1000;
  std::size_t threads = 8;

  Target target() const { return {address, certificate_file, ServerProcess(server_pids)}; }
};

void print(const MessageResult& result) {
  fmt::print(
      "{{\"messages\":{},\"deliveries\":{},\"seconds\":{:.6f},\"server_cpu_s\":{:.2f},"
      "\"client_cpu_s\":{:.6f},\"verified\":{{\"expected\":{},\"received\":{},\"missing\":{},"
      "\"duplicated\":{},\"corrupt\":{}}}}}\n",
      result.messages, result.deliveries, result.use.seconds, result.use.server_cpu_seconds,
      result.use.client_cpu_seconds, result.verified.expected, result.verified.received,
      result.verified.missing(), result.verified.duplicated, result.verified.corrupt);
}

void print(const IdleResult& result) {
  fmt::print(
      "{{\"sessions\":{},\"rss_before\":{},\"rss_after\":{},\"seconds_to_connect\":{:.3f}}}\n",
      result.sessions, result.resident_before, result.resident_after, result.seconds_to_connect);
}

void print(const HandshakeResult& result) {
  fmt::print(
      "{{\"handshakes\":{},\"seconds\":{:.6f},\"server_cpu_s\":{:.2f},\"client_cpu_s\":{:.6f}}}\n",
      result.handshakes, result.use.seconds, result.use.server_cpu_seconds,
      result.use.client_cpu_seconds);
}

void add_target(CLI::App& command, Options& options) {
  command.add_option("--address", options.address, "127.0.0.1:PORT")->required();
  command.add_option("--trust", options.certificate_file, "the server's certificate, PEM")
      ->required();
  command.add_option("--server-pid", options.server_pids, "the server's processes")
      ->delimiter(',')
      ->required();
}

void add_wire(CLI::App& command, Options& options) {
  static const std::map<std::string, WireKind> kinds = {{"nats", WireKind::kNats},
                                                        {"mqtt", WireKind::kMqtt}};
  command.add_option("wire", options.messages.kind, "nats or mqtt")
      ->required()
      ->transform(CLI::CheckedTransformer(kinds));
}

void add_messages(CLI::App& app, Options& options) {
  CLI::App& command = *app.add_subcommand("messages", "publish, and check what is delivered");
  add_wire(command, options);
  add_target(command, options);
  MessageOptions& messages = options.messages;
  command.add_option("--qos", messages.quality, "MQTT: 0 or 1")->check(CLI::Range(0, 1));
  command.add_option("--publishers", messages.publishers, "connections that publish");
  command.add_option("--subscribers", messages.subscribers, "connections that get everything");
  command.add_option("--size", messages.octets, "octets per message");
  command.add_option("--in-flight", messages.in_flight, "messages under way per publisher");
  command.add_option("--rate", messages.per_second, "messages per second over all publishers")
      ->check(CLI::PositiveNumber);
  command.add_option("--warm-up", messages.warm_up, "messages before the measured ones");
  command.add_option("--count", messages.count, "measured messages");
  command.callback([&options] { print(run_messages(options.target(), options.messages)); });
}

void add_idle(CLI::App& app, Options& options) {
  CLI::App& command = *app.add_subcommand("idle", "open sessions that say nothing");
  add_wire(command, options);
  add_target(command, options);
  command.add_option("--sessions", options.sessions, "how many");
  command.callback(
      [&options] { print(run_idle(options.target(), options.messages.kind, options.sessions)); });
}

void add_handshake(CLI::App& app, Options& options) {
  CLI::App& command = *app.add_subcommand("handshake", "full TLS 1.3 handshakes");
  add_target(command, options);
  command.add_option("--count", options.handshakes, "how many are measured");
  command.add_option("--threads", options.threads, "how many at once")->check(CLI::PositiveNumber);
  command.callback(
      [&options] { print(run_handshakes(options.target(), options.handshakes, options.threads)); });
}

}  // namespace

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  sdmp::relay::raise_descriptor_limit();
  CLI::App app("Drives a NATS, MQTT or TLS server and tells what the server used.");
  app.require_subcommand(1);
  Options options;
  add_messages(app, options);
  add_idle(app, options);
  add_handshake(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const std::exception& error) {
    std::cerr << "peer_client: " << error.what() << '\n';
    return 1;
  }
}
