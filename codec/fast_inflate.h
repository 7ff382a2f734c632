// A DEFLATE decoder (RFC 1951) for the streams of codec/fast_deflate.h. A decoder for any stream
// spends most of its time on small ones in building tables; a stream that begins with the header of
// a trained code is decoded with tables that are there already.
//
// Thread rule: any number of threads; nothing is kept between calls.
#pragma once

#include <cstdint>
#include <optional>

#include "codec/bytes.h"

namespace sdmp::codec {

struct FastInflated {
  std::size_t stream_bytes;  // of the input
  std::size_t text_bytes;    // of the output
};

// Decodes the one block at the start of `input` to `out`. nullopt, with `out` undefined, for a
// stream without one of the trained headers, and for everything that is wrong or comes near the end
// of `out`: what it means then is for a decoder of any stream to say.
std::optional<FastInflated> fast_inflate(Bytes input, MutableBytes out);

}  // namespace sdmp::codec
