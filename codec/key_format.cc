#include "codec/key_format.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include <sodium.h>

#include "codec/check.h"

namespace sdmp::codec {
namespace {

constexpr std::uint8_t kInteger = 0x02;
constexpr std::uint8_t kBitString = 0x03;
constexpr std::uint8_t kOctetString = 0x04;
constexpr std::uint8_t kNull = 0x05;
constexpr std::uint8_t kObjectId = 0x06;
constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kAttributes = 0xa0;    // RFC 5958 OneAsymmetricKey, [0]
constexpr std::uint8_t kPublicKeyTag = 0x81;  // the same, [1]

constexpr std::array<std::uint8_t, 1> kZero = {0};
constexpr std::array<std::uint8_t, 3> kEd25519Oid = {0x2b, 0x65, 0x70};
constexpr std::array<std::uint8_t, 9> kRsaOid = {0x2a, 0x86, 0x48, 0x86, 0xf7,
                                                 0x0d, 0x01, 0x01, 0x01};
constexpr std::array<std::uint8_t, 12> kEd25519SpkiPrefix = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                                             0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
constexpr std::array<std::uint8_t, 16> kEd25519Pkcs8Prefix = {
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};

constexpr std::string_view kPemBegin = "-----BEGIN PRIVATE KEY-----";
constexpr std::string_view kPemEnd = "-----END PRIVATE KEY-----";
constexpr std::string_view kPemBeginEncrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
constexpr std::string_view kWhiteSpace = " \t\r\n";
constexpr std::size_t kPemLine = 64;

// Walks elements with definite lengths. Long forms that are longer than needed are let through:
// canonical form is enforced by encoding again.
class DerReader {
 public:
  explicit DerReader(Bytes rest) : rest_(rest) {}

  bool empty() const { return rest_.empty(); }
  std::optional<Bytes> take(std::uint8_t tag) {
    if (rest_.size() < 2 || rest_[0] != tag) return std::nullopt;
    std::size_t length = rest_[1];
    std::size_t header = 2;
    if (length >= 0x80) {
      const std::size_t count = length & 0x7f;
      if (count == 0 || count > 3 || rest_.size() < header + count) return std::nullopt;
      length = 0;
      for (std::size_t i = 0; i < count; ++i) length = length << 8 | rest_[header + i];
      header += count;
    }
    if (rest_.size() - header < length) return std::nullopt;
    const Bytes content = rest_.subspan(header, length);
    rest_ = rest_.subspan(header + length);
    return content;
  }

 private:
  Bytes rest_;
};

ByteVector concatenate(std::initializer_list<Bytes> parts) {
  std::size_t size = 0;
  for (const Bytes part : parts) size += part.size();
  ByteVector out(size);
  auto at = out.begin();
  for (const Bytes part : parts) at = std::ranges::copy(part, at).out;
  return out;
}

ByteVector element(std::uint8_t tag, Bytes content) {
  const std::size_t length = content.size();
  SDMP_CHECK(length <= 0xffff);
  const auto high = static_cast<std::uint8_t>(length >> 8);
  const auto low = static_cast<std::uint8_t>(length);
  if (length < 0x80) return concatenate({std::array{tag, low}, content});
  if (length < 0x100) {
    return concatenate({std::array{tag, std::uint8_t{0x81}, low}, content});
  }
  return concatenate({std::array{tag, std::uint8_t{0x82}, high, low}, content});
}

ByteVector unsigned_integer(Bytes magnitude) {
  const bool needs_zero = magnitude.empty() || magnitude.front() >= 0x80;
  return element(kInteger, concatenate({Bytes(kZero).first(needs_zero ? 1 : 0), magnitude}));
}

// The magnitude of a non-negative INTEGER, without leading zeros.
std::optional<Bytes> take_unsigned(DerReader& reader) {
  const auto content = reader.take(kInteger);
  if (!content || content->empty() || content->front() >= 0x80) return std::nullopt;
  const auto first = std::ranges::find_if(*content, [](std::uint8_t octet) { return octet != 0; });
  return content->subspan(static_cast<std::size_t>(first - content->begin()));
}

Result<SpkiView> read_ed25519(Bytes key) {
  if (key.size() != kEd25519KeyBytes) return std::unexpected(Error::kKeyEncoding);
  return SpkiView{.type = KeyType::kEd25519, .ed25519 = key, .modulus = {}, .exponent = {}};
}

Result<SpkiView> read_rsa(Bytes key) {
  DerReader outer(key);
  const auto sequence = outer.take(kSequence);
  if (!sequence || !outer.empty()) return std::unexpected(Error::kKeyEncoding);
  DerReader numbers(*sequence);
  const auto modulus = take_unsigned(numbers);
  const auto exponent = take_unsigned(numbers);
  // Far beyond 4096 bits nothing is worth encoding again.
  if (!modulus || !exponent || !numbers.empty() || key.size() > 0x4000) {
    return std::unexpected(Error::kKeyEncoding);
  }
  return SpkiView{.type = KeyType::kRsa, .ed25519 = {}, .modulus = *modulus, .exponent = *exponent};
}

// The algorithm of an AlgorithmIdentifier whose parameters are those that P-KEY asks for.
Result<KeyType> read_algorithm(Bytes identifier) {
  DerReader reader(identifier);
  const auto oid = reader.take(kObjectId);
  if (!oid) return std::unexpected(Error::kKeyEncoding);
  if (std::ranges::equal(*oid, kEd25519Oid)) {
    if (!reader.empty()) return std::unexpected(Error::kKeyEncoding);
    return KeyType::kEd25519;
  }
  if (!std::ranges::equal(*oid, kRsaOid)) return std::unexpected(Error::kKeyUnsupported);
  const auto parameters = reader.take(kNull);
  if (!parameters || !parameters->empty() || !reader.empty()) {
    return std::unexpected(Error::kKeyEncoding);
  }
  return KeyType::kRsa;
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

}  // namespace

Result<SpkiView> decode_spki(Bytes der) {
  DerReader outer(der);
  const auto info = outer.take(kSequence);
  if (!info || !outer.empty()) return std::unexpected(Error::kKeyEncoding);
  DerReader reader(*info);
  const auto identifier = reader.take(kSequence);
  if (!identifier) return std::unexpected(Error::kKeyEncoding);
  const auto algorithm = read_algorithm(*identifier);
  if (!algorithm) return std::unexpected(algorithm.error());
  const auto bits = reader.take(kBitString);
  if (!bits || !reader.empty() || bits->empty() || bits->front() != 0) {
    return std::unexpected(Error::kKeyEncoding);
  }
  const Bytes key = bits->subspan(1);
  const auto view = *algorithm == KeyType::kEd25519 ? read_ed25519(key) : read_rsa(key);
  if (!view) return view;
  const ByteVector canonical = view->type == KeyType::kEd25519
                                   ? encode_ed25519_spki(view->ed25519.first<kEd25519KeyBytes>())
                                   : encode_rsa_spki(view->modulus, view->exponent);
  if (!std::ranges::equal(canonical, der)) return std::unexpected(Error::kKeyEncoding);
  return view;
}

ByteVector encode_ed25519_spki(std::span<const std::uint8_t, kEd25519KeyBytes> point) {
  return concatenate({kEd25519SpkiPrefix, point});
}

ByteVector encode_rsa_spki(Bytes modulus, Bytes exponent) {
  const ByteVector key =
      element(kSequence, concatenate({unsigned_integer(modulus), unsigned_integer(exponent)}));
  const ByteVector algorithm =
      element(kSequence, concatenate({element(kObjectId, kRsaOid), element(kNull, {})}));
  const ByteVector bits = element(kBitString, concatenate({kZero, key}));
  return element(kSequence, concatenate({algorithm, bits}));
}

Result<Pkcs8View> decode_pkcs8(Bytes der) {
  DerReader outer(der);
  const auto info = outer.take(kSequence);
  if (!info || !outer.empty()) return std::unexpected(Error::kKeyEncoding);
  DerReader reader(*info);
  const auto version = take_unsigned(reader);
  const auto identifier = reader.take(kSequence);
  if (!version || !identifier) return std::unexpected(Error::kKeyEncoding);
  const bool second = version->size() == 1 && version->front() == 1;
  if (!version->empty() && !second) return std::unexpected(Error::kKeyUnsupported);
  const auto algorithm = read_algorithm(*identifier);
  if (!algorithm) return std::unexpected(algorithm.error());
  const auto wrapped = reader.take(kOctetString);
  if (!wrapped) return std::unexpected(Error::kKeyEncoding);
  Pkcs8View view{.type = *algorithm, .ed25519_seed = {}, .ed25519_public = {}};
  if (view.type == KeyType::kRsa) return view;

  DerReader inner(*wrapped);
  const auto seed = inner.take(kOctetString);
  if (!seed || !inner.empty() || seed->size() != kEd25519KeyBytes) {
    return std::unexpected(Error::kKeyEncoding);
  }
  view.ed25519_seed = *seed;
  (void)reader.take(kAttributes);
  if (const auto bits = second ? reader.take(kPublicKeyTag) : std::nullopt) {
    if (bits->size() != kEd25519KeyBytes + 1 || bits->front() != 0) {
      return std::unexpected(Error::kKeyEncoding);
    }
    view.ed25519_public = bits->subspan(1);
  }
  if (!reader.empty()) return std::unexpected(Error::kKeyEncoding);
  return view;
}

SecretBytes encode_ed25519_pkcs8(std::span<const std::uint8_t, kEd25519KeyBytes> seed) {
  SecretBytes der(kEd25519Pkcs8Prefix.size() + seed.size());
  const auto rest = std::ranges::copy(kEd25519Pkcs8Prefix, der.writable().begin()).out;
  std::ranges::copy(seed, rest);
  return der;
}

Result<SecretBytes> decode_private_pem(std::string_view pem) {
  std::string_view text = trim(pem);
  if (text.starts_with(kPemBeginEncrypted)) return std::unexpected(Error::kKeyUnsupported);
  if (text.size() < kPemBegin.size() + kPemEnd.size() || !text.starts_with(kPemBegin) ||
      !text.ends_with(kPemEnd)) {
    return std::unexpected(Error::kKeyEncoding);
  }
  text.remove_prefix(kPemBegin.size());
  text.remove_suffix(kPemEnd.size());
  SecretBytes decoded(text.size());
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(decoded.writable().data(), decoded.size(), text.data(), text.size(),
                        kWhiteSpace.data(), &size, &end, sodium_base64_VARIANT_ORIGINAL) != 0 ||
      end != text.data() + text.size()) {
    return std::unexpected(Error::kKeyEncoding);
  }
  return SecretBytes(decoded.bytes().first(size));
}

SecretBytes encode_private_pem(Bytes der) {
  SecretBytes base64(
      sodium_base64_encoded_len(der.size(), sodium_base64_VARIANT_ORIGINAL));  // with terminator
  char* characters = reinterpret_cast<char*>(base64.writable().data());
  sodium_bin2base64(characters, base64.size(), der.data(), der.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  const Bytes text = base64.bytes().first(base64.size() - 1);
  const std::size_t lines = (text.size() + kPemLine - 1) / kPemLine;
  SecretBytes pem(kPemBegin.size() + 1 + text.size() + lines + kPemEnd.size() + 1);
  auto out = pem.writable().begin();
  const auto put = [&out](Bytes part) {
    out = std::ranges::copy(part, out).out;
    *out++ = '\n';
  };
  put(as_bytes(kPemBegin));
  for (std::size_t at = 0; at < text.size(); at += kPemLine) {
    put(text.subspan(at, std::min(kPemLine, text.size() - at)));
  }
  put(as_bytes(kPemEnd));
  return pem;
}

}  // namespace sdmp::codec
