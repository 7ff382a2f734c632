// Bad input on the command line: what is wrong, where, what to do; exit 2 for usage, 1 for the
// rest; nothing half-written.
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/integration/process.h"

namespace sdmp::integration {
namespace {

void expect_error(const RunResult& result, int code, const std::string& words) {
  EXPECT_EQ(result.exit_code, code) << result.err;
  EXPECT_NE(result.err.find(words), std::string::npos)
      << "wanted '" << words << "' in: " << result.err;
  EXPECT_TRUE(result.out.empty()) << result.out;
}

TEST(CommandLine, UsageErrorsExitTwoAndNameTheOption) {
  expect_error(run("sdmp", {}), 2, "subcommand");
  expect_error(run("sdmp", {"frobnicate"}), 2, "frobnicate");
  expect_error(run("sdmp", {"init", "--sweet", "modern"}), 2, "--sweet");
  expect_error(run("sdmp", {"init", "--suite", "ancient"}), 2, "--suite");
  expect_error(run("sdmp", {"publish", "--post", "a", "--file", "b"}), 2, "");
  expect_error(run("sdmp", {"publish", "--post", ""}), 2, "--post: is empty");
  expect_error(run("sdmp", {"publish", "--post", "", "--title", "a"}), 2, "--post: is empty");
  expect_error(run("sdmp", {"publish", "--file", ""}), 2, "--file: is empty");
  expect_error(run("sdmp", {"sync"}), 2, "--peer");
  expect_error(run("sdmpd", {"--shards", "many"}), 2, "--shards");
  expect_error(run("sdmpd", {"--unknown"}), 2, "--unknown");
}

TEST(CommandLine, HelpAndVersionSucceed) {
  for (const auto* program : {"sdmp", "sdmpd"}) {
    EXPECT_EQ(run(program, {"--help"}).exit_code, 0);
    const auto version = run(program, {"--version"});
    EXPECT_EQ(version.exit_code, 0);
    EXPECT_NE(version.out.find("0.10"), std::string::npos);
  }
}

TEST(CommandLine, AFolderThatIsNoHomeIsNamedWithTheRemedy) {
  const TemporaryDirectory directory;
  const std::string nowhere = (directory.path() / "nowhere").string();
  for (const char* command : {"export", "log", "verify"}) {
    const auto result = run("sdmp", {command, "--home", nowhere});
    expect_error(result, 1, nowhere);
    EXPECT_NE(result.err.find("sdmp init"), std::string::npos) << result.err;
  }
  expect_error(run("sdmpd", {"--home", nowhere}), 1, "sdmp init");
}

TEST(CommandLine, InitDoesNotOverwriteAHome) {
  const TemporaryDirectory directory;
  const TestHome home(directory, "home");
  const std::string before = read_all(home.path() + "/keys/node.pem");
  expect_error(run("sdmp", {"init", "--home", home.path()}), 1, home.path());
  EXPECT_EQ(read_all(home.path() + "/keys/node.pem"), before);
}

TEST(CommandLine, InitWithABadAddressLeavesNothingBehind) {
  const TemporaryDirectory directory;
  const std::string path = (directory.path() / "home").string();
  expect_error(run("sdmp", {"init", "--home", path, "--listen", "example.org:7367"}), 1,
               "example.org");
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(CommandLine, PrivateKeysAreForTheirOwnerAlone) {
  const TemporaryDirectory directory;
  const TestHome home(directory, "home");
  for (const char* key : {"/keys/node.pem", "/keys/user.pem"}) {
    struct stat status{};
    ASSERT_EQ(stat((home.path() + key).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
  }
  chmod((home.path() + "/keys/node.pem").c_str(), 0644);
  const auto result = home.sdmp({"log"});
  expect_error(result, 1, "node.pem");
  EXPECT_NE(result.err.find("chmod 600"), std::string::npos) << result.err;
}

TEST(CommandLine, ABundleWithOneBrokenLineChangesNothing) {
  const TemporaryDirectory directory;
  const TestHome home(directory, "home");
  const TestHome other(directory, "other");
  auto lines = split_lines(read_all(other.bundle()));
  ASSERT_EQ(lines.size(), 4u);
  lines[2][lines[2].size() / 2] ^= 1;
  const std::string file = (directory.path() / "broken.sdmp").string();
  {
    std::ofstream out(file);
    for (const auto& line : lines) out << line << '\n';
  }
  const auto before = home.log();
  const auto added = home.sdmp({"trust", "add", file});
  expect_error(added, 1, "broken.sdmp line 3");
  expect_error(home.sdmp({"import", file}), 1, "broken.sdmp line 3");
  EXPECT_EQ(home.log(), before);
}

TEST(CommandLine, MissingAndEmptyFilesAreNamed) {
  const TemporaryDirectory directory;
  const TestHome home(directory, "home");
  expect_error(home.sdmp({"trust", "add", "/nonexistent/bundle"}), 1, "/nonexistent/bundle");
  expect_error(home.sdmp({"import", directory.path().string()}), 1, "directory");
  expect_error(home.sdmp({"publish", "--file", "/nonexistent/post"}), 1, "/nonexistent/post");
  expect_error(home.sdmp({"publish", "--stdin-lines"}), 1, "no lines");
  expect_error(home.sdmp({"trust", "add", "-"}, ""), 1, "");
}

TEST(CommandLine, OnesOwnBundleIsNotTrusted) {
  const TemporaryDirectory directory;
  const TestHome home(directory, "home");
  expect_error(home.sdmp({"trust", "add", home.bundle()}), 1, "own bundle");
}

TEST(CommandLine, APostThatNoFrameCanHoldIsRefusedWithTheLimit_P_FRAME) {
  const TemporaryDirectory directory;
  const TestHome home(directory, "home");
  const std::size_t before = home.log().size();
  const auto result = home.sdmp({"publish", "--file", "-"}, std::string(4 << 20, 'a'));
  expect_error(result, 1, "4194304");
  EXPECT_EQ(home.log().size(), before);
  EXPECT_EQ(home.sdmp({"publish", "--file", "-"}, std::string(1 << 20, 'a')).exit_code, 0);
  expect_error(home.sdmp({"publish", "--post", "bad \xff utf-8"}), 1, "UTF-8");
}

TEST(CommandLine, AFingerprintMayBeginWithAHyphen) {
  const TemporaryDirectory directory;
  const TestHome home(directory, "home");
  for (const std::string begin : {"-l_", "--h", "-h1"}) {
    const std::string fingerprint = begin + std::string(86 - begin.size(), 'A');
    const auto result = home.sdmp({"trust", "remove", fingerprint});
    EXPECT_EQ(result.exit_code, 1) << result.err;
    EXPECT_NE(result.err.find(fingerprint), std::string::npos) << result.err;
  }
}

TEST(CommandLine, BadAddressesAndUrisSayWhatTheyShouldLookLike) {
  const TemporaryDirectory directory;
  const TestHome home(directory, "home");
  expect_error(home.sdmp({"sync", "--peer", "localhost:7367"}), 1, "localhost");
  expect_error(home.sdmp({"sync", "--peer", "127.0.0.1:99999"}), 1, "99999");
  expect_error(home.sdmp({"show", "http://example.org/"}), 1, "sdmp://");
  expect_error(home.sdmp({"trust", "remove", "nobody"}), 1, "nobody");
  expect_error(run("sdmpd", {"--home", home.path(), "--listen", "nowhere"}), 2, "nowhere");
}

TEST(CommandLine, SyncWithNobodyTrustedOrNobodyThereSaysSo) {
  const TemporaryDirectory directory;
  const TestHome home(directory, "home");
  const TestHome other(directory, "other");
  expect_error(home.sdmp({"sync", "--peer", "127.0.0.1:1"}), 1, "trust add");
  home.trust({&other});
  const auto refused = home.sdmp({"sync", "--peer", "127.0.0.1:1", "--timeout", "5"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.err.find("127.0.0.1:1"), std::string::npos) << refused.err;
}

TEST(CommandLine, InspectExplainsContainersLayerByLayer) {
  const TemporaryDirectory directory;
  const TestHome home(directory, "home");
  const auto result = run("sdmp", {"inspect", home.bundle()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  for (const char* words : {"protected", "EdDSA", "verifies", "identifier", "sdmp://", "payload"}) {
    EXPECT_NE(result.out.find(words), std::string::npos) << words;
  }
  const auto broken = run("sdmp", {"inspect", "-"}, "{\"payload\":\"\"}\n");
  EXPECT_EQ(broken.exit_code, 1);
  EXPECT_NE(broken.out.find("INVALID"), std::string::npos);
}

TEST(CommandLine, TheJournalIsPrintedAsTheProtocolWritesIt_JRN_2_JRN_3) {
  const TemporaryDirectory directory;
  const TestHome home(directory, "home");
  const auto lines = home.log();
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines[0], home.node());
  EXPECT_EQ(lines[1].size(), 260u);
}

}  // namespace
}  // namespace sdmp::integration
