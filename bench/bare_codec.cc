#include "bench/bare_codec.h"

#include <cstdio>
#include <cstdlib>

#include <libdeflate.h>

#include "codec/deflate.h"

namespace sdmp::bench {

void verify(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "bench_codec: wrong result: %s\n", what);
  std::exit(1);
}

void BareDeflater::Release::operator()(libdeflate_compressor* compressor) const {
  libdeflate_free_compressor(compressor);
}

BareDeflater::BareDeflater(int level)
    : fast_(level == codec::kCompressFast ? std::make_unique<codec::FastDeflater>() : nullptr),
      compressor_(libdeflate_alloc_compressor(fast_ ? 1 : level)) {
  verify(compressor_ != nullptr, "no compressor");
}

std::size_t BareDeflater::compress(std::string_view text, codec::MutableBytes out) {
  if (fast_) {
    if (const std::size_t size = fast_->compress(text, out); size > 0) return size;
  }
  return libdeflate_deflate_compress(compressor_.get(), text.data(), text.size(), out.data(),
                                     out.size());
}

void BareInflater::Release::operator()(libdeflate_decompressor* decompressor) const {
  libdeflate_free_decompressor(decompressor);
}

BareInflater::BareInflater() : decompressor_(libdeflate_alloc_decompressor()) {
  verify(decompressor_ != nullptr, "no decompressor");
}

std::size_t BareInflater::inflate(codec::Bytes packed, codec::MutableBytes out) {
  std::size_t stream = 0;
  std::size_t text = 0;
  const libdeflate_result result = libdeflate_deflate_decompress_ex(
      decompressor_.get(), packed.data(), packed.size(), out.data(), out.size(), &stream, &text);
  verify(result == LIBDEFLATE_SUCCESS, "inflate");
  return text;
}

}  // namespace sdmp::bench
