#include "engine/relay/bundle.h"

#include "tests/engine/relay/fixture.h"

namespace sdmp::relay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A home's own store, and another's bundle to verify against it.
class BundleTest : public ::testing::Test {
 protected:
  Outcome<std::vector<VerifiedResource>> verify(const std::string& text) {
    auto store = open_store(home_, testing::small_store());
    EXPECT_TRUE(store) << store.error();
    store::Reader reader = (*store)->reader();
    const std::uint64_t before = reader.journal_size();
    auto result = verify_bundle(split_lines(text), "bundle.sdmp", reader);
    reader.refresh();
    EXPECT_EQ(reader.journal_size(), before) << "verifying writes nothing";
    return result;
  }
  std::vector<std::string> other_lines() {
    std::vector<std::string> lines;
    const std::string bundle = testing::bundle_of(other_);
    for (const BundleLine& line : split_lines(bundle)) lines.emplace_back(line.text);
    return lines;
  }
  // The same container with another signature.
  static std::string forged(std::string container) {
    const std::size_t at = container.rfind("\"signature\":\"") + 13;
    container[at] = container[at] == 'A' ? 'B' : 'A';
    return container;
  }

  testing::TemporaryDirectory directory_;
  Home home_ = *Home::create(directory_ / "home", testing::local_options());
  Home other_ = *Home::create(directory_ / "other", testing::local_options());
};

TEST(SplitLines, SkipsEmptyOnesAndKeepsNumbers) {
  const auto lines = split_lines("a\n\n \t\r\nb\r\n  c");
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].line, 1u);
  EXPECT_EQ(lines[1].text, "b");
  EXPECT_EQ(lines[1].line, 4u);
  EXPECT_EQ(lines[2].text, "c");
  EXPECT_TRUE(split_lines("").empty());
  EXPECT_TRUE(split_lines("\n\n").empty());
}

TEST_F(BundleTest, SeveralAreVerifiedTogether) {
  const auto lines = other_lines();
  ASSERT_EQ(lines.size(), 4u);
  auto store = open_store(home_, testing::small_store());
  ASSERT_TRUE(store) << store.error();
  store::Reader reader = (*store)->reader();
  const std::string identities = lines[0] + "\n" + lines[1];
  const Bundle first{"first", split_lines(lines[2])};
  const Bundle second{"second", split_lines(identities)};
  EXPECT_FALSE(verify_bundles({&first, 1}, reader)) << "who signed it stands in the other one";
  const auto resources = verify_bundles(std::vector{first, second}, reader);
  ASSERT_TRUE(resources) << resources.error();
  ASSERT_EQ(resources->size(), 3u);
  EXPECT_EQ(resources->front().container, lines[2]);
  const std::string broken = forged(lines[3]);
  const auto refused =
      verify_bundles(std::vector{first, second, Bundle{"third", split_lines(broken)}}, reader);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), StartsWith("third line 1: "));
}

TEST_F(BundleTest, P_TRUST_AnyOrderInside) {
  const auto lines = other_lines();
  ASSERT_EQ(lines.size(), 4u);
  const auto resources =
      verify(lines[3] + "\n" + lines[2] + "\n" + lines[1] + "\n" + lines[0] + "\n");
  ASSERT_TRUE(resources) << resources.error();
  ASSERT_EQ(resources->size(), 4u);
  EXPECT_EQ((*resources)[0].container, lines[3]) << "the exact bytes, in the order given";
  EXPECT_EQ((*resources)[0].publisher, other_.node());
  EXPECT_THAT(bundle_users(*resources), ElementsAre(other_.user()));
}

TEST_F(BundleTest, IdentitiesOfTheStoreCount) {
  const auto resources = verify(testing::post_by(home_, "own words"));
  ASSERT_TRUE(resources) << resources.error();
  EXPECT_TRUE(bundle_users(*resources).empty());
}

TEST_F(BundleTest, AnUnknownPublisherIsNamed) {
  const auto resources = verify("\n" + testing::post_by(other_, "foreign words"));
  ASSERT_FALSE(resources);
  EXPECT_THAT(resources.error(), StartsWith("bundle.sdmp line 2: its publisher " +
                                            other_.node().text() + " is unknown"));
}

TEST_F(BundleTest, OneBrokenLineRefusesTheWhole) {
  auto lines = other_lines();
  const auto error_with = [&](std::size_t at, const std::string& line) {
    auto changed = lines;
    changed[at] = line;
    std::string text;
    for (const auto& each : changed) text += each + "\n";
    const auto resources = verify(text);
    EXPECT_FALSE(resources);
    return resources ? "" : resources.error();
  };
  EXPECT_EQ(error_with(2, forged(lines[2])),
            "bundle.sdmp line 3: " + std::string(explain(codec::Error::kSignature)));
  EXPECT_THAT(error_with(0, forged(lines[0])), StartsWith("bundle.sdmp line 1: "));
  EXPECT_THAT(error_with(1, "{}"), StartsWith("bundle.sdmp line 2: "));
  EXPECT_THAT(error_with(1, "words"), StartsWith("bundle.sdmp line 2: "));
  static constexpr std::string_view kSchemas[] = {"post"};
  const std::string bare =
      codec::build_container(other_.node_key(), unix_now(), kSchemas, R"("post":{"content":"x"})");
  EXPECT_EQ(
      error_with(3, bare),
      "bundle.sdmp line 4: no resource: its first schema must be `resource`, and no other one of "
      "what nodes send each other or encrypt for each other");
}

TEST_F(BundleTest, AnEmptyBundleIsAnError) {
  EXPECT_THAT(verify("").error(), HasSubstr("bundle.sdmp holds no container"));
  EXPECT_THAT(verify("\n\n").error(), HasSubstr("bundle.sdmp holds no container"));
}

TEST_F(BundleTest, P_FRAME_WhatCouldBeSentToNobodyIsRefused) {
  const auto resources = verify(testing::post_by(home_, std::string(kContainerBytesMax, 'x')));
  ASSERT_FALSE(resources);
  EXPECT_THAT(resources.error(), HasSubstr("3100000"));
}

TEST_F(BundleTest, ExpiredIdentitiesAreTaken) {
  const auto key = codec::PrivateKey::generate(codec::KeyType::kEd25519);
  const auto resources =
      verify(codec::build_identity(*key, codec::IdentityType::kUser, 1000, 2000));
  ASSERT_TRUE(resources) << resources.error();
  EXPECT_THAT(bundle_users(*resources), ElementsAre(key->public_key().fingerprint()));
}

TEST_F(BundleTest, RES_4_UpdatesAreRead) {
  const codec::Identifier target{};
  const auto resources = verify(codec::build_deletion(
      home_.node_key(), unix_now(), std::span<const codec::Identifier>(&target, 1)));
  ASSERT_TRUE(resources) << resources.error();
  EXPECT_THAT((*resources)[0].updates, ElementsAre(target));
}

}  // namespace
}  // namespace sdmp::relay
