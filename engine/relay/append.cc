#include <chrono>

#include <poll.h>

#include "codec/json.h"
#include "engine/relay/config.h"
#include "engine/relay/control.h"
#include "engine/relay/ledger_batch.h"

namespace sdmp::relay {
namespace {

// Another command holds the store's lock for as long as its commit takes; a starting node for as
// long as it needs to open its control socket.
constexpr std::chrono::seconds kLockPatience{5};
constexpr int kLockPauseMs = 20;

Outcome<LocalOutcomes> append_through(ControlClient& client,
                                      const std::vector<VerifiedResource>& resources) {
  std::string request = R"({"command":"append","containers":[)";
  for (const VerifiedResource& resource : resources) {
    if (request.back() != '[') request += ',';
    codec::json::append_string(resource.container, request);
  }
  request += "]}";
  std::string answer;
  const auto done = client.request(request, [&answer](std::string_view line) {
    answer = line;
    return true;
  });
  if (!done) return std::unexpected(done.error());
  codec::json::Document document;
  const auto parsed = document.parse_copy(answer);
  if (!parsed) return std::unexpected("the running node's answer is no JSON");
  if (const auto error = parsed->find("error"); error && error->is_string()) {
    return std::unexpected(std::string(error->string()));
  }
  LocalOutcomes outcomes;
  if (const auto names = parsed->find("outcomes")) {
    for (auto value = names->first_child(); value; value = value->next_sibling()) {
      const auto outcome = value->is_string() ? outcome_by_name(value->string()) : std::nullopt;
      if (!outcome) return std::unexpected("the running node answers in words that are unknown");
      outcomes.push_back(*outcome);
    }
  }
  if (outcomes.size() != resources.size()) {
    return std::unexpected("the running node's answer is incomplete");
  }
  return outcomes;
}

Outcome<LocalOutcomes> append_directly(const Home& home, const store::StoreOptions& options,
                                       std::vector<VerifiedResource> resources) {
  auto store = open_store(home, options);
  if (!store) return std::unexpected(store.error());
  StaleSessions no_sessions;
  LedgerBatch batch(**store, 0, no_sessions);
  LocalSubmission submission{std::move(resources), {}};
  auto outcomes = submission.done.get_future();
  batch.add(std::move(submission));
  if (const auto failure = batch.commit()) return std::unexpected(*failure);
  batch.answer_locally();
  return outcomes.get();
}

}  // namespace

std::string_view name(protocol::StoreOutcome outcome) {
  switch (outcome) {
    case protocol::StoreOutcome::kJournalled:
      return "journalled";
    case protocol::StoreOutcome::kDuplicate:
      return "duplicate";
    case protocol::StoreOutcome::kForeignUpdate:
      return "foreign_update";
    case protocol::StoreOutcome::kFailed:
      return "failed";
  }
  return "";
}

std::optional<protocol::StoreOutcome> outcome_by_name(std::string_view text) {
  using protocol::StoreOutcome;
  for (const StoreOutcome outcome : {StoreOutcome::kJournalled, StoreOutcome::kDuplicate,
                                     StoreOutcome::kForeignUpdate, StoreOutcome::kFailed}) {
    if (name(outcome) == text) return outcome;
  }
  return std::nullopt;
}

Outcome<LocalOutcomes> append_to_home(const Home& home, std::vector<VerifiedResource> resources) {
  const auto config = load_config(home.config_file());
  if (!config) return std::unexpected(config.error());
  const auto deadline = std::chrono::steady_clock::now() + kLockPatience;
  while (true) {
    auto client = ControlClient::connect(home.control_socket());
    if (!client) return std::unexpected(client.error());
    if (*client) return append_through(**client, resources);
    const auto lock = store::StoreLock::acquire(home.store_directory());
    if (lock) return append_directly(home, config->store, std::move(resources));
    if (lock.error().kind != store::StoreError::Kind::kBusy ||
        std::chrono::steady_clock::now() >= deadline) {
      return std::unexpected(lock.error().message);
    }
    // Nothing tells when a lock of another process is free: a pause, bounded by the deadline.
    poll(nullptr, 0, kLockPauseMs);
  }
}

}  // namespace sdmp::relay
