// `sdmp inspect`: every layer is named, with and without keys, and what is wrong is told with its
// offset.
#include <fstream>

#include <gtest/gtest.h>

#include "codec/aead.h"
#include "codec/batch.h"
#include "codec/connection_object.h"
#include "codec/resource.h"
#include "codec/sync_message.h"
#include "tests/codec/container_fixture.h"
#include "tests/codec/test_octets.h"
#include "tests/integration/process.h"

namespace sdmp::tools {
namespace {

using namespace codec;
using integration::RunResult;
using integration::TemporaryDirectory;

const ByteVector kKey = noise(kAeadKeyBytes, 1);
const ByteVector kIv = noise(kAeadNonceBytes, 2);

std::string post(std::string_view content) {
  return build_post(test_key(), kTestMoment, "a title", content);
}

ByteVector packed(std::string_view text, int level = 1) {
  Deflater deflater(level);
  ByteVector out(deflater.packed_bound(text.size()));
  out.resize(deflater.pack(text, out).value());
  return out;
}

std::string frame(const ByteVector& plaintext, std::uint64_t counter) {
  FrameKey key{std::span<const std::uint8_t, kAeadKeyBytes>(kKey), {}};
  std::ranges::copy(kIv, key.nonce.begin());
  for (std::size_t i = 0; i < 8; ++i) {
    key.nonce[11 - i] ^= static_cast<std::uint8_t>(counter >> (8 * i));
  }
  ByteVector out(frame_bytes(plaintext.size()));
  seal_frame(key, plaintext, out.data());
  return std::string(as_text(out));
}
std::string frame(std::string_view text, std::uint64_t counter) {
  return frame(packed(text), counter);
}

std::string connection_object() {
  const ByteVector value = noise(32, 3);
  return build_connection_object(test_key(), kTestMoment, Group::kX25519, value);
}

std::string message(std::string_view schema, const std::string& body) {
  return build_container(test_key(), kTestMoment, std::array{schema}, body);
}

RunResult inspect(const std::string& input, std::vector<std::string> options = {}) {
  const TemporaryDirectory directory;
  const std::string file = (directory.path() / "capture").string();
  std::ofstream(file, std::ios::binary) << input;
  options.insert(options.begin(), {"inspect", file});
  return integration::run("sdmp", options);
}
RunResult inspect_with_key(const std::string& input, std::vector<std::string> options = {}) {
  options.insert(options.end(), {"--key", to_hex(kKey), "--iv", to_hex(kIv)});
  return inspect(input, options);
}

// The fact of this label, with the white space between them collapsed, stands on a line.
void expect_fact(const RunResult& result, const std::string& label, const std::string& value) {
  for (const std::string& line : integration::split_lines(result.out)) {
    const std::size_t at = line.find(label + " ");
    if (at == std::string::npos || line.find_first_not_of(' ') != at) continue;
    const std::size_t from = line.find_first_not_of(' ', at + label.size());
    if (from != std::string::npos && line.substr(from) == value) return;
  }
  ADD_FAILURE() << "no '" << label << ' ' << value << "' in\n" << result.out;
}

void expect_fault(const RunResult& result, std::size_t offset, const std::string& words) {
  EXPECT_EQ(result.exit_code, 1) << result.out;
  const std::string place = "offset " + std::to_string(offset) + ": ";
  EXPECT_NE(result.err.find(place), std::string::npos) << place << "in: " << result.err;
  EXPECT_NE(result.err.find(words), std::string::npos) << words << " in: " << result.err;
}

TEST(Inspect, P_FRAME_AFrameWithoutKeysIsMeasured) {
  const std::string sealed = frame(post("hello"), 0);
  const auto result = inspect(sealed);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  expect_fact(result, "offset", "0");
  expect_fact(result, "octets", std::to_string(sealed.size()));
  expect_fact(result, "blocks", std::to_string(sealed.size() / 256));
  expect_fact(result, "ciphertext octets", std::to_string(sealed.size() - 20));
  expect_fact(result, "tag", to_hex(as_bytes(sealed).last(kAeadTagBytes)));
  EXPECT_EQ(result.out.find("hello"), std::string::npos);
}

TEST(Inspect, ACapturedDirectionIsAnObjectAndFrames) {
  const std::string object = connection_object();
  const std::string first = frame(post("first"), 0);
  const auto result = inspect_with_key(object + first + frame(post("second"), 1));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  expect_fact(result, "group", "x25519");
  expect_fact(result, "offset", std::to_string(object.size()));
  expect_fact(result, "offset", std::to_string(object.size() + first.size()));
  expect_fact(result, "counter", "0");
  expect_fact(result, "counter", "1");
  EXPECT_NE(result.out.find("\"first\""), std::string::npos);
  EXPECT_NE(result.out.find("\"second\""), std::string::npos);
}

TEST(Inspect, P_SEC_FramesAreOpenedFromTheCounterGiven) {
  const std::string sealed = frame(post("later"), 70000);
  EXPECT_EQ(inspect_with_key(sealed, {"--counter", "70000"}).exit_code, 0);
  expect_fault(inspect_with_key(sealed), 0, "the tag does not match");
  const std::string last = frame(post("last"), (1 << 20) - 1);
  const auto ratchet = inspect_with_key(last + last, {"--counter", "1048575"});
  expect_fault(ratchet, last.size(), "another key");
  EXPECT_NE(ratchet.out.find("\"last\""), std::string::npos);
}

TEST(Inspect, TCP_8_DeflateAndPaddingAreMeasured) {
  const std::string text = post(std::string(3000, 'a'));
  const std::pair<int, const char*> levels[] = {
      {kCompressOff, "stored"}, {1, "dynamic codes"}, {kCompressFast, "dynamic codes"}};
  for (const auto& [level, type] : levels) {
    const auto result = inspect_with_key(frame(packed(text, level), 0));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    expect_fact(result, "first block", type);
    expect_fact(result, "text octets", std::to_string(text.size()));
    EXPECT_NE(result.out.find("padding octets"), std::string::npos);
  }
  const auto stored = inspect_with_key(frame(packed(text, kCompressOff), 0));
  expect_fact(stored, "stream octets", std::to_string(text.size() + 5));
  expect_fact(stored, "ratio", "1.001");
}

TEST(Inspect, CON_1_TheContainerIsExplained) {
  const std::string text = post("hello");
  const auto result = inspect_with_key(frame(text, 0));
  ContainerReader reader;
  const Container container = reader.parse_copy(text).value();
  expect_fact(result, "identifier", container.identifier().text());
  expect_fact(result, "publisher", test_publisher());
  expect_fact(result, "created", "2015-07-26T15:48:37.703Z");
  expect_fact(result, "schemas", "resource, post");
  expect_fact(result, "signature octets", "64");
  EXPECT_NE(result.out.find("not checked"), std::string::npos);
  EXPECT_NE(result.out.find("\"alg\": \"EdDSA\""), std::string::npos);
}

TEST(Inspect, SYN_7_TheResourceWithinAResponseIsExplainedToo) {
  const std::string identity =
      build_identity(test_key(), IdentityType::kNode, kTestMoment, kTestMoment + 1000);
  const auto result = inspect_with_key(frame(
      message("resource_response", resource_response_body(ResponseStatus::kOk, "r1", identity)),
      0));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  expect_fact(result, "status", "200");
  expect_fact(result, "request", "r1");
  expect_fact(result, "octets", std::to_string(identity.size()));
  expect_fact(result, "signature", "verifies with the publisher's key");
}

TEST(Inspect, JRN_4_TheEntriesOfAnUpdateAreFollowed) {
  const Fingerprint publisher = test_key().public_key().fingerprint();
  const LineNumber since = since_beginning(publisher);
  JournalEntry first{number_after(publisher), publisher, {sha512(as_bytes("1"))}};
  JournalEntry second{number_after(first), publisher, {sha512(as_bytes("2"))}};
  const auto update = [&](std::vector<JournalEntry> entries) {
    return message("journal_update", journal_update_body(since.text(), entries));
  };
  const auto good = inspect(update({first, second}));
  EXPECT_EQ(good.exit_code, 0) << good.err;
  expect_fact(good, "entries", "2");
  expect_fact(good, "since", since.text());
  expect_fault(inspect(update({second, first})), 0, "entry 2 does not continue entry 1");
  expect_fault(inspect(message("journal_update", R"("data":{"type":"journal"})")), 0,
               "synchronization message is malformed");
  expect_fact(inspect(message("journal_request", journal_request_body(since, 7))), "limit", "7");
}

TEST(Inspect, TCP_5_NopeIsNamed) {
  const auto alone = inspect("nope");
  EXPECT_EQ(alone.exit_code, 0) << alone.err;
  EXPECT_NE(alone.out.find("handshake failed"), std::string::npos);
  const std::string object = connection_object();
  const auto behind = inspect(object + "nope");
  EXPECT_EQ(behind.exit_code, 0) << behind.err;
  expect_fact(behind, "offset", std::to_string(object.size()));
}

TEST(Inspect, WhatIsCutOffOrForeignIsToldWithItsOffset) {
  const std::string sealed = frame(post("hello"), 0);
  const std::size_t size = sealed.size();
  expect_fault(inspect(sealed + sealed.substr(0, 100)), size,
               "announces " + std::to_string(size) + " octets in all, 100 are there");
  expect_fault(inspect(sealed + sealed.substr(0, 3)), size, "3 octets are left");
  expect_fault(inspect(sealed + std::string(4, '\0')), size, "00000000 begins neither");
  expect_fault(inspect(sealed + "\n" + sealed), size, "begins neither");
  expect_fault(inspect(sealed + R"({"payload":")"), size, "ends before the brace");
  expect_fault(inspect(sealed + "{" + std::string(20000, ' ')), size, "longer than");
  std::string changed = sealed;
  changed[50] ^= 1;
  const auto result = inspect_with_key(changed + frame(post("next"), 1));
  expect_fault(result, 0, "the tag does not match");
  EXPECT_NE(result.out.find("\"next\""), std::string::npos) << "a bad frame hides no other";
}

TEST(Inspect, P_FRAME_FaultsWithinAFrameAreTold) {
  const auto seal_and_inspect = [](const ByteVector& plaintext) {
    return inspect_with_key(frame(plaintext, 0));
  };
  ByteVector plaintext = packed(post("hello"));
  plaintext.back() = 1;
  expect_fault(seal_and_inspect(plaintext), 0, "behind the stream is not zero");
  plaintext.back() = 0;
  plaintext.resize(plaintext.size() + 256);
  expect_fault(seal_and_inspect(plaintext), 0, "where fewer than 256 are enough");
  expect_fault(seal_and_inspect(ByteVector(256, 0xff)), 0,
               "at octet 1 of the stream: invalid block type");
  const ByteVector stored = packed(post(std::string(600, 'a')), kCompressOff);
  expect_fault(seal_and_inspect({stored.begin(), stored.begin() + 512}), 0,
               "it ends before its last block does");
  expect_fault(seal_and_inspect(packed("no object")), 0, "not a JSON object");
  expect_fault(seal_and_inspect(packed("{}")), 0, "JWS");
}

TEST(Inspect, PackedTextNeedsNoKey) {
  const ByteVector plaintext = packed(post("hello"));
  const std::string input(as_text(plaintext));
  const auto result = inspect(input, {"--packed"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  expect_fact(result, "blocks", std::to_string(input.size() / 256));
  EXPECT_NE(result.out.find("\"hello\""), std::string::npos);
  expect_fault(inspect(input.substr(1), {"--packed"}), 0, "blocks of 256");
}

TEST(Inspect, JsonIsOneStrictObjectWithTheSameFacts) {
  const std::string sealed = frame(post("line\nfeed \x1b[31m"), 0);
  const auto result = inspect_with_key(sealed + sealed.substr(0, 9), {"--json"});
  expect_fault(result, sealed.size(), "9 are there");
  ASSERT_FALSE(result.out.empty());
  EXPECT_EQ(result.out.find('\n'), result.out.size() - 1);
  json::Document document;
  const auto root = document.parse_copy(result.out);
  ASSERT_TRUE(root) << result.out;
  EXPECT_EQ(root->find("valid")->raw(), "false");
  const auto first = root->find("items")->first_child();
  EXPECT_EQ(first->find("kind")->string(), "frame");
  EXPECT_EQ(first->find("octets")->integer(), static_cast<std::int64_t>(sealed.size()));
  const auto container = first->find("container");
  ASSERT_TRUE(container);
  EXPECT_EQ(container->find("protected")->find("alg")->string(), "EdDSA");
  EXPECT_EQ(container->find("schemas")->count(), 2u);
  EXPECT_EQ(container->find("payload")->find("post")->find("content")->string(),
            "line\nfeed \x1b[31m");
  const auto second = first->next_sibling();
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->find("invalid"));
}

TEST(Inspect, WhatTheInputHoldsCannotMoveTheCursor) {
  const auto result = inspect(
      message("resource_response", resource_response_body(ResponseStatus::kOk, "\x1b[2J", "")));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out.find('\x1b'), std::string::npos);
  expect_fact(result, "request", "\\u001b[2J");
}

TEST(Inspect, ContainersThatAreTextAreExplainedLineByLine) {
  const std::string first = post("first");
  const auto result = inspect(first + "\n\nrubbish\n");
  expect_fault(result, first.size() + 2, "JSON");
  expect_fact(result, "line", "1");
  expect_fact(result, "line", "3");
  EXPECT_NE(result.out.find("\"first\""), std::string::npos);
  expect_fault(inspect(unsigned_container(payload_with(R"("post")", ""))), 0, "schema");
}

std::string with_another_signature(std::string container) {
  const std::size_t at = container.find("\"signature\":\"") + 20;
  container[at] = container[at] == 'A' ? 'B' : 'A';
  return container;
}

TEST(Inspect, SignaturesAreCheckedWithTheKeyThatIsKnown) {
  const std::string identity =
      build_identity(test_key(), IdentityType::kUser, kTestMoment, kTestMoment);
  EXPECT_EQ(inspect(identity).exit_code, 0);
  expect_fault(inspect(with_another_signature(identity)), 0, "by its own key");
  const std::string line = identity + "\n";
  EXPECT_EQ(inspect(line + post("hello")).out.find("not checked"), std::string::npos);
  expect_fault(inspect(line + with_another_signature(post("hello"))), line.size(), "signature");

  const TemporaryDirectory directory;
  const integration::TestHome home(directory, "home");
  const auto uris = home.publish_lines({"hello"});
  ASSERT_EQ(uris.size(), 1u);
  const std::string container = home.sdmp({"show", uris[0], "--container"}).out;
  const auto good = inspect(container, {"--home", home.path()});
  EXPECT_EQ(good.exit_code, 0) << good.err;
  expect_fact(good, "signature", "verifies with the publisher's key");
  const auto bad = inspect(with_another_signature(container), {"--home", home.path()});
  expect_fault(bad, 0, "signature");
  expect_fact(bad, "signature", "DOES NOT VERIFY");
}

TEST(Inspect, WrongOptionsAreUsageErrors) {
  const std::string key = to_hex(kKey);
  const std::string iv = to_hex(kIv);
  EXPECT_EQ(inspect("nope", {"--key", key}).exit_code, 2);
  EXPECT_EQ(inspect("nope", {"--iv", iv}).exit_code, 2);
  EXPECT_EQ(inspect("nope", {"--counter", "1"}).exit_code, 2);
  EXPECT_EQ(inspect_with_key("nope", {"--packed"}).exit_code, 2);
  EXPECT_EQ(inspect_with_key("nope", {"--counter", "1048576"}).exit_code, 2);
  const auto shorter = inspect("nope", {"--key", key.substr(2), "--iv", iv});
  EXPECT_EQ(shorter.exit_code, 2);
  EXPECT_NE(shorter.err.find("64 hexadecimal digits"), std::string::npos) << shorter.err;
  EXPECT_EQ(shorter.err.find(key.substr(2)), std::string::npos) << "the key is not repeated";
  EXPECT_EQ(inspect(" \n").exit_code, 1);
}

}  // namespace
}  // namespace sdmp::tools
