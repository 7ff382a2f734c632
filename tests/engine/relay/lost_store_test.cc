#include "engine/relay/lost_store.h"

#include "tests/engine/relay/fixture.h"

namespace sdmp::relay {
namespace {

using ::testing::HasSubstr;

class LostStoreTest : public ::testing::Test {
 protected:
  std::optional<std::string> lost() const {
    const auto store = open_store(home_);
    EXPECT_TRUE(store) << store.error();
    store::Reader reader = (*store)->reader();
    return lost_identities(home_, reader);
  }

  testing::TemporaryDirectory directory_;
  const Home home_ = *Home::create(directory_ / "home", testing::local_options());
};

TEST_F(LostStoreTest, AHomeHasItsIdentities) {
  EXPECT_EQ(lost(), std::nullopt);
}

TEST_F(LostStoreTest, ANewStoreHasNotAndTheRemedyIsNamed) {
  std::filesystem::remove_all(home_.store_directory());
  const std::string command = "`sdmp import FILE --home " + home_.directory().string() + "`";
  const auto words = lost();
  ASSERT_TRUE(words);
  EXPECT_THAT(*words, HasSubstr(home_.store_directory().string()));
  EXPECT_THAT(*words, HasSubstr(command));
  EXPECT_THAT(lost_store(home_), HasSubstr(command));
}

TEST_F(LostStoreTest, OneOfTheTwoIsNotEnough) {
  store::StoreOptions reading;
  reading.read_only = true;
  std::string node_identity;
  {
    const auto store = open_store(home_, reading);
    ASSERT_TRUE(store) << store.error();
    store::Reader reader = (*store)->reader();
    for (const auto& identifier : reader.current(codec::Schema::kIdentity)) {
      const auto stored = reader.find(identifier);
      if (stored->publisher == home_.node()) node_identity = stored->container;
    }
  }
  std::filesystem::remove_all(home_.store_directory());
  std::vector<VerifiedResource> resources;
  {
    const auto store = open_store(home_);
    store::Reader reader = (*store)->reader();
    resources = *verify_bundle(split_lines(node_identity), "node", reader);
  }
  ASSERT_TRUE(append_to_home(home_, std::move(resources)));
  EXPECT_TRUE(lost());
}

}  // namespace
}  // namespace sdmp::relay
