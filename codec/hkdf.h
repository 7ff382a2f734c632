// HKDF-SHA-512 (RFC 5869), as P-SEC uses it.
#pragma once

#include <string_view>

#include "codec/bytes.h"
#include "codec/secret.h"

namespace sdmp::codec {

// PRK = HMAC-SHA-512(salt, ikm).
Secret<64> hkdf_extract(Bytes salt, Bytes ikm);
// Fills `out` (at most 255 * 64 octets).
void hkdf_expand(Bytes prk, std::string_view info, MutableBytes out);

}  // namespace sdmp::codec
