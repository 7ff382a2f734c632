#include "codec/json_tree.h"

#include <gtest/gtest.h>

namespace sdmp::codec::json {
namespace {

Result<void> build(std::string_view text, const std::vector<std::uint32_t>& structurals,
                   Tree& tree) {
  tree.reserve(text.size());
  return build_tree(text, structurals, tree);
}

TEST(JsonTree, NodesLieInSourceOrderLinkedBySibling) {
  Tree tree;
  ASSERT_TRUE(build(R"({"a":[1,2],"b":null})", {0, 1, 4, 5, 6, 7, 8, 9, 10, 11, 14, 15, 19}, tree));
  ASSERT_EQ(tree.nodes.size(), 5u);
  EXPECT_EQ(tree.nodes[0].count, 2u);
  EXPECT_EQ(tree.nodes[1].count, 2u);
  EXPECT_EQ(tree.nodes[1].next, 4u);
  EXPECT_EQ(tree.nodes[2].next, 3u);
  EXPECT_EQ(tree.nodes[3].next, 0u);
  EXPECT_EQ(tree.nodes[4].type, Type::kNull);
  EXPECT_EQ(std::string_view(tree.nodes[4].name, tree.nodes[4].name_size), "b");
}

TEST(JsonTree, TokensThatAreMissingOrLeftOverAreSyntaxFaults) {
  Tree tree;
  EXPECT_EQ(build("{}", {}, tree), std::unexpected(Error::kJsonSyntax));
  EXPECT_EQ(build("{}", {0}, tree), std::unexpected(Error::kJsonSyntax));
  EXPECT_EQ(build("{}{", {0, 1, 2}, tree), std::unexpected(Error::kJsonSyntax));
}

TEST(JsonTree, MemoryOfAnUnusuallyWideTextIsReturned) {
  Tree tree;
  std::string text = "[0";
  std::vector<std::uint32_t> structurals{0, 1};
  for (std::uint32_t i = 0; i < 2 * kNodesKept; ++i) {
    structurals.push_back(static_cast<std::uint32_t>(text.size()));
    structurals.push_back(static_cast<std::uint32_t>(text.size() + 1));
    text += ",0";
  }
  structurals.push_back(static_cast<std::uint32_t>(text.size()));
  ASSERT_TRUE(build(text + "]", structurals, tree));
  EXPECT_GT(tree.nodes.capacity(), kNodesKept);
  ASSERT_TRUE(build("{}", {0, 1}, tree));
  EXPECT_LE(tree.nodes.capacity(), kNodesKept);
}

}  // namespace
}  // namespace sdmp::codec::json
