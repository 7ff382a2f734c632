// Frames of a few octets and much text in them: what one node's cost, others do not wait for.
#include <gtest/gtest.h>

#include "tests/engine/shard/core_support.h"

namespace sdmp::shard {
namespace {

using testing::eventually;
using testing::friendly;
using testing::other;
using testing::relay;
using testing::Rig;
using testing::TestNode;
using testing::TestPeer;

void wait_for_journal(Rig& rig, std::uint64_t size) {
  ASSERT_TRUE(eventually([&] { return rig.journal_size() == size; }));
}

TEST(SessionBudget, TextThatIsReadIsTakenInParts) {
  constexpr std::uint64_t kFrames = 24;
  Rig rig(relay(), {&friendly(), &other()});
  rig.ledger->publish({relay().post("short")});
  wait_for_journal(rig, 1);
  TestPeer heavy(friendly(), relay());
  TestPeer quick(other(), relay());
  ASSERT_TRUE(heavy.connect_and_shake(rig.address()));
  ASSERT_TRUE(quick.connect_and_shake(rig.address()));
  const std::string_view schemas[] = {"message"};
  const std::string text =
      codec::build_container(friendly().key, testing::unix_now(), schemas,
                             R"("message":")" + std::string(2'900'000, 'A') + "\"");
  std::string frames;
  for (std::uint64_t i = 0; i < kFrames; ++i) frames += heavy.frame(text);
  const std::uint64_t before = rig.counters().frames_in;
  heavy.write(frames);
  quick.send_request_for_journal(codec::since_beginning(relay().fingerprint()));
  ASSERT_EQ(quick.journal(1).size(), 1u);
  EXPECT_LT(rig.counters().frames_in, before + kFrames);
  EXPECT_TRUE(eventually([&] { return rig.counters().frames_in >= before + kFrames; }))
      << "nothing of it is lost";
}

TEST(SessionBudget, TextThatIsMadeIsMadeInParts) {
  constexpr int kSessions = 6;
  constexpr int kAnswers = 4;
  Rig rig(relay(), {&friendly(), &other()});
  rig.ledger->publish({relay().post(std::string(1'000'000, 'A'))});
  wait_for_journal(rig, 1);
  std::vector<std::unique_ptr<TestPeer>> greedy;
  for (int i = 0; i < kSessions; ++i) {
    greedy.push_back(std::make_unique<TestPeer>(friendly(), relay()));
    ASSERT_TRUE(greedy.back()->connect_and_shake(rig.address()));
  }
  TestPeer quick(other(), relay());
  ASSERT_TRUE(quick.connect_and_shake(rig.address()));
  quick.send_request_for_journal(codec::since_beginning(relay().fingerprint()));
  const auto entries = quick.journal(1);
  ASSERT_EQ(entries.size(), 1u);
  const std::string_view schemas[] = {"resource_request"};
  const std::uint64_t before = rig.counters().frames_out;
  for (auto& peer : greedy) {
    std::string requests;
    for (int i = 0; i < kAnswers; ++i) {
      requests += peer->frame(codec::build_container(
          friendly().key, testing::unix_now(), schemas,
          codec::resource_request_body(std::to_string(i), entries[0].publisher,
                                       entries[0].resource)));
    }
    peer->write(requests);
  }
  quick.send_request_for_journal(codec::since_beginning(relay().fingerprint()));
  ASSERT_EQ(quick.journal(1).size(), 1u);
  EXPECT_LT(rig.counters().frames_out, before + kSessions * kAnswers);
  // Nobody whose turn was put off is forgotten.
  for (auto& peer : greedy) {
    for (int i = 0; i < kAnswers; ++i) {
      ASSERT_TRUE(peer->next(codec::Schema::kResourceResponse)) << i;
    }
  }
}

}  // namespace
}  // namespace sdmp::shard
