#include "codec/journal.h"

#include <gtest/gtest.h>

#include "codec/base64url.h"

namespace sdmp::codec {
namespace {

template <class D>
D digest_of(std::string_view text) {
  return D{sha512(as_bytes(text))};
}

JournalEntry sample() {
  return {digest_of<LineNumber>("number"), digest_of<Fingerprint>("publisher"),
          digest_of<Identifier>("resource")};
}

TEST(Journal, JRN_3_LineIsNumberAtPublisherSlashResource) {
  const JournalEntry entry = sample();
  const std::string line = entry.text();
  EXPECT_EQ(line, entry.number.text() + "@" + entry.publisher.text() + "/" + entry.resource.text());
  EXPECT_EQ(line.size(), kJournalLineSize);
  const auto parsed = JournalEntry::parse(line);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, entry);
}

// Each number is recomputed by hand over the text of the line before it.
TEST(Journal, JRN_4_NumbersFormAHashChain) {
  const Fingerprint node = digest_of<Fingerprint>("node");
  std::string previous = node.text();
  LineNumber number = number_after(node);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(number.text(), base64url_encode(sha512(as_bytes(previous))));
    const JournalEntry entry{number, digest_of<Fingerprint>("publisher"),
                             digest_of<Identifier>(std::to_string(i))};
    EXPECT_EQ(number_after(entry), number_after(std::string_view(entry.text())));
    previous = entry.text();
    number = number_after(entry);
  }
}

// SHA-512 of eighty-six 'A' (the text of sixty-four zero octets), computed with coreutils'
// sha512sum.
TEST(Journal, JRN_4_VectorOfAFirstLine) {
  EXPECT_EQ(
      number_after(Fingerprint{}).text(),
      "F3ESZPcw6vcFdBrJs226xiKXalKjVOCAQdFDBVbzmwBXnt6iYyOR8FEvpsvWXBERJ2931FkIog1p7JdBN5XVbA");
}

TEST(Journal, P_SYN_SinceTheBeginningIsTheNodesFingerprint) {
  const Fingerprint node = digest_of<Fingerprint>("node");
  EXPECT_EQ(since_beginning(node).text(), node.text());
}

TEST(Journal, JRN_3_RefusesEveryOtherForm) {
  const std::string good = sample().text();
  std::vector<std::string> bad = {"",
                                  good + "\n",
                                  good + " ",
                                  " " + good,
                                  good + "A",
                                  good.substr(1),
                                  "@/",
                                  sample().publisher.text(),
                                  "\n" + good.substr(1)};
  const auto with = [&](std::size_t at, char c) {
    std::string text = good;
    text[at] = c;
    bad.push_back(text);
  };
  for (const char c : {'/', ':', 'A', ' ', '\0'}) with(86, c);
  for (const char c : {'@', ':', 'A', ' ', '\\'}) with(173, c);
  for (const std::size_t at : {0u, 40u, 87u, 120u, 174u, 200u}) {
    for (const char c : {'=', '+', '/', '@', ' ', '\n', '\0', '\xff'}) with(at, c);
  }
  // The last character of each part carries two bits; the others must be zero.
  for (const std::size_t at : {85u, 172u, 259u}) with(at, 'B');
  for (const std::string& text : bad) {
    const auto parsed = JournalEntry::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error(), Error::kJournalLine);
  }
}

}  // namespace
}  // namespace sdmp::codec
