#include "codec/digest.h"

#include <memory>

#include <openssl/evp.h>

#include "codec/base64url.h"
#include "codec/check.h"

namespace sdmp::codec {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Fetching an algorithm takes locks and lookups that cost more than hashing 300 octets, so it is
// done once per process; never freed, because threads may hash until the very end.
const EVP_MD* sha512_algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA512", nullptr);
  SDMP_CHECK(algorithm != nullptr);
  return algorithm;
}

EVP_MD_CTX* started_context() {
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  SDMP_CHECK(context != nullptr);
  SDMP_CHECK(EVP_DigestInit_ex2(context.get(), sha512_algorithm(), nullptr) == 1);
  return context.get();
}

void add(EVP_MD_CTX* context, Bytes data) {
  if (!data.empty()) SDMP_CHECK(EVP_DigestUpdate(context, data.data(), data.size()) == 1);
}

Hash finish(EVP_MD_CTX* context) {
  Hash hash;
  SDMP_CHECK(EVP_DigestFinal_ex(context, hash.data(), nullptr) == 1);
  return hash;
}

}  // namespace

Hash sha512(Bytes data) {
  EVP_MD_CTX* const context = started_context();
  add(context, data);
  return finish(context);
}

Hash sha512(Bytes first, Bytes second) {
  EVP_MD_CTX* const context = started_context();
  add(context, first);
  add(context, second);
  return finish(context);
}

template <class Tag>
Result<Digest<Tag>> Digest<Tag>::parse(std::string_view text) {
  if (text.size() != kDigestTextSize) return std::unexpected(Error::kBase64);
  Digest digest;
  const auto written = base64url_decode(text, digest.octets.data());
  if (!written) return std::unexpected(written.error());
  return digest;
}

template <class Tag>
std::string Digest<Tag>::text() const {
  return base64url_encode(octets);
}

template <class Tag>
void Digest<Tag>::write_text(char* out) const {
  base64url_encode(octets, out);
}

template struct Digest<struct FingerprintTag>;
template struct Digest<struct IdentifierTag>;
template struct Digest<struct LineNumberTag>;

}  // namespace sdmp::codec
