#include "codec/base64url.h"

#include <array>
#include <cstring>

namespace sdmp::codec {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Twelve bits at a time give two characters: half the lookups of the plain table.
constexpr auto kPairs = [] {
  std::array<std::array<char, 2>, 4096> pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {kAlphabet[i >> 6], kAlphabet[i & 63]};
  return pairs;
}();

// A foreign character sets this bit, which no character of the alphabet touches: one check for
// the whole text suffices.
constexpr std::uint32_t kForeign = 1u << 24;

// One table per place in a group of four, with the six bits already shifted to that place.
using PlaceTable = std::array<std::uint32_t, 256>;
constexpr auto kPlaces = [] {
  std::array<PlaceTable, 4> places{};
  for (std::size_t place = 0; place < 4; ++place) {
    places[place].fill(kForeign);
    for (std::uint32_t value = 0; value < 64; ++value) {
      places[place][static_cast<std::uint8_t>(kAlphabet[value])] = value << (18 - 6 * place);
    }
  }
  return places;
}();

std::uint32_t lookup(std::size_t place, char character) {
  return kPlaces[place][static_cast<std::uint8_t>(character)];
}

std::uint32_t group_of_four(const char* in) {
  return lookup(0, in[0]) | lookup(1, in[1]) | lookup(2, in[2]) | lookup(3, in[3]);
}

void put_three(std::uint32_t group, std::uint8_t* out) {
  out[0] = static_cast<std::uint8_t>(group >> 16);
  out[1] = static_cast<std::uint8_t>(group >> 8);
  out[2] = static_cast<std::uint8_t>(group);
}

// The last two or three characters. False when unused bits are set: two texts for the same octets
// would give one container two identifiers.
bool decode_tail(const char* in, std::size_t count, std::uint8_t* out, std::uint32_t& seen) {
  std::uint32_t group = lookup(0, in[0]) | lookup(1, in[1]);
  if (count == 3) group |= lookup(2, in[2]);
  seen |= group;
  out[0] = static_cast<std::uint8_t>(group >> 16);
  if (count == 3) out[1] = static_cast<std::uint8_t>(group >> 8);
  return (group & (count == 3 ? 0xffu : 0xffffu)) == 0;
}

}  // namespace

void base64url_encode(Bytes octets, char* out) {
  const std::uint8_t* in = octets.data();
  std::size_t left = octets.size();
  for (; left >= 3; left -= 3, in += 3, out += 4) {
    const auto group = static_cast<std::uint32_t>(in[0] << 16 | in[1] << 8 | in[2]);
    std::memcpy(out, kPairs[group >> 12].data(), 2);
    std::memcpy(out + 2, kPairs[group & 0xfff].data(), 2);
  }
  if (left == 0) return;
  const auto group = static_cast<std::uint32_t>(in[0] << 16 | (left == 2 ? in[1] << 8 : 0));
  std::memcpy(out, kPairs[group >> 12].data(), 2);
  if (left == 2) out[2] = kAlphabet[group >> 6 & 63];
}

std::string base64url_encode(Bytes octets) {
  std::string out;
  base64url_append(octets, out);
  return out;
}

void base64url_append(Bytes octets, std::string& out) {
  const std::size_t old_size = out.size();
  out.resize(old_size + base64url_encoded_size(octets.size()));
  base64url_encode(octets, out.data() + old_size);
}

Result<std::size_t> base64url_decode(std::string_view text, std::uint8_t* out) {
  const std::size_t tail = text.size() % 4;
  if (tail == 1) return std::unexpected(Error::kBase64);
  const char* in = text.data();
  std::uint32_t seen = 0;
  std::size_t groups = text.size() / 4;
  // Two groups per turn keep the loads of one busy while the other's are combined.
  for (; groups >= 2; groups -= 2, in += 8, out += 6) {
    const std::uint32_t first = group_of_four(in);
    const std::uint32_t second = group_of_four(in + 4);
    seen |= first | second;
    put_three(first, out);
    put_three(second, out + 3);
  }
  if (groups == 1) {
    const std::uint32_t group = group_of_four(in);
    seen |= group;
    put_three(group, out);
    in += 4;
    out += 3;
  }
  if (tail != 0 && !decode_tail(in, tail, out, seen)) return std::unexpected(Error::kBase64);
  if ((seen & kForeign) != 0) return std::unexpected(Error::kBase64);
  return base64url_decoded_size(text.size());
}

Result<ByteVector> base64url_decode(std::string_view text) {
  ByteVector octets(base64url_decoded_size(text.size()));
  const auto written = base64url_decode(text, octets.data());
  if (!written) return std::unexpected(written.error());
  octets.resize(*written);
  return octets;
}

}  // namespace sdmp::codec
