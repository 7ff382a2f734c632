#include "codec/distinct.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace sdmp::codec {
namespace {

std::vector<std::string> numbered(std::size_t count) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) texts.push_back("member" + std::to_string(i));
  return texts;
}

bool distinct(const std::vector<std::string>& texts) {
  std::vector<std::string_view> views(texts.begin(), texts.end());
  return all_distinct(views);
}

TEST(Distinct, FindsOneRepetitionAmongAnyNumberOfTexts) {
  for (const std::size_t count : {1u, 2u, 15u, 16u, 17u, 18u, 1000u}) {
    auto texts = numbered(count);
    EXPECT_TRUE(distinct(texts)) << count;
    texts.push_back(texts[count / 2]);
    EXPECT_FALSE(distinct(texts)) << count;
  }
}

TEST(Distinct, NoTextsAndTheEmptyText) {
  EXPECT_TRUE(distinct({}));
  EXPECT_TRUE(distinct({""}));
  EXPECT_FALSE(distinct({"", ""}));
  EXPECT_TRUE(distinct({"a", "A", "a ", std::string("a\0", 2)}));
}

}  // namespace
}  // namespace sdmp::codec
