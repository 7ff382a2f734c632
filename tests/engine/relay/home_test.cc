#include "engine/relay/home.h"

#include <fstream>

#include <sys/stat.h>

#include "tests/engine/relay/fixture.h"

namespace sdmp::relay {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class HomeTest : public ::testing::Test {
 protected:
  testing::TemporaryDirectory directory_;
  fs::path path_ = directory_ / "home";
  void make() { ASSERT_TRUE(Home::create(path_, testing::local_options())); }
  std::string open_error() {
    const auto home = Home::open(path_);
    return home ? "" : home.error();
  }
};

TEST_F(HomeTest, OpensWithTheKeysThatItWasMadeWith) {
  const auto made = Home::create(path_, testing::local_options());
  ASSERT_TRUE(made) << made.error();
  const auto opened = Home::open(path_);
  ASSERT_TRUE(opened) << opened.error();
  EXPECT_EQ(opened->user(), made->user());
  EXPECT_EQ(opened->node(), made->node());
  EXPECT_NE(opened->user(), opened->node());
}

TEST_F(HomeTest, ADirectoryWithoutConfigurationIsNoHome) {
  EXPECT_THAT(open_error(), HasSubstr("no node.toml there; make one with `sdmp init --home"));
  EXPECT_THAT(open_error(), HasSubstr(path_.string()));
}

TEST_F(HomeTest, AKeyThatOthersMayReadIsRefused) {
  make();
  for (const char* name : {"user.pem", "node.pem"}) {
    const fs::path key = path_ / "keys" / name;
    chmod(key.c_str(), 0644);
    EXPECT_THAT(open_error(), HasSubstr(key.string() + " is readable by others (mode 0644): chmod "
                                                       "600 "));
    chmod(key.c_str(), 0600);
  }
  EXPECT_EQ(open_error(), "");
}

TEST_F(HomeTest, ADamagedKeyIsNamed) {
  make();
  const fs::path key = path_ / "keys" / "node.pem";
  std::ofstream(key, std::ios::trunc) << "-----BEGIN PRIVATE KEY-----\nAAAA\n";
  EXPECT_THAT(open_error(), HasSubstr(key.string() + " is damaged: "));
}

TEST_F(HomeTest, AMissingKeyIsNamed) {
  make();
  fs::remove(path_ / "keys" / "user.pem");
  EXPECT_THAT(open_error(), HasSubstr("user.pem: No such file"));
}

TEST_F(HomeTest, UserAndNodeNeedAKeyEach) {
  make();
  fs::copy_file(path_ / "keys" / "user.pem", path_ / "keys" / "node.pem",
                fs::copy_options::overwrite_existing);
  EXPECT_THAT(open_error(), HasSubstr("hold the same key"));
}

TEST_F(HomeTest, AStoreOfAnotherNodeIsRefused) {
  make();
  const auto other = Home::create(directory_ / "other", testing::local_options());
  ASSERT_TRUE(other);
  fs::copy_file(other->directory() / "keys" / "node.pem", path_ / "keys" / "node.pem",
                fs::copy_options::overwrite_existing);
  const auto home = Home::open(path_);
  ASSERT_TRUE(home) << home.error();
  const auto store = open_store(*home, testing::small_store());
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error(), HasSubstr("do not belong together"));
}

TEST_F(HomeTest, TheDefaultFollowsXdg) {
  setenv("XDG_DATA_HOME", "/data", 1);
  EXPECT_EQ(Home::default_directory(), "/data/sdmp");
  setenv("XDG_DATA_HOME", "relative", 1);
  setenv("HOME", "/home/someone", 1);
  EXPECT_EQ(Home::default_directory(), "/home/someone/.local/share/sdmp");
  unsetenv("XDG_DATA_HOME");
}

}  // namespace
}  // namespace sdmp::relay
