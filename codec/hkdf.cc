#include "codec/hkdf.h"

#include <algorithm>

#include <sodium.h>

#include "codec/check.h"

namespace sdmp::codec {
namespace {

constexpr std::size_t kMacBytes = crypto_auth_hmacsha512_BYTES;
constexpr std::size_t kExpandMaxBytes = 255 * kMacBytes;

// libsodium's streaming form takes keys of any length, and its final() wipes the keyed state.
class Hmac {
 public:
  explicit Hmac(Bytes key) {
    static constexpr std::uint8_t kNoKey = 0;  // libsodium wants a pointer even to nothing
    crypto_auth_hmacsha512_init(&state_, key.empty() ? &kNoKey : key.data(), key.size());
  }
  ~Hmac() { sodium_memzero(&state_, sizeof state_); }
  Hmac(const Hmac&) = delete;
  Hmac& operator=(const Hmac&) = delete;

  void update(Bytes data) { crypto_auth_hmacsha512_update(&state_, data.data(), data.size()); }
  void finish(std::span<std::uint8_t, kMacBytes> mac) {
    crypto_auth_hmacsha512_final(&state_, mac.data());
  }

 private:
  crypto_auth_hmacsha512_state state_;
};

}  // namespace

Secret<64> hkdf_extract(Bytes salt, Bytes ikm) {
  Secret<64> prk;
  Hmac hmac(salt);
  hmac.update(ikm);
  hmac.finish(prk.writable());
  return prk;
}

void hkdf_expand(Bytes prk, std::string_view info, MutableBytes out) {
  SDMP_CHECK(prk.size() >= kMacBytes);  // RFC 5869 2.3
  SDMP_CHECK(out.size() <= kExpandMaxBytes);
  Secret<kMacBytes> block;
  Bytes previous;
  for (std::uint8_t counter = 1; !out.empty(); ++counter) {
    Hmac hmac(prk);
    hmac.update(previous);
    hmac.update(as_bytes(info));
    hmac.update({&counter, 1});
    hmac.finish(block.writable());
    previous = block.bytes();
    const std::size_t take = std::min(out.size(), kMacBytes);
    std::copy_n(previous.begin(), take, out.begin());
    out = out.subspan(take);
  }
}

}  // namespace sdmp::codec
