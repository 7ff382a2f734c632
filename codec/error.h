// Everything that can be wrong with bytes. One value per cause that an operator would want to tell
// apart; nothing here is ever sent to a peer (SES-7).
//
// Every fallible function of the codec returns Result<T>. A violated precondition is a bug of the
// caller and trips SDMP_CHECK (codec/check.h) instead.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

namespace sdmp::codec {

enum class Error : std::uint8_t {
  // Text and encodings: the input's fault.
  kBase64,         // not canonical unpadded base64url (RFC 4648 section 5; P-JWS)
  kUtf8,           // invalid UTF-8 or a lone surrogate escape (P-JWS)
  kJsonSyntax,     // not one JSON value (RFC 8259)
  kJsonDuplicate,  // a member name occurs twice in one object (P-JWS)
  kJsonTooDeep,    // nested deeper than 16 levels (P-JWS)
  kTimestamp,      // not YYYY-MM-DDThh:mm:ss.mmmZ, or no such moment (CON-4)
  kUri,            // not a sdmp: URI (RES-3)
  kJournalLine,    // not NUMBER@PUBLISHER/RESOURCE (JRN-3)
  // JSON Web Signature: the input's fault (P-JWS, RFC 7515).
  kJwsShape,      // a member missing, extra or of the wrong type; not exactly one signature
  kJwsHeader,     // a protected header member other than alg and kid, or one of a wrong type
  kJwsAlgorithm,  // alg is not the one that the signer's key calls for (P-KEY)
  kJwsKeyId,      // kid differs from sdmp.publisher
  kSignature,     // the signature does not verify
  // Container payloads: the input's fault.
  kPayloadShape,      // sdmp is missing or a required member is absent or of the wrong type
  kVersion,           // sdmp.version is not semver or not 0.10.x (CON-2)
  kPublisher,         // sdmp.publisher is not a fingerprint (CON-3)
  kSchemas,           // sdmp.schemas is empty, has duplicates or an entry that is no URI (CON-5)
  kSchemaMismatch,    // the payload does not satisfy one of its reserved schemas (CON-6)
  kConnectionMember,  // a member in a connection object beyond those of SES-3 (SES-4)
  kMessageBody,       // a sync message whose body is malformed (SYN-3 ... SYN-8)
  // Keys and key agreement: the input's fault.
  kKeyEncoding,     // not canonical DER SubjectPublicKeyInfo / PKCS#8 (P-KEY)
  kKeyUnsupported,  // an algorithm, size or parameter outside P-KEY
  kKeyWeak,         // small order, even or tiny exponent, or otherwise degenerate (P-KEY)
  kGroup,           // g and p name no group that we accept (SES-6, P-HS)
  kPublicValue,     // N out of range, of a wrong length, or leading to a zero result (P-HS)
  // Frames: the input's fault (P-FRAME).
  kFrameHeader,       // zero blocks or more than 65536
  kFrameTooLarge,     // more blocks than this receiver's limit
  kFrameTag,          // authentication failed
  kDeflateData,       // not one complete DEFLATE stream (RFC 1951)
  kInflatedTooLarge,  // inflates beyond this receiver's limit
  kFramePadding,      // padding not minimal or not zero
  kFrameText,         // the text does not start with { and end with }
  // Local: ours or the system's fault.
  kOutputTooSmall,  // the caller's buffer or the configured limit cannot hold the result
  kCryptoLibrary,   // a cryptographic library refused an operation that cannot fail on good input
};

template <class T>
using Result = std::expected<T, Error>;

// Stable snake_case name without the k: metric label and log field.
std::string_view name(Error error);

// One English sentence without a full stop, for people.
std::string_view explain(Error error);

}  // namespace sdmp::codec
