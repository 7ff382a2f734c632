// The rules of the tree that a compiler does not know: who may include whom, who may know io_uring,
// LMDB or the clock, how long a file or a function may get, what may not be called at all.
// Headers stand on their own: each is the first include of its source, or compiled alone by the
// target sdmp_headers.

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>

#include <gtest/gtest.h>

#include "tests/tidy/source_tree.h"

namespace sdmp::tidy {
namespace {

constexpr std::size_t kFileLinesMax = 400;
constexpr std::size_t kFunctionLinesMax = 70;

const std::vector<SourceFile>& product() {
  static const auto files = read_sources({"codec", "engine", "tools"});
  return files;
}
const std::vector<SourceFile>& everything() {
  static const auto files = read_sources({"codec", "engine", "tools", "bench", "tests"});
  return files;
}

// "engine/store/batch.cc" is of part "engine/store"; "tools/sdmp/main.cc" of "tools".
std::string part_of(const std::string& path) {
  static const std::regex engine(R"(^(engine/\w+)/)");
  std::smatch match;
  if (std::regex_search(path, match, engine)) return match[1];
  return path.substr(0, path.find('/'));
}

// The arrows of docs/architecture.md; every part may include itself.
const std::map<std::string, std::set<std::string>>& arrows() {
  static const std::map<std::string, std::set<std::string>> allowed = {
      {"codec", {}},
      {"engine/protocol", {"codec"}},
      {"engine/store", {"codec"}},
      {"engine/ring", {"codec"}},
      {"engine/shard", {"codec", "engine/protocol", "engine/store", "engine/ring"}},
      {"engine/relay", {"codec", "engine/protocol", "engine/store", "engine/ring", "engine/shard"}},
      {"engine/load", {"codec", "engine/protocol", "engine/ring"}},
      {"tools",
       {"codec", "engine/protocol", "engine/store", "engine/ring", "engine/shard", "engine/relay",
        "engine/load"}},
  };
  return allowed;
}

std::string at(const SourceFile& file, std::size_t line) {
  return file.path + ":" + std::to_string(line);
}

std::size_t line_of(const SourceFile& file, std::size_t offset) {
  return 1 + line_count(std::string_view(file.code).substr(0, offset));
}

// Every match of `pattern` in the code (not in comments or strings) of files that `applies` names.
template <class Applies>
std::vector<std::string> find_code(const std::vector<SourceFile>& files, const char* pattern,
                                   Applies applies) {
  const std::regex regex(pattern);
  std::vector<std::string> found;
  for (const auto& file : files) {
    if (!applies(file)) continue;
    for (std::sregex_iterator it(file.code.begin(), file.code.end(), regex), end; it != end; ++it) {
      found.push_back(at(file, line_of(file, static_cast<std::size_t>(it->position()))) + " " +
                      it->str());
    }
  }
  return found;
}

std::string list(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += "\n  " + line;
  return text;
}

TEST(Tidy, TheTreeIsRead) {
  EXPECT_GT(product().size(), 60u);
  std::size_t functions = 0;
  for (const auto& file : product()) functions += functions_of(file).size();
  EXPECT_GT(functions, 300u);
}

TEST(Tidy, IncludesFollowTheArrows) {
  std::vector<std::string> wrong;
  for (const auto& file : product()) {
    const std::string part = part_of(file.path);
    const auto allowed = arrows().find(part);
    ASSERT_NE(allowed, arrows().end()) << part << " is no part that the design knows";
    for (const auto& include : includes_of(file)) {
      if (!include.ours) continue;
      const std::string target = part_of(include.name);
      if (target != part && !allowed->second.contains(target)) {
        wrong.push_back(at(file, include.line) + " includes " + include.name);
      }
    }
  }
  EXPECT_TRUE(wrong.empty()) << list(wrong);
}

TEST(Tidy, OnlyItsOwnerIncludesALibrary) {
  const std::map<std::string, std::string> owners = {
      {"liburing.h", "engine/ring"}, {"linux/io_uring.h", "engine/ring"},
      {"lmdb.h", "engine/store"},    {"simdjson.h", "codec"},
      {"libdeflate.h", "codec"},     {"toml++/toml.h", "engine/relay"},
      {"CLI/CLI.hpp", "tools"},
  };
  std::vector<std::string> wrong;
  for (const auto& file : product()) {
    for (const auto& include : includes_of(file)) {
      const auto owner = owners.find(include.name);
      if (owner != owners.end() && owner->second != part_of(file.path)) {
        wrong.push_back(at(file, include.line) + " includes " + include.name);
      }
    }
  }
  EXPECT_TRUE(wrong.empty()) << list(wrong);
}

TEST(Tidy, ProtocolAndCodecAreSansIo) {
  const std::set<std::string> banned = {"thread",       "mutex",          "condition_variable",
                                        "future",       "chrono",         "random",
                                        "fstream",      "iostream",       "filesystem",
                                        "ctime",        "sys/socket.h",   "sys/types.h",
                                        "unistd.h",     "fcntl.h",        "time.h",
                                        "sys/random.h", "sys/eventfd.h",  "poll.h",
                                        "sys/epoll.h",  "spdlog/spdlog.h"};
  std::vector<std::string> wrong;
  const auto sans_io = [](const SourceFile& file) {
    const std::string part = part_of(file.path);
    return part == "engine/protocol" || part == "codec";
  };
  for (const auto& file : product()) {
    // Parsing addresses in text needs inet_pton's family constants and nothing more.
    if (!sans_io(file) || file.path == "codec/socket_address.cc") continue;
    for (const auto& include : includes_of(file)) {
      if (banned.contains(include.name)) {
        wrong.push_back(at(file, include.line) + " includes " + include.name);
      }
    }
  }
  EXPECT_TRUE(wrong.empty()) << list(wrong);
  const auto random_calls =
      find_code(product(), R"(\b(randombytes_buf|randombytes|RAND_bytes|getrandom)\s*\()",
                [](const SourceFile& file) { return part_of(file.path) == "engine/protocol"; });
  EXPECT_TRUE(random_calls.empty()) << list(random_calls);
}

TEST(Tidy, NoCallsThatHaveABetterReplacement) {
  const struct {
    const char* pattern;
    const char* instead;
  } bans[] = {
      {R"(\bepoll_\w+\s*\()", "engine/ring"},
      {R"(\b(sleep_for|sleep_until|usleep|nanosleep)\s*\()", "a deadline"},
      {R"(\b(strcpy|strcat|sprintf|gets|strtok)\s*\()", "std::string or fmt"},
      {R"(\brand\s*\(\s*\))", "randombytes_buf"},
      {R"(\bstd::shared_from_this\b|enable_shared_from_this)", "an owner"},
      {R"(\bsystem\s*\()", "a library call"},
  };
  for (const auto& ban : bans) {
    const auto found = find_code(product(), ban.pattern, [](const SourceFile&) { return true; });
    EXPECT_TRUE(found.empty()) << "use " << ban.instead << ":" << list(found);
  }
}

TEST(Tidy, TestsDoNotSleep) {
  const auto found =
      find_code(everything(), R"(\b(sleep_for|sleep_until|usleep)\s*\()",
                [](const SourceFile& file) { return file.path.starts_with("tests/"); });
  EXPECT_TRUE(found.empty()) << list(found);
}

TEST(Tidy, FilesAreShort) {
  std::vector<std::string> long_files;
  for (const auto& file : product()) {
    const std::size_t lines = line_count(file.text);
    if (lines > kFileLinesMax) long_files.push_back(file.path + ": " + std::to_string(lines));
  }
  EXPECT_TRUE(long_files.empty()) << "which concept wants its own file?" << list(long_files);
}

TEST(Tidy, FunctionsFitAScreen) {
  std::vector<std::string> long_functions;
  for (const auto& file : product()) {
    for (const auto& function : functions_of(file)) {
      if (function.lines > kFunctionLinesMax) {
        long_functions.push_back(at(file, function.first_line) + ": " +
                                 std::to_string(function.lines) + " lines");
      }
    }
  }
  EXPECT_TRUE(long_functions.empty()) << list(long_functions);
}

TEST(Tidy, LinesFitAHundredColumns) {
  std::vector<std::string> wide;
  for (const auto& file : product()) {
    std::size_t line = 1;
    std::size_t columns = 0;
    for (const char c : file.text) {
      if (c == '\n') {
        if (columns > 100) wide.push_back(at(file, line));
        columns = 0;
        ++line;
      } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
        ++columns;
      }
    }
  }
  EXPECT_TRUE(wide.empty()) << list(wide);
}

TEST(Tidy, SourcesIncludeTheirOwnHeaderFirst) {
  std::set<std::string> headers;
  for (const auto& file : product()) {
    if (file.path.ends_with(".h")) headers.insert(file.path);
  }
  std::vector<std::string> wrong;
  for (const auto& file : product()) {
    if (!file.path.ends_with(".cc")) continue;
    const std::string own = file.path.substr(0, file.path.size() - 2) + "h";
    if (!headers.contains(own)) continue;
    const auto includes = includes_of(file);
    if (includes.empty() || includes.front().name != own) wrong.push_back(file.path);
  }
  EXPECT_TRUE(wrong.empty()) << "or their header is not shown to stand alone:" << list(wrong);
}

TEST(Tidy, HeadersExplainThemselves) {
  std::vector<std::string> mute;
  for (const auto& file : product()) {
    if (!file.path.ends_with(".h")) continue;
    if (!file.text.starts_with("// ") || file.text.find("#pragma once") == std::string::npos) {
      mute.push_back(file.path);
    }
  }
  EXPECT_TRUE(mute.empty()) << "a header starts with what it is:" << list(mute);
}

// codec/frame.cc has tests/codec/frame_test.cc; a concept split over peer_sync.cc and
// peer_sync_answers.cc may share tests/.../peer_sync_test.cc.
bool has_mirrored_test(const std::string& source, const std::set<std::string>& tests) {
  std::string stem = "tests/" + source.substr(0, source.size() - 3);
  while (true) {
    if (tests.contains(stem + "_test.cc")) return true;
    const std::size_t cut = stem.rfind('_');
    if (cut == std::string::npos || cut < stem.rfind('/')) return false;
    stem.resize(cut);
  }
}

TEST(Tidy, EverySourceHasItsMirroredTest) {
  std::set<std::string> tests;
  for (const auto& file : everything()) tests.insert(file.path);
  std::vector<std::string> untested;
  for (const auto& file : product()) {
    if (!file.path.ends_with(".cc") || part_of(file.path) == "tools") continue;
    if (!has_mirrored_test(file.path, tests)) untested.push_back(file.path);
  }
  EXPECT_TRUE(untested.empty()) << "without a test of its name under tests/:" << list(untested);
}

std::string read_document(const std::string& path) {
  std::ifstream in(std::string(SDMP_SOURCE_DIR) + "/" + path);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

TEST(Tidy, EveryClauseHasItsPlaceAndItsTest) {
  std::set<std::string> tests;
  static const std::regex declared(R"(TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\))");
  std::set<std::string> paths;
  for (const auto& file : everything()) {
    paths.insert(file.path);
    for (std::sregex_iterator it(file.text.begin(), file.text.end(), declared), end; it != end;
         ++it) {
      tests.insert((*it)[1].str() + "." + (*it)[2].str());
    }
  }
  static const std::regex row(R"(\n\| ([A-Z]{3}-\d+) \|.*\| `([^`]+)` \| `([^`]+)` \|)");
  const std::string document = read_document("docs/protocol.md");
  std::size_t clauses = 0;
  for (std::sregex_iterator it(document.begin(), document.end(), row), end; it != end; ++it) {
    ++clauses;
    EXPECT_TRUE(paths.contains((*it)[2])) << (*it)[1] << " names " << (*it)[2];
    EXPECT_TRUE(tests.contains((*it)[3])) << (*it)[1] << " names " << (*it)[3];
  }
  EXPECT_EQ(clauses, 55u) << "SDMP 0.10 over TCP has 55 clauses";
}

TEST(Tidy, DocumentsNameFilesThatExist) {
  static const std::regex path(R"(`((?:codec|engine|tools|tests|bench|docs)/[\w/.-]+\.\w+)`)");
  for (const char* name :
       {"README.md", "docs/architecture.md", "docs/codec.md", "docs/protocol.md",
        "docs/handshake.md", "docs/load.md", "docs/load-report.md", "docs/operations.md",
        "docs/store.md"}) {
    const std::string document = read_document(name);
    EXPECT_FALSE(document.empty()) << name;
    for (std::sregex_iterator it(document.begin(), document.end(), path), end; it != end; ++it) {
      EXPECT_TRUE(std::filesystem::exists(std::string(SDMP_SOURCE_DIR) + "/" + (*it)[1].str()))
          << name << " names " << (*it)[1];
    }
  }
}

TEST(Tidy, NothingIsLeftUnfinished) {
  const std::regex marker(R"(\b(TODO|FIXME|XXX)\b|DISABLED_|GTEST_SKIP)");
  std::vector<std::string> found;
  for (const auto& file : everything()) {
    if (file.path.starts_with("tests/tidy/")) continue;
    for (std::sregex_iterator it(file.text.begin(), file.text.end(), marker), end; it != end;
         ++it) {
      found.push_back(at(file, 1 + line_count(std::string_view(file.text).substr(
                                       0, static_cast<std::size_t>(it->position())))) +
                      " " + it->str());
    }
  }
  EXPECT_TRUE(found.empty()) << list(found);
}

}  // namespace
}  // namespace sdmp::tidy
