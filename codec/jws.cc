#include "codec/jws.h"

#include <array>

#include "codec/base64url.h"

namespace sdmp::codec {
namespace {

// Of RSA-4096, the largest key of P-KEY.
constexpr std::size_t kSignatureBytesMax = 512;

std::unexpected<Error> shape_error() {
  return std::unexpected(Error::kJwsShape);
}

std::optional<std::string_view> string_member(json::Value object, std::string_view name) {
  const auto member = object.find(name);
  if (!member || !member->is_string()) return std::nullopt;
  return member->string();
}

JwsAlgorithm algorithm_by_name(std::string_view text) {
  if (text == jws_algorithm(KeyType::kEd25519)) return JwsAlgorithm::kEdDsa;
  if (text == jws_algorithm(KeyType::kRsa)) return JwsAlgorithm::kRs512;
  return JwsAlgorithm::kOther;
}

bool calls_for(KeyType type, JwsAlgorithm algorithm) {
  return algorithm == (type == KeyType::kEd25519 ? JwsAlgorithm::kEdDsa : JwsAlgorithm::kRs512);
}

// The object that holds `protected` and `signature`, with the number of members it must have.
struct SignatureObject {
  json::Value value;
  std::size_t members;
};

std::optional<SignatureObject> find_signature_object(json::Value root) {
  const auto signatures = root.find("signatures");
  if (!signatures) {
    if (root.count() != 3) return std::nullopt;
    return SignatureObject{root, 3};
  }
  if (root.count() != 2 || !signatures->is_array() || signatures->count() != 1) {
    return std::nullopt;
  }
  return SignatureObject{*signatures->first_child(), 2};
}

// Kept between calls: the one place where protected and payload have to lie side by side.
std::string& signing_input_of(const JwsView& jws) {
  thread_local std::string input;
  input.assign(jws.protected_header);
  input.push_back('.');
  input.append(jws.payload);
  return input;
}

}  // namespace

Result<JwsView> parse_jws(json::Document& document, PaddedText text) {
  const auto root = document.parse(text);
  if (!root) return std::unexpected(root.error());
  return read_jws(*root);
}

// Names are distinct (the JSON reader sees to that), so that the required ones being there and the
// right number of members means that there is no other.
Result<JwsView> read_jws(json::Value value) {
  if (!value.is_object()) return shape_error();
  const auto payload = string_member(value, "payload");
  const auto holder = find_signature_object(value);
  if (!payload || !holder || holder->value.count() != holder->members) return shape_error();
  const auto header = string_member(holder->value, "protected");
  const auto signature = string_member(holder->value, "signature");
  if (!header || !signature) return shape_error();
  return JwsView{*payload, *header, *signature};
}

Result<JwsHeader> read_jws_header(std::string_view protected_header, json::Document& document,
                                  std::string& scratch) {
  const std::size_t needed = base64url_decoded_size(protected_header.size()) + PaddedText::kPadding;
  if (scratch.size() < needed) scratch.resize(needed);
  const auto size =
      base64url_decode(protected_header, reinterpret_cast<std::uint8_t*>(scratch.data()));
  if (!size) return std::unexpected(size.error());
  const auto root = document.parse({scratch.data(), *size});
  if (!root) return std::unexpected(root.error());

  const auto algorithm = string_member(*root, "alg");
  const bool has_kid = root->find("kid").has_value();
  const auto kid = string_member(*root, "kid");
  if (!algorithm || has_kid != kid.has_value() || root->count() != (has_kid ? 2u : 1u)) {
    return std::unexpected(Error::kJwsHeader);
  }
  return JwsHeader{algorithm_by_name(*algorithm), kid};
}

Result<void> verify_jws(const JwsView& jws, JwsAlgorithm algorithm, const PublicKey& key) {
  if (!calls_for(key.type(), algorithm)) return std::unexpected(Error::kJwsAlgorithm);
  if (jws.signature.size() > base64url_encoded_size(kSignatureBytesMax)) {
    return std::unexpected(Error::kSignature);
  }
  std::array<std::uint8_t, kSignatureBytesMax> signature;
  const auto size = base64url_decode(jws.signature, signature.data());
  if (!size) return std::unexpected(size.error());
  if (!key.verify(as_bytes(signing_input_of(jws)), Bytes(signature).first(*size))) {
    return std::unexpected(Error::kSignature);
  }
  return {};
}

std::string sign_jws(std::string_view payload_json, const PrivateKey& key) {
  const PublicKey& signer = key.public_key();
  std::string header_json = R"({"alg":")";
  header_json.append(jws_algorithm(signer.type())).append(R"(","kid":")");
  header_json.append(signer.fingerprint().text()).append(R"("})");
  const std::string header = base64url_encode(as_bytes(header_json));
  const std::string payload = base64url_encode(as_bytes(payload_json));

  ByteVector signature(key.signature_size());
  key.sign(as_bytes(signing_input_of({payload, header, {}})), signature);

  std::string text = R"({"payload":")";
  text.reserve(payload.size() + header.size() + base64url_encoded_size(signature.size()) + 64);
  text.append(payload).append(R"(","signatures":[{"protected":")").append(header);
  text.append(R"(","signature":")");
  base64url_append(signature, text);
  text.append(R"("}]})");
  return text;
}

}  // namespace sdmp::codec
