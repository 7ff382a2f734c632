#include "codec/journal.h"

#include <array>

namespace sdmp::codec {
namespace {

constexpr std::size_t kAt = kDigestTextSize;
constexpr std::size_t kSlash = 2 * kDigestTextSize + 1;

}  // namespace

std::string JournalEntry::text() const {
  std::string line(kJournalLineSize, '\0');
  write_text(line.data());
  return line;
}

void JournalEntry::write_text(char* out) const {
  number.write_text(out);
  out[kAt] = '@';
  publisher.write_text(out + kAt + 1);
  out[kSlash] = '/';
  resource.write_text(out + kSlash + 1);
}

Result<JournalEntry> JournalEntry::parse(std::string_view line) {
  if (line.size() != kJournalLineSize || line[kAt] != '@' || line[kSlash] != '/') {
    return std::unexpected(Error::kJournalLine);
  }
  const auto number = LineNumber::parse(line.substr(0, kDigestTextSize));
  const auto publisher = Fingerprint::parse(line.substr(kAt + 1, kDigestTextSize));
  const auto resource = Identifier::parse(line.substr(kSlash + 1));
  if (!number || !publisher || !resource) return std::unexpected(Error::kJournalLine);
  return JournalEntry{*number, *publisher, *resource};
}

LineNumber number_after(std::string_view line) {
  return {sha512(as_bytes(line))};
}

LineNumber number_after(const JournalEntry& entry) {
  std::array<char, kJournalLineSize> line;
  entry.write_text(line.data());
  return number_after(std::string_view(line.data(), line.size()));
}

LineNumber number_after(const Fingerprint& first_line) {
  std::array<char, kDigestTextSize> line;
  first_line.write_text(line.data());
  return number_after(std::string_view(line.data(), line.size()));
}

LineNumber since_beginning(const Fingerprint& node) {
  return {node.octets};
}

}  // namespace sdmp::codec
