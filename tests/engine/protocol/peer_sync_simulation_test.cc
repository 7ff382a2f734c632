// Seeded simulation: nodes in a random connected topology publish at random while messages are
// delayed and cut anywhere, ledgers lag, sends find no room, sessions drop in mid-message and are
// made anew. Once the faults end, everybody has everything.
#include <gtest/gtest.h>

#include "tests/engine/protocol/fake_wire.h"

namespace sdmp::protocol::testing {
namespace {

class Simulation {
 public:
  Simulation(std::uint64_t seed, std::size_t node_count) : random_(seed) {
    for (std::size_t i = 0; i < node_count; ++i) {
      identities_.push_back(std::make_unique<TestNode>(10 + i));
      everyone_.push_back(identities_.back().get());
    }
    for (const auto& identity : identities_) {
      nodes_.push_back(std::make_unique<FakeNode>(*identity, make_trust(*identity, everyone_)));
    }
    for (std::size_t i = 1; i < node_count; ++i) edges_.emplace_back(random_.below(i), i);
    for (std::size_t i = 0; i < node_count / 2; ++i) {
      const std::size_t x = random_.below(node_count);
      const std::size_t y = random_.below(node_count);
      if (x != y) edges_.emplace_back(x, y);  // several sessions of two nodes are allowed
    }
    wires_.resize(edges_.size());
    for (std::size_t i = 0; i < edges_.size(); ++i) reconnect(i);
  }

  void step() {
    FakeNode& node = *nodes_[random_.below(nodes_.size())];
    const std::size_t at = random_.below(wires_.size());
    FakeWire& wire = *wires_[at];
    const std::uint64_t choice = random_.below(100);
    if (choice < 6) {
      publish(node);
    } else if (choice < 30) {
      node.commit();
    } else if (choice < 32) {
      reconnect(at);
    } else if (choice < 38) {
      const std::size_t room = random_.below(3) == 0 ? random_.below(4) : SIZE_MAX;
      set_room(*(random_.below(2) == 0 ? wire.left : wire.right), room);
    } else if (choice < 41) {
      advance(random_.below(2) == 0 ? 500 : kRequestTimeoutMs);
    } else if (choice < 43) {
      node.disk_full = !node.disk_full;
    } else if (random_.below(2) == 0) {
      carry(*wire.left, *wire.right);
    } else {
      carry(*wire.right, *wire.left);
    }
  }

  // The faults end; everybody gets as much time as is needed.
  void calm() {
    for (auto& node : nodes_) node->disk_full = false;
    for (std::size_t i = 0; i < wires_.size(); ++i) reconnect(i);
    for (int quiet = 0, turn = 0; quiet < 3; ++turn) {
      ASSERT_LT(turn, 20'000) << "not quiescent";
      bool moved = false;
      for (auto& wire : wires_) {
        moved |= wire->exchange();
        moved |= !wire->left->posts.empty() || !wire->right->posts.empty();
      }
      for (auto& node : nodes_) node->commit();
      if (!moved) advance(kRequestTimeoutMs);
      quiet = moved ? 0 : quiet + 1;
    }
  }

  void expect_everybody_has_everything() const {
    for (const auto& node : nodes_) {
      EXPECT_TRUE(node->chain_is_intact());
      EXPECT_EQ(node->journal.size(), node->resources.size());
      EXPECT_TRUE(node->claims.empty());
      for (const auto& [id, publisher] : published_) {
        const bool replaced = replaced_.contains(id);
        EXPECT_TRUE(replaced || node->holds(id)) << "a resource was lost";
        if (replaced && node->holds(id)) {
          EXPECT_TRUE(node->resources.at(id).replaced);
        }
      }
      for (const auto& [peer, list] : node->wanted) EXPECT_TRUE(list.empty());
      for (const auto& [peer, cursor] : node->cursors) EXPECT_FALSE(cursor.forked);
    }
    for (const auto& wire : wires_) {
      for (const FakeLink* link : {wire->left.get(), wire->right.get()}) {
        EXPECT_FALSE(link->sync.deadline_ms()) << "not idle";
        EXPECT_EQ(link->node.cursors[link->peer].position, other_end(*link).journal.size());
        EXPECT_EQ(link->counters.messages_malformed, 0u);
        EXPECT_EQ(link->counters.resources_invalid, 0u);
        EXPECT_EQ(link->counters.updates_broken, 0u);
      }
    }
  }

  std::size_t published() const { return published_.size(); }

 private:
  const FakeNode& other_end(const FakeLink& link) const {
    for (const auto& node : nodes_) {
      if (node->fingerprint() == link.peer) return *node;
    }
    return *nodes_.front();
  }

  void publish(FakeNode& node) {
    if (node.disk_full) return;
    const std::string number = std::to_string(published_.size());
    const std::size_t size = random_.below(10) == 0 ? kEagerPushBytesMax : random_.below(100);
    std::vector<codec::Identifier> updates;
    auto& own = own_[node.fingerprint()];
    if (!own.empty() && random_.below(5) == 0) {
      // An update names everything that its target replaced, too: nobody gives away the target any
      // more, so who has not got it yet would not learn what it said.
      const codec::Identifier target = own[random_.below(own.size())];
      updates = updates_of_[target];
      updates.push_back(target);
      replaced_.insert(updates.begin(), updates.end());
    }
    const codec::Identifier id = node.publish(
        codec::build_post(node.self.key, kNow, "", number + std::string(size, 'x'), updates));
    published_.emplace(id, node.fingerprint());
    updates_of_[id] = updates;
    own.push_back(id);
  }

  // What is under way is lost, what was not committed too.
  void reconnect(std::size_t at) {
    const auto [x, y] = edges_[at];
    wires_[at] = std::make_unique<FakeWire>(*nodes_[x], *nodes_[y], ++sessions_);
    set_time(*wires_[at]->left);
    set_time(*wires_[at]->right);
    wires_[at]->start();
  }

  void set_time(FakeLink& link) const {
    link.now.monotonic_ms += elapsed_ms_;
    link.now.unix_ms += elapsed_ms_;
  }

  static void set_room(FakeLink& link, std::size_t room) {
    link.room = room;
    link.sync.pump(link.now);
  }

  void advance(std::int64_t milliseconds) {
    elapsed_ms_ += milliseconds;
    for (auto& wire : wires_) {
      wire->left->advance(milliseconds);
      wire->right->advance(milliseconds);
    }
  }

  // Some of the bytes under way arrive.
  void carry(FakeLink& from, FakeLink& to) {
    if (from.outgoing.empty()) return;
    const std::size_t size = from.outgoing.size();
    const std::size_t count = random_.below(3) == 0 ? 1 + random_.below(size) : size;
    const auto cut = from.outgoing.begin() + static_cast<std::ptrdiff_t>(count);
    codec::ByteVector piece(from.outgoing.begin(), cut);
    from.outgoing.erase(from.outgoing.begin(), cut);
    const auto failure = to.receive(piece);
    ASSERT_FALSE(failure) << describe(*failure);
  }

  PrintedRandom random_;
  std::vector<std::unique_ptr<TestNode>> identities_;
  std::vector<const TestNode*> everyone_;
  std::vector<std::unique_ptr<FakeNode>> nodes_;
  std::vector<std::pair<std::size_t, std::size_t>> edges_;
  std::vector<std::unique_ptr<FakeWire>> wires_;
  std::map<codec::Identifier, codec::Fingerprint> published_;
  std::map<codec::Fingerprint, std::vector<codec::Identifier>> own_;
  std::map<codec::Identifier, std::vector<codec::Identifier>> updates_of_;
  std::set<codec::Identifier> replaced_;
  std::uint64_t sessions_ = 0;
  std::int64_t elapsed_ms_ = 0;
};

void simulate(std::uint64_t seed, std::size_t nodes, int steps) {
  Simulation simulation(seed, nodes);
  for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) simulation.step();
  simulation.calm();
  simulation.expect_everybody_has_everything();
  EXPECT_GT(simulation.published(), 0u);
}

TEST(PeerSyncSimulation, EverybodyHasEverythingInTheEnd) {
  PrintedRandom seeds;
  for (int run = 0; run < 8 && !::testing::Test::HasFailure(); ++run) {
    simulate(seeds.below(1'000'000), 2 + seeds.below(6), 1'000);
  }
}

}  // namespace
}  // namespace sdmp::protocol::testing
