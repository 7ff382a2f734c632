// A home that has its keys and not its store: every command that needs it names the remedy, and the
// remedy works (docs/operations.md, "A lost store").
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <signal.h>

#include "tests/integration/process.h"

namespace sdmp::tools {
namespace {

using integration::Daemon;
using integration::TemporaryDirectory;
using integration::TestHome;

class LostStore : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::copy_file(home.bundle(), kept);
    other_bundle = other.bundle();
    std::filesystem::remove_all(home.path() + "/store");
  }
  void expect_remedy(const std::vector<std::string>& command) const {
    const auto result = home.sdmp(command);
    EXPECT_EQ(result.exit_code, 1) << command[0];
    EXPECT_EQ(result.out, "") << command[0];
    EXPECT_NE(result.err.find("`sdmp import FILE --home " + home.path() + "`"), std::string::npos)
        << command[0] << ": " << result.err;
  }
  void expect_remedies() const {
    expect_remedy({"export"});
    expect_remedy({"publish", "--post", "a"});
    expect_remedy({"delete", "sdmp://" + home.node() + "/" + home.node()});
    expect_remedy({"trust", "add", other_bundle});
    expect_remedy({"trust", "remove", other.user()});
  }
  void expect_works() const {
    EXPECT_EQ(home.sdmp({"export"}).out, integration::read_all(kept));
    home.trust({&other});
    home.publish_lines({"back again"});
    EXPECT_EQ(home.sdmp({"verify"}).exit_code, 0);
  }

  const TemporaryDirectory directory;
  const TestHome home{directory, "home"};
  const TestHome other{directory, "other"};
  const std::string kept = (directory.path() / "kept.sdmp").string();
  std::string other_bundle;
};

TEST_F(LostStore, TheHomesOwnBundleBeginsItAgain) {
  expect_remedies();
  const auto imported = home.sdmp({"import", kept});
  EXPECT_EQ(imported.exit_code, 0) << imported.err;
  expect_works();
}

TEST_F(LostStore, TheDaemonWarnsAndNeedsNoRestart) {
  Daemon daemon(home);
  EXPECT_NE(daemon.process().log().find("does not hold this home's own identities"),
            std::string::npos)
      << daemon.process().log();
  expect_remedies();
  ASSERT_EQ(home.sdmp({"import", kept}).exit_code, 0);
  expect_works();
  daemon.process().signal(SIGTERM);
  EXPECT_EQ(daemon.process().wait(), 0);
  Daemon again(home);
  EXPECT_EQ(again.process().log().find("identities"), std::string::npos) << again.process().log();
}

// A node does not ask others for what it published itself.
TEST_F(LostStore, APeerHasWhatTheNodePublished) {
  ASSERT_EQ(other.sdmp({"import", kept}).exit_code, 0);
  std::string containers;
  for (const auto& line : other.log()) {
    const std::size_t at = line.find('@');
    if (at == std::string::npos) continue;
    const std::string address = line.substr(at + 1);
    if (!address.starts_with(home.user()) && !address.starts_with(home.node())) continue;
    containers += other.sdmp({"show", "--container", "sdmp://" + address}).out;
  }
  const std::string file = (directory.path() / "from_peer.sdmp").string();
  std::ofstream(file, std::ios::binary) << containers;
  ASSERT_EQ(home.sdmp({"import", file}).exit_code, 0);
  expect_works();
}

}  // namespace
}  // namespace sdmp::tools
