// Raw DEFLATE (RFC 1951) with libdeflate or, at kCompressFast, with codec/fast_deflate.h where that
// one can; and the zero padding to 256 octets (TCP-8, CRY-5, P-FRAME).
//
// "Packed" means: exactly one DEFLATE stream, BFINAL set, then zero octets up to the next multiple
// of 256. Packed text depends on no session, so that fan-out shares it.
#pragma once

#include <cstdint>
#include <memory>

#include "codec/bytes.h"
#include "codec/error.h"
#include "codec/fast_deflate.h"

namespace sdmp::codec {

inline constexpr std::size_t kBlockBytes = 256;
// Level 0 writes stored blocks only (`compress = off`); 1 ... 12 are libdeflate's levels.
inline constexpr int kCompressOff = 0;
// Codes trained on containers for texts of up to FastDeflater::kTextMax, level 1 for others.
inline constexpr int kCompressFast = -1;
inline constexpr int kCompressDefault = kCompressFast;

// Thread rule: one thread at a time. Memory is taken once, at construction.
class Deflater {
 public:
  explicit Deflater(int level);
  ~Deflater();
  Deflater(Deflater&&) noexcept;
  Deflater& operator=(Deflater&&) noexcept;

  int level() const { return level_; }
  // Octets of output that are enough for any text of this size, a multiple of kBlockBytes.
  std::size_t packed_bound(std::size_t text_bytes) const;
  // Packs `text` at the start of `out`; returns the packed size, a multiple of kBlockBytes.
  // kOutputTooSmall.
  Result<std::size_t> pack(std::string_view text, MutableBytes out);

 private:
  // 0 when it does not fit.
  std::size_t compress(std::string_view text, MutableBytes out);

  int level_;
  std::unique_ptr<FastDeflater> fast_;  // of kCompressFast
  struct Release {
    void operator()(void* compressor) const;
  };
  std::unique_ptr<void, Release> compressor_;  // none of kCompressOff
};

// Thread rule: one thread at a time.
class Inflater {
 public:
  Inflater();
  ~Inflater();
  Inflater(Inflater&&) noexcept;
  Inflater& operator=(Inflater&&) noexcept;

  // Inflates a packed text into `out`, a stream of the trained codes with codec/fast_inflate.h,
  // others with libdeflate; the text may fill all of `out` but not more. Checks that the padding is
  // minimal and zero. kDeflateData, kInflatedTooLarge, kFramePadding.
  Result<std::size_t> unpack(Bytes packed, MutableBytes out);

 private:
  struct Release {
    void operator()(void* decompressor) const;
  };
  std::unique_ptr<void, Release> decompressor_;
};

}  // namespace sdmp::codec
