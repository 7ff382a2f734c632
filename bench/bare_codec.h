// The primitives below the batch codec, called as directly as their libraries allow: the ceiling
// that the codec is held against. No checks, no padding, no errors: a wrong result stops the bench.
#pragma once

#include <memory>
#include <string_view>

#include "codec/bytes.h"
#include "codec/fast_deflate.h"

struct libdeflate_compressor;
struct libdeflate_decompressor;

namespace sdmp::bench {

// Stops the program and says so when a result is wrong: nothing wrong is ever timed.
void verify(bool condition, const char* what);

// A level as in codec/deflate.h; at kCompressFast FastDeflater alone where it can, else
// libdeflate's level 1.
class BareDeflater {
 public:
  explicit BareDeflater(int level);
  // Octets of the stream.
  std::size_t compress(std::string_view text, codec::MutableBytes out);

 private:
  std::unique_ptr<codec::FastDeflater> fast_;
  struct Release {
    void operator()(libdeflate_compressor* compressor) const;
  };
  std::unique_ptr<libdeflate_compressor, Release> compressor_;
};

class BareInflater {
 public:
  BareInflater();
  // Octets of text.
  std::size_t inflate(codec::Bytes packed, codec::MutableBytes out);

 private:
  struct Release {
    void operator()(libdeflate_decompressor* decompressor) const;
  };
  std::unique_ptr<libdeflate_decompressor, Release> decompressor_;
};

}  // namespace sdmp::bench
