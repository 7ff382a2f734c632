// Connection objects with any one thing wrong, signed as if nothing were: what the handshake's
// tests, and tests over real sockets, throw at a responder.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "codec/base64url.h"
#include "codec/connection_object.h"
#include "tests/engine/protocol/testing.h"

namespace sdmp::protocol::testing {

// Replaces the first `from`; the test is wrong when there is none.
inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from << " is not in " << text;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

inline std::string base64url_of(std::string_view text) {
  return codec::base64url_encode(codec::as_bytes(text));
}

inline std::string signature_over(std::string_view input, const codec::PrivateKey& key) {
  codec::ByteVector signature(key.signature_size());
  key.sign(codec::as_bytes(input), signature);
  return codec::base64url_encode(signature);
}

class ObjectMaker {
 public:
  // The three texts of a JWS.
  struct Parts {
    std::string header;
    std::string payload;
    std::string signature;

    std::string general() const {
      return R"({"payload":")" + payload + R"(","signatures":[{"protected":")" + header +
             R"(","signature":")" + signature + R"("}]})";
    }
    std::string flattened() const {
      return R"({"payload":")" + payload + R"(","protected":")" + header + R"(","signature":")" +
             signature + R"("})";
    }
  };

  // `signer` is borrowed.
  ObjectMaker(const TestIdentity& signer, codec::UnixMillis created,
              codec::Group group = codec::Group::kX25519)
      : signer_(signer), created_(created), group_(group), value_(value_of(group)) {}

  codec::Group group() const { return group_; }
  const codec::PrivateKey& key() const { return signer_.key; }
  const std::string& value() const { return value_; }  // N as text
  std::string prime() const { return codec::base64url_encode(codec::group_prime(group_)); }
  std::string fingerprint() const { return signer_.fingerprint().text(); }
  std::string created() const { return codec::format_timestamp(created_); }

  std::string header() const {
    return R"({"alg":")" + std::string(codec::jws_algorithm(key().public_key().type())) +
           R"(","kid":")" + fingerprint() + R"("})";
  }
  std::string connection() const {
    return R"({"g":)" + std::to_string(codec::group_generator(group_)) + R"(,"p":")" + prime() +
           R"(","N":")" + value_ + R"("})";
  }
  std::string payload() const {
    return R"({"sdmp":{"version":"0.10.4","publisher":")" + fingerprint() + R"(","created":")" +
           created() + R"(","schemas":["connection"]},"connection":)" + connection() + "}";
  }

  // Over the texts as they are, canonical base64url or not.
  Parts sign_encoded(std::string header_text, std::string payload_text) const {
    std::string signature = signature_over(header_text + "." + payload_text, key());
    return {std::move(header_text), std::move(payload_text), std::move(signature)};
  }
  Parts sign(std::string_view header_json, std::string_view payload_json) const {
    return sign_encoded(base64url_of(header_json), base64url_of(payload_json));
  }
  Parts good() const { return sign(header(), payload()); }

  std::string object() const { return good().general(); }
  std::string with_payload(std::string_view payload_json) const {
    return sign(header(), payload_json).general();
  }
  std::string edited_payload(std::string_view from, std::string_view to) const {
    return with_payload(replaced(payload(), from, to));
  }
  std::string with_header(std::string_view header_json) const {
    return sign(header_json, payload()).general();
  }
  std::string edited_text(std::string_view from, std::string_view to) const {
    return replaced(object(), from, to);
  }
  // The object with white space before its last brace, `size` bytes long.
  std::string of_size(std::size_t size) const {
    std::string text = object();
    EXPECT_LE(text.size(), size);
    text.insert(text.size() - 1, size - text.size(), ' ');
    return text;
  }

 private:
  static std::string value_of(codec::Group group) {
    codec::crypto_init();
    AgreementSeed seed = make_seed(77);
    const auto key = codec::EphemeralKey::generate(
        group, std::span<const std::uint8_t, codec::kAgreementSeedBytes>(seed.writable()));
    return codec::base64url_encode(key.value().public_value());
  }

  const TestIdentity& signer_;
  codec::UnixMillis created_;
  codec::Group group_;
  std::string value_;
};

// What is sent in place of a good connection object, and what the responder must make of it.
struct MalformedObject {
  std::string name;
  std::string bytes;
  Cause cause;
  std::optional<codec::Error> detail = std::nullopt;  // where the row is about one check
};

// Everything that can be wrong with an object of the trusted node that `maker` (X25519, Ed25519)
// signs for, created at the responder's now; `classic` is the same with an ffdhe group.
std::vector<MalformedObject> malformed_objects(const ObjectMaker& maker,
                                               const ObjectMaker& classic);
// Two groups of these rows: what is wrong inside the payload, and with g, p and N.
std::vector<MalformedObject> malformed_payloads(const ObjectMaker& maker);
std::vector<MalformedObject> malformed_parameters(const ObjectMaker& maker,
                                                  const ObjectMaker& classic);

}  // namespace sdmp::protocol::testing
