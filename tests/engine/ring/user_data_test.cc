#include "engine/ring/user_data.h"

#include <gtest/gtest.h>

namespace sdmp::ring {
namespace {

TEST(UserData, SurvivesPacking) {
  for (const UserData& data :
       {UserData{}, UserData{1, 2, Op::kSend}, UserData{0xffff'ffff, kGenerationMask, Op::kWake},
        UserData{0x8000'0000, 0x80'0000, Op::kReceive}}) {
    EXPECT_EQ(unpack(pack(data)), data);
  }
}

TEST(UserData, GenerationsOfOneSlotDiffer) {
  EXPECT_NE(pack({5, 1, Op::kReceive}), pack({5, 2, Op::kReceive}));
  EXPECT_NE(pack({5, 1, Op::kReceive}), pack({5, 1, Op::kSend}));
}

TEST(UserData, GenerationsWrapWithoutTouchingTheOperation) {
  EXPECT_EQ(unpack(pack({5, kGenerationMask + 1, Op::kSend})), (UserData{5, 0, Op::kSend}));
}

}  // namespace
}  // namespace sdmp::ring
