#include "engine/relay/dial_router.h"

#include <gtest/gtest.h>

namespace sdmp::relay {
namespace {

struct Seen {
  int established = 0;
  int progress = 0;
  std::vector<std::string> ended;

  DialEvents events() {
    return {.established = [this](const codec::Fingerprint&) { ++established; },
            .progress = [this](const protocol::SyncProgress&) { ++progress; },
            .ended = [this](const std::string& words) { ended.push_back(words); }};
  }
};

TEST(DialRouter, BringsEventsToTheirDial) {
  DialRouter router;
  Seen a;
  Seen b;
  const auto id_a = router.add(false, a.events());
  const auto id_b = router.add(false, b.events());
  EXPECT_NE(id_a, id_b);
  EXPECT_NE(id_a, 0u);
  router.on_established(id_a, {});
  router.on_progress(id_b, {});
  router.on_established(99, {});
  EXPECT_EQ(a.established, 1);
  EXPECT_EQ(a.progress, 0);
  EXPECT_EQ(b.established, 0);
  EXPECT_EQ(b.progress, 1);
}

TEST(DialRouter, ADialThatIsNotKeptEndsOnce) {
  DialRouter router;
  Seen seen;
  const auto id = router.add(false, seen.events());
  router.on_ended(id, {protocol::Cause::kRefusedByPeer, {}}, "");
  router.on_ended(id, {protocol::Cause::kRefusedByPeer, {}}, "again");
  ASSERT_EQ(seen.ended.size(), 1u);
  EXPECT_EQ(seen.ended[0], protocol::describe({protocol::Cause::kRefusedByPeer, {}}));
}

TEST(DialRouter, AKeptOneGoesOnUntilRemoved) {
  DialRouter router;
  Seen seen;
  const auto id = router.add(true, seen.events());
  router.on_ended(id, {}, "one");
  router.on_established(id, {});
  router.on_ended(id, {}, "two");
  router.remove(id);
  router.on_ended(id, {}, "three");
  EXPECT_EQ(seen.ended, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(seen.established, 1);
}

TEST(DialRouter, CallbacksMayBeMissingAndMayDialAgain) {
  DialRouter router;
  const auto quiet = router.add(false, {});
  router.on_established(quiet, {});
  router.on_progress(quiet, {});
  router.on_ended(quiet, {}, "");
  std::uint64_t second = 0;
  DialEvents events;
  events.ended = [&](const std::string&) { second = router.add(false, {}); };
  router.on_ended(router.add(false, std::move(events)), {}, "");
  EXPECT_NE(second, 0u);
}

}  // namespace
}  // namespace sdmp::relay
