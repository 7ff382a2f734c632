// Journal lines, URIs, timestamps and digests: accepted text is canonical.
#include <cstdint>
#include <cstdlib>

#include "codec/journal.h"
#include "codec/resource.h"
#include "codec/timestamp.h"

using namespace sdmp::codec;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  if (const auto entry = JournalEntry::parse(text); entry && entry->text() != text) std::abort();
  if (const auto uri = parse_uri(text); uri && uri->resource) {
    if (format_uri(uri->publisher, *uri->resource) != text) std::abort();
  }
  if (const auto at = parse_timestamp(text); at && format_timestamp(*at) != text) std::abort();
  if (const auto digest = Fingerprint::parse(text); digest && digest->text() != text) std::abort();
  return 0;
}
