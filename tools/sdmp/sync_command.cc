#include <chrono>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <optional>

#include <signal.h>

#include "codec/json.h"
#include "engine/relay/config.h"
#include "engine/relay/control.h"
#include "engine/relay/node.h"
#include "tools/sdmp/commands.h"

namespace sdmp::tools {
namespace {

// What a dial's callbacks leave for the waiting main thread.
struct Round {
  std::mutex mutex;
  std::condition_variable changed;
  std::uint64_t changes = 0;
  std::optional<codec::Fingerprint> peer;
  protocol::SyncProgress progress;
  std::optional<std::string> ended;

  template <class Change>
  void note(Change change) {
    {
      const std::lock_guard lock(mutex);
      change();
      ++changes;
    }
    changed.notify_all();
  }
};

void print_report(const protocol::SyncProgress& progress, bool json) {
  if (json) {
    std::cout << R"({"received":)" << progress.received << R"(,"delivered":)" << progress.delivered
              << R"(,"acknowledged":)" << progress.acknowledged << R"(,"refused":)"
              << progress.refused << R"(,"complete":)" << (progress.complete() ? "true" : "false")
              << R"(,"forked":)" << (progress.forked ? "true" : "false") << "}\n";
    return;
  }
  std::cout << "received " << progress.received << ", delivered " << progress.delivered
            << ", acknowledged " << progress.acknowledged;
  if (progress.refused > 0) std::cout << ", not trusted here " << progress.refused;
  std::cout << '\n';
}

int conclude(const Round& round, const SyncCommand& command) {
  const auto& progress = round.progress;
  print_report(progress, command.json);
  if (progress.forked) {
    return fail(
        "the peer's journal contradicts what it told us before; its new lines are not "
        "taken until `sdmp reset-peer " +
        round.peer->text() + "` says so");
  }
  if (progress.complete()) return 0;
  if (round.ended)
    return fail("the session with " + command.peer + " ended early: " + *round.ended);
  if (progress.delivered > progress.acknowledged) {
    return fail("the peer has not confirmed " +
                std::to_string(progress.delivered - progress.acknowledged) +
                " delivered resources: does it trust their publishers?");
  }
  return fail("the round did not finish: the peer stopped answering for " +
              std::to_string(command.timeout_s) + " s");
}

// Waits until the round is complete, the session has ended, or nothing has moved for the timeout.
void wait_for_round(Round& round, std::int64_t timeout_s) {
  std::unique_lock lock(round.mutex);
  while (!round.ended && !round.progress.complete()) {
    const std::uint64_t before = round.changes;
    const bool moved = round.changed.wait_for(lock, std::chrono::seconds(timeout_s),
                                              [&] { return round.changes != before; });
    if (!moved) return;
  }
}

int sync_directly(relay::Home home, const SyncCommand& command) {
  auto config = relay::load_config(home.config_file());
  if (!config) return fail(config.error());
  const auto peer = relay::parse_peer_address(command.peer);
  if (!peer) return fail(peer.error());
  config->shards = 1;
  config->peers.clear();
  if (config->log_level == "info") config->log_level = "warn";

  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGINT);
  sigaddset(&stop_signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);

  Round round;
  auto node = relay::Node::start(std::move(home), std::move(*config),
                                 {.listen = false, .control_socket = command.watch});
  if (!node) {
    fail(node.error().message);
    return node.error().exit_code;
  }
  relay::DialEvents events;
  events.established = [&round](const codec::Fingerprint& fingerprint) {
    round.note([&] { round.peer = fingerprint; });
  };
  events.progress = [&round](const protocol::SyncProgress& progress) {
    round.note([&] { round.progress = progress; });
  };
  events.ended = [&round](const std::string& words) { round.note([&] { round.ended = words; }); };
  const auto dialled = (*node)->dial(*peer, command.watch, !command.watch, std::move(events));
  if (!dialled) return fail(dialled.error());

  if (command.watch) {
    std::cerr << "sdmp: keeping a session with " << command.peer << "; Ctrl-C ends it\n";
    int signal_number = 0;
    sigwait(&stop_signals, &signal_number);
    (*node)->stop();
    return 0;
  }
  wait_for_round(round, command.timeout_s);
  (*node)->stop();
  if (!round.peer) {
    return fail(
        "no session with " + command.peer + ": " +
        round.ended.value_or("no answer within " + std::to_string(command.timeout_s) + " s"));
  }
  return conclude(round, command);
}

int sync_through_daemon(relay::ControlClient& client, const SyncCommand& command) {
  std::string request = R"({"command":"dial","peer":)";
  codec::json::append_string(command.peer, request);
  request += command.watch ? R"(,"watch":true})" : R"(,"watch":false})";
  std::string last;
  const auto done = client.request(request, [&last](std::string_view line) {
    last = line;
    return true;
  });
  if (!done) return fail(done.error());
  codec::json::Document document;
  const auto answer = document.parse_copy(last);
  const auto ok = answer ? answer->find("ok") : std::nullopt;
  if (ok && ok->type() == codec::json::Type::kTrue) {
    std::cout << last << '\n';
    return 0;
  }
  const auto error = answer ? answer->find("error") : std::nullopt;
  return fail(error && error->is_string() ? std::string(error->string())
                                          : "the running node gave no answer");
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
