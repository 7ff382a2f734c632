// `sdmp import`: all files or none.
#include <fstream>

#include <gtest/gtest.h>

#include "codec/resource.h"
#include "tests/engine/protocol/testing.h"
#include "tests/integration/process.h"

namespace sdmp::tools {
namespace {

using integration::TemporaryDirectory;
using integration::TestHome;
using protocol::testing::TestNode;

constexpr codec::UnixMillis kMoment = 1'000'000'000'000;

class Import : public ::testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& text) const {
    const std::string path = (directory.path() / name).string();
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  static std::string post(const TestNode& node, std::string_view content,
                          std::span<const codec::Identifier> updates = {}) {
    return codec::build_post(node.key, kMoment, "", content, updates) + "\n";
  }
  void expect_refused(const std::vector<std::string>& files, const std::string& words) const {
    const auto before = home.log();
    std::vector<std::string> arguments = {"import"};
    arguments.insert(arguments.end(), files.begin(), files.end());
    const auto result = home.sdmp(arguments);
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_EQ(result.out, "") << "no URI of what is not there";
    EXPECT_NE(result.err.find(words), std::string::npos) << result.err;
    EXPECT_EQ(home.log(), before);
  }

  const TemporaryDirectory directory;
  const TestHome home{directory, "home"};
  const TestNode one{1};
  const TestNode two{2};
};

TEST_F(Import, ABrokenSecondFileLeavesTheFirstOut) {
  const std::string good = file("good", bundle_of(one));
  expect_refused({good, file("broken", two.identity + "\nno container\n")}, "broken line 2");
  expect_refused({good, file("empty", "\n")}, "empty holds no container");
  expect_refused({good, (directory.path() / "missing").string()}, "missing");
  expect_refused({good, file("stranger", "\n" + post(two, "whose?"))}, "stranger line 2");
  EXPECT_EQ(home.sdmp({"import", good}).exit_code, 0) << "nothing is wrong with it alone";
}

TEST_F(Import, FilesMayNeedEachOther) {
  const std::string first = file("first", post(one, "signed by the second file's node"));
  const std::string second = file("second", bundle_of(one));
  const std::size_t before = home.log().size();
  const auto result = home.sdmp({"import", first, second});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(integration::split_lines(result.out).size(), 4u);
  EXPECT_EQ(home.log().size(), before + 4);
}

TEST_F(Import, AForeignUpdateLeavesEverythingOut) {
  const std::string text = post(one, "mine");
  codec::ContainerReader reader;
  const std::string line = text.substr(0, text.size() - 1);
  const std::array<codec::Identifier, 1> target = {reader.parse_copy(line)->identifier()};
  const std::string first = file("first", bundle_of(one) + text);
  const std::string second = file("second", bundle_of(two) + post(two, "not yours", target));
  expect_refused({first, second}, "second line 4: it updates a resource of another publisher");
  ASSERT_EQ(home.sdmp({"import", first}).exit_code, 0);
  expect_refused({second}, "second line 4: it updates a resource of another publisher");
}

// The store takes the resource that is first; what was taken stays importable.
TEST_F(Import, AnUpdateThatCameBeforeItsTargetIsNotForeign) {
  const std::string text = post(one, "mine");
  codec::ContainerReader reader;
  const std::string line = text.substr(0, text.size() - 1);
  const std::array<codec::Identifier, 1> target = {reader.parse_copy(line)->identifier()};
  const std::string file_of_both =
      file("both", bundle_of(one) + bundle_of(two) + post(two, "not yours", target) + text);
  EXPECT_EQ(home.sdmp({"import", file_of_both}).exit_code, 0);
  EXPECT_EQ(home.sdmp({"import", file_of_both}).exit_code, 0) << "and all of it is there already";
}

}  // namespace
}  // namespace sdmp::tools
