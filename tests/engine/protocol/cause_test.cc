#include "engine/protocol/cause.h"

#include <cctype>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace sdmp::protocol {
namespace {

constexpr int kCauses = static_cast<int>(Cause::kLocalFailure) + 1;

TEST(Cause, EveryValueHasItsOwnSnakeCaseNameAndWords) {
  std::set<std::string_view> names;
  std::set<std::string_view> explanations;
  for (int value = 0; value < kCauses; ++value) {
    const auto cause = static_cast<Cause>(value);
    EXPECT_FALSE(name(cause).empty()) << value;
    EXPECT_TRUE(names.insert(name(cause)).second) << name(cause);
    EXPECT_TRUE(explanations.insert(explain(cause)).second) << explain(cause);
    for (const char c : name(cause)) EXPECT_TRUE(std::islower(c) || c == '_') << name(cause);
    EXPECT_NE(explain(cause).back(), '.') << explain(cause);
  }
}

TEST(Cause, NamesFollowTheValues) {
  EXPECT_EQ(name(Cause::kNone), "none");
  EXPECT_EQ(name(Cause::kObjectTooLong), "object_too_long");
  EXPECT_EQ(name(Cause::kReplayed), "replayed");
  EXPECT_EQ(name(Cause::kFrameInvalid), "frame_invalid");
  EXPECT_EQ(name(Cause::kLocalFailure), "local_failure");
}

TEST(Cause, DescribeAddsTheDetail) {
  EXPECT_EQ(describe({Cause::kClockSkew, std::nullopt}), explain(Cause::kClockSkew));
  const std::string text = describe({Cause::kObjectInvalid, codec::Error::kJsonDuplicate});
  EXPECT_EQ(text, std::string(explain(Cause::kObjectInvalid)) + ": " +
                      std::string(codec::explain(codec::Error::kJsonDuplicate)));
}

}  // namespace
}  // namespace sdmp::protocol
