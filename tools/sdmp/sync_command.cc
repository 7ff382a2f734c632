#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <optional>
#include <string>

#include <signal.h>
#include <sys/signalfd.h>

#include "codec/json.h"
#include "engine/relay/config.h"
#include "engine/relay/control.h"
#include "engine/relay/file.h"
#include "engine/relay/node.h"
#include "engine/relay/stop_signals.h"
#include "engine/relay/sync_round.h"
#include "tools/sdmp/commands.h"

namespace sdmp::tools {
namespace {

// What a dial's callbacks leave for the waiting main thread.
struct Watched {
  std::mutex mutex;
  std::condition_variable changed;
  std::uint64_t changes = 0;
  relay::SyncRound round;

  template <class Change>
  void note(Change change) {
    {
      const std::lock_guard lock(mutex);
      change(round);
      ++changes;
    }
    changed.notify_all();
  }
  // The round when it is over, or when nothing has moved for too long.
  relay::SyncRound wait(std::int64_t timeout_ms) {
    std::unique_lock lock(mutex);
    bool moved = true;
    while (moved && !round.over()) {
      const std::chrono::milliseconds patience(round.patience_ms(timeout_ms));
      moved = changed.wait_for(lock, patience, [&, before = changes] { return changes != before; });
    }
    return round;
  }
};

// The figures of a round, from this process or from the running node's answers.
struct Report {
  std::uint64_t received = 0;
  std::uint64_t delivered = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t refused = 0;
  bool complete = false;
  bool forked = false;

  static Report of(const protocol::SyncProgress& progress) {
    return {progress.received, progress.delivered,  progress.acknowledged,
            progress.refused,  progress.complete(), progress.forked};
  }
  static Report of(codec::json::Value answer) {
    const auto number = [&answer](std::string_view member) {
      const auto value = answer.find(member);
      return static_cast<std::uint64_t>(value ? value->integer().value_or(0) : 0);
    };
    const auto flag = [&answer](std::string_view member) {
      const auto value = answer.find(member);
      return value && value->type() == codec::json::Type::kTrue;
    };
    return {number("received"), number("delivered"), number("acknowledged"),
            number("refused"),  flag("complete"),    flag("forked")};
  }
};

void print_report(const Report& report, bool json) {
  if (json) {
    std::cout << R"({"received":)" << report.received << R"(,"delivered":)" << report.delivered
              << R"(,"acknowledged":)" << report.acknowledged << R"(,"refused":)" << report.refused
              << R"(,"complete":)" << (report.complete ? "true" : "false") << R"(,"forked":)"
              << (report.forked ? "true" : "false") << "}\n";
    return;
  }
  std::cout << "received " << report.received << ", delivered " << report.delivered
            << ", acknowledged " << report.acknowledged;
  if (report.refused > 0) std::cout << ", not trusted here " << report.refused;
  std::cout << '\n';
}

// No report: there was no session.
int conclude(const std::optional<Report>& report, const std::optional<std::string>& error,
             bool json) {
  if (report) print_report(*report, json);
  return error ? fail(*error) : 0;
}

void say_kept(const SyncCommand& command) {
  std::cerr << "sdmp: keeping a session with " << command.peer << "; Ctrl-C ends it\n";
}

int sync_directly(relay::Home home, const SyncCommand& command) {
  auto config = relay::load_config(home.config_file());
  if (!config) return fail(config.error());
  const auto peer = relay::parse_peer_address(command.peer);
  if (!peer) return fail(peer.error());
  config->shards = 1;
  config->peers.clear();
  if (config->log_level == "info") config->log_level = "warn";

  // One round is simply ended by a signal: what was not stored is not lost, since it comes again.
  std::optional<sigset_t> stop_signals;
  if (command.watch) stop_signals = relay::block_stop_signals();

  Watched watched;
  auto node = relay::Node::start(std::move(home), std::move(*config),
                                 {.listen = false, .control_socket = command.watch});
  if (!node) {
    fail(node.error().message);
    return node.error().exit_code;
  }
  relay::DialEvents events;
  events.established = [&watched](const codec::Fingerprint& fingerprint) {
    watched.note([&](relay::SyncRound& round) { round.peer = fingerprint; });
  };
  events.progress = [&watched](const protocol::SyncProgress& progress) {
    watched.note([&](relay::SyncRound& round) { round.progress = progress; });
  };
  events.ended = [&watched](const std::string& words) {
    watched.note([&](relay::SyncRound& round) { round.ended = words; });
  };
  const auto dialled = (*node)->dial(*peer, command.watch, !command.watch, std::move(events));
  if (!dialled) return fail(dialled.error());

  if (command.watch) {
    say_kept(command);
    int signal_number = 0;
    sigwait(&*stop_signals, &signal_number);
    (*node)->stop();
    return 0;
  }
  // Before the node stops: that ends the session too, for which the peer is not to blame.
  const relay::SyncRound round = watched.wait(command.timeout_s * 1000);
  (*node)->stop();
  std::optional<Report> report;
  if (round.peer) report = Report::of(round.progress);
  const auto conclusion = round.conclusion(peer->address.text(), command.timeout_s * 1000);
  return conclude(report, conclusion ? std::nullopt : std::optional(conclusion.error()),
                  command.json);
}

int sync_through_daemon(relay::ControlClient& client, const SyncCommand& command) {
  std::string request = R"({"command":"dial","peer":)";
  codec::json::append_string(command.peer, request);
  request += command.watch ? R"(,"watch":true)" : R"(,"watch":false)";
  request += R"(,"timeout_ms":)" + std::to_string(command.timeout_s * 1000) + "}";
  relay::UniqueFd stop_signal;
  if (command.watch) {
    const sigset_t signals = relay::block_stop_signals();
    stop_signal = relay::UniqueFd(signalfd(-1, &signals, SFD_CLOEXEC));
    if (!stop_signal) return fail("cannot wait for a signal: " + relay::system_error_text(errno));
    say_kept(command);
  }
  std::optional<Report> report;
  std::optional<std::string> error = "the running node gave no answer";
  bool ended = false;
  codec::json::Document document;
  const auto done = client.request(
      request,
      [&](std::string_view line) {
        const auto answer = document.parse_copy(line);
        if (!answer) return true;
        const auto event = answer->find("event");
        if (answer->find("received") || (event && event->raw() == R"("established")")) {
          report = Report::of(*answer);
        }
        const auto ok = answer->find("ok");
        if (ok) ended = true;
        if (ok && ok->type() == codec::json::Type::kTrue) error.reset();
        const auto words = answer->find("error");
        if (words && words->is_string()) error = std::string(words->string());
        return true;
      },
      stop_signal.get());
  if (!done) error = done.error();
  // By a signal: the node notices that its client has gone away.
  if (done && !ended) return 0;
  return conclude(report, error, command.json);
}

}  // namespace

int run_sync(const SyncCommand& command) {
  auto home = relay::Home::open(command.home);
  if (!home) return fail(home.error());
  auto client = relay::ControlClient::connect(home->control_socket());
  if (!client) return fail(client.error());
  if (*client) return sync_through_daemon(**client, command);
  return sync_directly(std::move(*home), command);
}

}  // namespace sdmp::tools
