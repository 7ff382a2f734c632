// JSON Web Signature in JSON serialization (CON-1, RFC 7515, P-JWS).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "codec/bytes.h"
#include "codec/error.h"
#include "codec/json.h"
#include "codec/key.h"

namespace sdmp::codec {

enum class JwsAlgorithm : std::uint8_t { kEdDsa, kRs512, kOther };

// Views into the Document that parsed the text.
struct JwsView {
  std::string_view payload;           // base64url text: what the identifier hashes (P-ID)
  std::string_view protected_header;  // base64url text
  std::string_view signature;         // base64url text
};

// General or flattened serialization with exactly one signature and no member beyond payload,
// signatures / protected, signature. kJwsShape and the errors of json::Document::parse.
// The three texts are not decoded yet.
Result<JwsView> parse_jws(json::Document& document, PaddedText text);
// The same for a value that is already parsed (data.content).
Result<JwsView> read_jws(json::Value value);

struct JwsHeader {
  JwsAlgorithm algorithm = JwsAlgorithm::kOther;
  std::optional<std::string_view> kid;  // view into the Document given
};
// Decodes a protected header with `scratch` and `document`; only alg and kid are allowed.
// kBase64, kJwsHeader and JSON errors.
Result<JwsHeader> read_jws_header(std::string_view protected_header, json::Document& document,
                                  std::string& scratch);

// Verifies the signature over ASCII(protected.payload). kBase64, kSignature; kJwsAlgorithm when
// `algorithm` is not the key's.
Result<void> verify_jws(const JwsView& jws, JwsAlgorithm algorithm, const PublicKey& key);

// Signs `payload_json` and emits the general serialization without white space, header exactly
// {"alg":"…","kid":"FINGERPRINT"}.
std::string sign_jws(std::string_view payload_json, const PrivateKey& key);

}  // namespace sdmp::codec
