#include "engine/protocol/object_scanner.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "engine/protocol/limits.h"
#include "tests/engine/protocol/testing.h"

namespace sdmp::protocol {
namespace {

using Status = ObjectScanner::Status;
using testing::PrintedRandom;

struct Scan {
  Status status;
  std::size_t consumed;  // of the whole stream, in any split
  bool operator==(const Scan&) const = default;
};

Scan scan_in_pieces(std::string_view stream, auto&& next_size) {
  ObjectScanner scanner;
  std::size_t at = 0;
  while (at < stream.size()) {
    const std::size_t size = std::min<std::size_t>(next_size(), stream.size() - at);
    std::size_t consumed = 0;
    const Status status = scanner.scan(codec::as_bytes(stream.substr(at, size)), consumed);
    at += consumed;
    if (status == Status::kComplete) return {status, at};
    if (status != Status::kIncomplete) return {status, 0};
  }
  return {Status::kIncomplete, at};
}

Scan scan_whole(std::string_view stream) {
  return scan_in_pieces(stream, [&] { return stream.size(); });
}

std::string object_of_size(std::size_t size) {
  return R"({"a":")" + std::string(size - 8, 'x') + R"("})";
}

TEST(ObjectScanner, P_HS_ObjectEndsWithTheBraceThatClosesItsFirstOne) {
  EXPECT_EQ(scan_whole("{}"), (Scan{Status::kComplete, 2}));
  EXPECT_EQ(scan_whole("{}{}"), (Scan{Status::kComplete, 2}));
  EXPECT_EQ(scan_whole(R"({"a":{"b":{}}} {)"), (Scan{Status::kComplete, 14}));
  EXPECT_EQ(scan_whole("{\n}\n"), (Scan{Status::kComplete, 3}));
}

TEST(ObjectScanner, P_HS_BracesInsideStringsDoNotCount) {
  EXPECT_EQ(scan_whole(R"({"}":"{{"}x)"), (Scan{Status::kComplete, 10}));
  EXPECT_EQ(scan_whole(R"({"a":"\"}"}x)"), (Scan{Status::kComplete, 11}));
  EXPECT_EQ(scan_whole(R"({"a":"\\"}x)"), (Scan{Status::kComplete, 10}));
  EXPECT_EQ(scan_whole(R"({"a":"\\\"}"}x)"), (Scan{Status::kComplete, 13}));
  EXPECT_EQ(scan_whole(R"({"a":"}})").status, Status::kIncomplete);
}

TEST(ObjectScanner, P_HS_FirstByteMustBeABrace) {
  for (const char* text : {" {}", "\n{}", "}", "[", "nope", "\"{}\"", "\xef\xbb\xbf{}"}) {
    EXPECT_EQ(scan_whole(text).status, Status::kNotAnObject) << text;
  }
  EXPECT_EQ(scan_whole(std::string(1, '\0')).status, Status::kNotAnObject);
}

TEST(ObjectScanner, P_HS_AtMost16384Bytes) {
  const std::string longest = object_of_size(kConnectionObjectBytesMax);
  ASSERT_EQ(longest.size(), 16'384u);
  EXPECT_EQ(scan_whole(longest), (Scan{Status::kComplete, 16'384}));
  EXPECT_EQ(scan_whole(longest + "x"), (Scan{Status::kComplete, 16'384}));
  EXPECT_EQ(scan_whole(longest.substr(0, 16'383)).status, Status::kIncomplete);
  const std::string longer = object_of_size(kConnectionObjectBytesMax + 1);
  EXPECT_EQ(scan_whole(longer).status, Status::kTooLong);
  // Known as soon as that many bytes are there: nothing is waited for.
  EXPECT_EQ(scan_whole(longer.substr(0, 16'384)).status, Status::kTooLong);
  EXPECT_EQ(scan_whole(std::string(16'384, '{')).status, Status::kTooLong);
}

TEST(ObjectScanner, EmptyInputChangesNothing) {
  ObjectScanner scanner;
  std::size_t consumed = 7;
  EXPECT_EQ(scanner.scan({}, consumed), Status::kIncomplete);
  EXPECT_EQ(consumed, 0u);
  EXPECT_EQ(scanner.scan(codec::as_bytes("{}"), consumed), Status::kComplete);
}

TEST(ObjectScanner, AnySplitGivesTheSameResult) {
  PrintedRandom random;
  constexpr std::string_view kAlphabet = R"({{}}""\ax,)";
  for (int round = 0; round < 2'000; ++round) {
    std::string stream(random.below(10) == 0 ? "" : "{");
    const std::size_t size = 1 + random.below(200);
    while (stream.size() < size) stream += kAlphabet[random.below(kAlphabet.size())];
    const Scan whole = scan_whole(stream);
    EXPECT_EQ(scan_in_pieces(stream, [] { return std::size_t{1}; }), whole) << stream;
    EXPECT_EQ(scan_in_pieces(stream, [&] { return 1 + random.below(17); }), whole) << stream;
  }
  const std::string longest = object_of_size(kConnectionObjectBytesMax) + "tail";
  EXPECT_EQ(scan_in_pieces(longest, [] { return std::size_t{1}; }), scan_whole(longest));
  EXPECT_EQ(scan_in_pieces(longest, [&] { return 1 + random.below(3'000); }), scan_whole(longest));
}

}  // namespace
}  // namespace sdmp::protocol
