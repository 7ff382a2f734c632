// Containers with any payload, well-formed or not, for the codec's tests.
#pragma once

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "codec/base64url.h"
#include "codec/container.h"

namespace sdmp::codec {

inline constexpr UnixMillis kTestMoment = 1'437'925'717'703;  // 2015-07-26T15:48:37.703Z

// One key for the whole test program: its value does not matter.
inline const PrivateKey& test_key() {
  static const PrivateKey key = [] {
    crypto_init();
    return *PrivateKey::generate(KeyType::kEd25519);
  }();
  return key;
}

inline std::string test_publisher() {
  return test_key().public_key().fingerprint().text();
}

// A JWS around any payload and protected header; the signature is canonical but worthless.
inline std::string unsigned_container(std::string_view payload, std::string_view header) {
  return R"({"payload":")" + base64url_encode(as_bytes(payload)) +
         R"(","signatures":[{"protected":")" + base64url_encode(as_bytes(header)) +
         R"(","signature":"AAAA"}]})";
}
inline std::string unsigned_container(std::string_view payload) {
  return unsigned_container(payload, R"({"alg":"EdDSA"})");
}

// A payload with these schemas (JSON members of the array) and whatever comes behind sdmp.
inline std::string payload_with(std::string_view schemas, std::string_view body,
                                std::string_view more_sdmp = "") {
  std::string text = R"({"sdmp":{"version":"0.10.4","publisher":")" + test_publisher();
  text.append(R"(","created":"2015-07-26T15:48:37.703Z","schemas":[)").append(schemas);
  text.append("]").append(more_sdmp).append("}");
  if (!body.empty()) text.append(",").append(body);
  return text.append("}");
}

// The name of the error; "" for a value. Names make failed expectations readable.
template <class T>
std::string fault_of(const Result<T>& result) {
  return result ? std::string() : std::string(name(result.error()));
}

// `text` with the one place where `what` stands replaced.
inline std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what << " in " << text;
  EXPECT_EQ(text.find(what, at + 1), std::string::npos) << what << " twice in " << text;
  if (at != std::string::npos) text.replace(at, what.size(), with);
  return text;
}

}  // namespace sdmp::codec
