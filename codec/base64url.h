// Unpadded base64url (RFC 4648 section 5), canonical only: no padding, no white space, no foreign
// character, unused trailing bits zero (P-JWS).
//
// Table-driven and not constant-time: for public values only.
#pragma once

#include <string>
#include <string_view>

#include "codec/bytes.h"
#include "codec/error.h"

namespace sdmp::codec {

constexpr std::size_t base64url_encoded_size(std::size_t octets) {
  return octets / 3 * 4 + (octets % 3 == 0 ? 0 : octets % 3 + 1);
}
// Upper bound of the decoded size of `characters` characters.
constexpr std::size_t base64url_decoded_size(std::size_t characters) {
  return characters / 4 * 3 + (characters % 4 == 0 ? 0 : characters % 4 - 1);
}

// Writes base64url_encoded_size(octets.size()) characters at `out`, no terminator.
void base64url_encode(Bytes octets, char* out);
std::string base64url_encode(Bytes octets);
// Appends to `out`: for builders.
void base64url_append(Bytes octets, std::string& out);

// Decodes to `out`, which holds at least base64url_decoded_size(text.size()) octets; returns how
// many were written. kBase64 on anything not canonical (also a length of 1 mod 4).
Result<std::size_t> base64url_decode(std::string_view text, std::uint8_t* out);
Result<ByteVector> base64url_decode(std::string_view text);

}  // namespace sdmp::codec
