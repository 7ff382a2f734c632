// What taking in a signed resource costs besides inflating it: signatures of keys that return, and
// the identifier.
//
//   verify/libsodium, verify/prepared   one Ed25519 signature over 1.5 KiB, by turns
//   verify/prepare                      what a key that returns costs once
//   identifier/<size>                   SHA-512 over a payload's base64url
#include <array>

#include <sodium.h>

#include "bench/bare_codec.h"
#include "bench/bursts.h"
#include "bench/codec_load.h"
#include "codec/digest.h"
#include "codec/ed25519_verify.h"
#include "codec/key.h"

namespace sdmp::bench {
namespace {

constexpr std::size_t kMessages = 16;
constexpr std::size_t kMessageBytes = 1536;

struct Signed {
  Signed() {
    codec::crypto_init();
    crypto_sign_keypair(key.data(), secret.data());
    for (std::size_t i = 0; i < kMessages; ++i) {
      randombytes_buf(messages[i].data(), kMessageBytes);
      crypto_sign_detached(signatures[i].data(), nullptr, messages[i].data(), kMessageBytes,
                           secret.data());
    }
  }
  bool by_libsodium(std::size_t i) const {
    return crypto_sign_verify_detached(signatures[i].data(), messages[i].data(), kMessageBytes,
                                       key.data()) == 0;
  }

  std::array<std::uint8_t, codec::kEd25519KeyBytes> key;
  std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> secret;
  std::array<std::array<std::uint8_t, kMessageBytes>, kMessages> messages;
  std::array<std::array<std::uint8_t, codec::kEd25519SignatureBytes>, kMessages> signatures;
};

enum Which : std::size_t { kLibsodium, kPrepared, kPrepare, kIdentifier };

void run(benchmark::State& state, Which which) {
  const Signed texts;
  const codec::PreparedEd25519Key key(texts.key);
  const auto each = [](auto one) {
    return [one](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) one(i);
    };
  };
  std::array<Contender, 4> contenders{{
      {each([&](std::size_t i) { verify(texts.by_libsodium(i), "libsodium"); })},
      {each([&](std::size_t i) {
        verify(key.verify(texts.messages[i], texts.signatures[i]), "prepared");
      })},
      {each([&](std::size_t) {
        const codec::PreparedEd25519Key made(texts.key);
        benchmark::DoNotOptimize(&made);
      })},
      {each([&](std::size_t i) {
        auto hash = codec::sha512(texts.messages[i]);
        benchmark::DoNotOptimize(hash);
      })},
  }};
  const int passes = race(contenders, kMessages);
  report(state, contenders[which].least_ns / kMessages, 1, kMessageBytes);
  state.counters["to_libsodium"] = contenders[which].least_ns / contenders[kLibsodium].least_ns;
  state.counters["passes"] = passes;
}

}  // namespace

void register_verify() {
  const std::pair<const char*, Which> rows[] = {{"verify/libsodium", kLibsodium},
                                                {"verify/prepared", kPrepared},
                                                {"verify/prepare", kPrepare},
                                                {"identifier/1536", kIdentifier}};
  for (const auto& [name, which] : rows) {
    benchmark::RegisterBenchmark(name, [which](benchmark::State& state) {
      run(state, which);
    })->UseManualTime();
  }
}

}  // namespace sdmp::bench
