#include "codec/fast_deflate.h"

#include "codec/deflate_codes.h"
#include "codec/deflate_writer.h"
#include "codec/trained_codes.h"

namespace sdmp::codec {
namespace {

// Every distance in a text has a code.
static_assert(kTrainedSmall.distance_max >= kTrainedSmallTextMax &&
              kTrainedLarge.distance_max >= FastDeflater::kTextMax);

const DeflateCodes& codes_for(std::size_t text_bytes) {
  static const DeflateCodes kSmall(kTrainedSmall.code, kTrainedSmall.length_max);
  static const DeflateCodes kLarge(kTrainedLarge.code, kTrainedLarge.length_max);
  return text_bytes <= kTrainedSmallTextMax ? kSmall : kLarge;
}

}  // namespace

std::size_t FastDeflater::bound(std::size_t text_bytes) {
  const DeflateCodes& codes = codes_for(text_bytes);
  const std::size_t bits =
      codes.header.bits + text_bytes * codes.literal_bits_max + bits_of(codes.end_of_block);
  return bits / 8 + 1 + DeflateWriter::kStoreSlack;
}

std::size_t FastDeflater::compress(std::string_view text, MutableBytes out) {
  if (text.size() > kTextMax || out.size() < bound(text.size())) return 0;
  const DeflateCodes& codes = codes_for(text.size());
  const Bytes octets = as_bytes(text);
  DeflateWriter writer(codes, out.data(), octets.data() + octets.size());
  finder_.parse(octets, codes.match_length_max, writer);
  const std::uint8_t* const end = writer.finish();
  return end == nullptr ? 0 : static_cast<std::size_t>(end - out.data());
}

}  // namespace sdmp::codec
