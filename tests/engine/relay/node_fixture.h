// Nodes in one process, on loopback and ephemeral ports.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>

#include "tests/engine/relay/fixture.h"

namespace sdmp::relay::testing {

inline std::unique_ptr<Node> start_node(const std::filesystem::path& home, Config config,
                                        Node::Options options = {}) {
  auto node = Node::start(*Home::open(home), std::move(config), options);
  EXPECT_TRUE(node) << node.error().message;
  return node ? std::move(*node) : nullptr;
}

inline PeerAddress address_of(const Node& node) {
  return {node.listening().at(0), std::nullopt};
}

// What becomes of a dial, to wait for. Shared with the events, which may come late.
struct DialWatch {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<codec::Fingerprint> peer;
  protocol::SyncProgress progress;
  std::optional<std::string> ended;

  static DialEvents events(const std::shared_ptr<DialWatch>& watch) {
    return {
        .established =
            [watch](const codec::Fingerprint& node) { watch->note([&] { watch->peer = node; }); },
        .progress =
            [watch](const protocol::SyncProgress& now) {
              watch->note([&] { watch->progress = now; });
            },
        .ended = [watch](const std::string& words) { watch->note([&] { watch->ended = words; }); }};
  }
  template <class Change>
  void note(Change change) {
    const std::lock_guard lock(mutex);
    change();
    changed.notify_all();
  }
  // False when the session ended, or nothing came of it in time.
  bool wait_complete() {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, std::chrono::seconds(60), [&] { return ended || progress.complete(); });
    return !ended && progress.complete();
  }
  bool wait_ended() {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(60), [&] { return ended.has_value(); });
  }
};

// One round of `node` with the node at `peer`; true when it was complete.
inline bool sync_round(Node& node, const PeerAddress& peer) {
  auto watch = std::make_shared<DialWatch>();
  const auto id = node.dial(peer, false, true, DialWatch::events(watch));
  EXPECT_TRUE(id) << id.error();
  if (!id) return false;
  const bool complete = watch->wait_complete();
  EXPECT_TRUE(complete) << watch->ended.value_or("no end");
  node.end_dial(*id);
  return complete;
}

// Appends a post of the node itself.
inline codec::Identifier publish(Node& node, const std::string& content) {
  const std::string text = post_by(node.home(), content);
  store::Reader reader = node.store().reader();
  auto resources = verify_bundle(split_lines(text), "post", reader);
  EXPECT_TRUE(resources) << resources.error();
  const codec::Identifier identifier = resources->at(0).identifier;
  const auto outcomes = node.ledger().submit(std::move(*resources)).get();
  EXPECT_EQ(outcomes.at(0), protocol::StoreOutcome::kJournalled);
  return identifier;
}

inline bool holds(Node& node, const codec::Identifier& identifier) {
  store::Reader reader = node.store().reader();
  return reader.find(identifier).has_value();
}

}  // namespace sdmp::relay::testing
