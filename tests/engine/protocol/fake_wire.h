// Two FakeNodes with a session between them, driven by passing buffers.
#pragma once

#include <initializer_list>
#include <memory>
#include <utility>

#include "tests/engine/protocol/fake_node.h"

namespace sdmp::protocol::testing {

// Two nodes with a session between them.
struct FakeWire {
  FakeWire(FakeNode& a, FakeNode& b, std::uint64_t seed) {
    auto keys = make_session_keys(seed);
    left = std::make_unique<FakeLink>(a, b.fingerprint(), std::move(keys.first));
    right = std::make_unique<FakeLink>(b, a.fingerprint(), std::move(keys.second));
  }
  void start() {
    left->start();
    right->start();
  }
  // Moves what is on the way in both directions once; false when there was nothing.
  bool exchange() {
    codec::ByteVector to_right = std::exchange(left->outgoing, {});
    codec::ByteVector to_left = std::exchange(right->outgoing, {});
    if (const auto failure = right->receive(to_right)) ADD_FAILURE() << describe(*failure);
    if (const auto failure = left->receive(to_left)) ADD_FAILURE() << describe(*failure);
    return !to_right.empty() || !to_left.empty();
  }

  std::unique_ptr<FakeLink> left;
  std::unique_ptr<FakeLink> right;
};

// Until nobody has anything to say. Time stands still.
inline void settle(std::initializer_list<FakeWire*> wires) {
  bool moved = true;
  for (int turn = 0; moved && turn < 10'000; ++turn) {
    moved = false;
    for (FakeWire* wire : wires) {
      moved |= wire->exchange();
      moved |= !wire->left->posts.empty() || !wire->right->posts.empty();
      wire->left->node.commit();
      wire->right->node.commit();
    }
  }
  EXPECT_FALSE(moved) << "not quiescent";
}

}  // namespace sdmp::protocol::testing
