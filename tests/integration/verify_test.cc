// `sdmp verify` on stores whose file is damaged.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>

#include <gtest/gtest.h>
#include <signal.h>

#include "tests/integration/process.h"

namespace sdmp::integration {
namespace {

constexpr std::size_t kPageBytes = 4096;

class Verify : public testing::Test {
 protected:
  Verify() {
    std::vector<std::string> posts;
    for (int i = 0; i < 60; ++i) posts.push_back(std::to_string(i) + std::string(700, 'x'));
    home_.publish_lines(posts);
    std::ifstream in(file_, std::ios::binary);
    intact_.assign(std::istreambuf_iterator<char>(in), {});
  }
  void write(const std::string& octets) const {
    std::ofstream(file_, std::ios::binary | std::ios::trunc) << octets;
  }

  const TemporaryDirectory directory_;
  const TestHome home_{directory_, "home"};
  const std::string file_ = home_.path() + "/store/data.mdb";
  std::string intact_;
};

TEST_F(Verify, SaysWhereADamagedFileBreaks) {
  const char* given = std::getenv("SDMP_TEST_SEED");
  const auto seed = given != nullptr ? std::stoull(given) : std::random_device{}();
  std::cout << "SDMP_TEST_SEED=" << seed << "\n";
  std::mt19937_64 random(seed);
  int found = 0;
  for (int trial = 0; trial < 24; ++trial) {
    std::string damaged = intact_;
    // The first two pages name the state; of two states LMDB takes the one that it can read.
    const std::size_t page = 2 + random() % (damaged.size() / kPageBytes - 2);
    const std::size_t bytes = trial % 2 == 0 ? kPageBytes : 1 + random() % 64;
    const std::size_t at = page * kPageBytes + random() % (kPageBytes - bytes + 1);
    for (std::size_t i = 0; i < bytes; ++i) damaged[at + i] = static_cast<char>(random());
    write(damaged);
    const auto result = home_.sdmp({"verify"});
    ASSERT_TRUE(result.exit_code == 0 || result.exit_code == 1)
        << "trial " << trial << ": " << result.exit_code << " " << result.err;
    if (result.exit_code == 0) continue;
    ++found;
    // What cannot be opened as a store is named as a whole.
    EXPECT_TRUE(result.err.find("journal line ") != std::string::npos ||
                result.err.find("store in " + home_.path()) != std::string::npos ||
                result.err.find("restore the store from a copy") != std::string::npos)
        << "trial " << trial << ": " << result.err;
  }
  EXPECT_GT(found, 5) << "most pages are in use";
  write(intact_);
  EXPECT_EQ(home_.sdmp({"verify"}).exit_code, 0);
}

TEST_F(Verify, NamesTheFirstLineWhoseResourceIsDamaged) {
  std::string damaged = intact_;
  // In the text of every post, and in what pages that are free now still have of them.
  const std::string text = "eHh4eHh4eHh4eHh4eHh4";
  for (std::size_t at = damaged.find(text); at != std::string::npos; at = damaged.find(text, at)) {
    damaged[at] ^= 1;
  }
  write(damaged);
  const auto result = home_.sdmp({"verify", "--json"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_TRUE(result.out.starts_with(R"({"faulty_line":)")) << result.out << result.err;
  EXPECT_FALSE(result.out.starts_with(R"({"faulty_line":0)")) << result.out;
  write(intact_);
  const auto intact = home_.sdmp({"verify", "--json"});
  EXPECT_EQ(intact.exit_code, 0);
  EXPECT_TRUE(intact.out.starts_with(R"({"lines":6)")) << intact.out;
}

TEST_F(Verify, AStoreThatWasBegunAnewIsNotIntact) {
  std::filesystem::remove_all(home_.path() + "/store");
  for (const char* state : {"gone", "begun anew"}) {
    const auto result = home_.sdmp({"verify"});
    EXPECT_EQ(result.exit_code, 1) << state << result.out;
    EXPECT_NE(result.err.find("sdmp import"), std::string::npos) << state << ": " << result.err;
    Daemon daemon(home_);
    daemon.process().signal(SIGTERM);
    daemon.process().wait();
  }
}

TEST_F(Verify, LogBehindTheLastLineIsEmpty) {
  for (const char* since : {"1000", "18446744073709551615"}) {
    const auto result = home_.sdmp({"log", "--since", since});
    EXPECT_EQ(result.exit_code, 0) << since << ": " << result.err;
    EXPECT_EQ(result.out, "") << since;
  }
  const auto few = home_.sdmp({"log", "--since", "3", "--limit", "18446744073709551615"});
  EXPECT_EQ(few.exit_code, 0);
  EXPECT_NE(few.out, "");
  for (const char* option : {"--since", "--limit"}) {
    const auto negative = home_.sdmp({"log", option, "-1"});
    EXPECT_EQ(negative.exit_code, 2) << option;
    EXPECT_NE(negative.err.find(option), std::string::npos) << negative.err;
  }
}

}  // namespace
}  // namespace sdmp::integration
