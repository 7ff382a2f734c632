// Journal lines (JRN-2 ... JRN-4): NUMBER@PUBLISHER/RESOURCE, a hash chain.
#pragma once

#include <string>
#include <string_view>

#include "codec/digest.h"
#include "codec/error.h"

namespace sdmp::codec {

// 86 characters, '@', 86, '/', 86.
inline constexpr std::size_t kJournalLineSize = 3 * kDigestTextSize + 2;

struct JournalEntry {
  LineNumber number;
  Fingerprint publisher;
  Identifier resource;

  std::string text() const;
  void write_text(char* out) const;  // kJournalLineSize characters
  // kJournalLine for every other form.
  static Result<JournalEntry> parse(std::string_view line);

  auto operator<=>(const JournalEntry&) const = default;
  bool operator==(const JournalEntry&) const = default;
};

// The number that the line after `line` carries: SHA-512 over the line's characters (JRN-4).
LineNumber number_after(std::string_view line);
LineNumber number_after(const JournalEntry& entry);
// The number that the first entry carries, behind the line that is the node's fingerprint (JRN-2).
LineNumber number_after(const Fingerprint& first_line);

// `since` that asks for a journal from its beginning: the octets of the answering node's own
// fingerprint (P-SYN).
LineNumber since_beginning(const Fingerprint& node);

}  // namespace sdmp::codec
