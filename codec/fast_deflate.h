// A DEFLATE encoder (RFC 1951) for what SDMP sends: one block, Huffman codes that were trained on
// containers (codec/trained_codes.h) instead of built for each text. For small texts building the
// codes is most of what other encoders do. The output is plain DEFLATE for any decoder.
#pragma once

#include <cstdint>

#include "codec/bytes.h"
#include "codec/match_finder.h"

namespace sdmp::codec {

// Thread rule: one thread at a time. Memory is taken once, at construction.
class FastDeflater {
 public:
  // Larger texts are for an encoder that adapts: codes of their own make them 5 % smaller and more.
  static constexpr std::size_t kTextMax = 12 << 10;
  static_assert(kTextMax <= MatchFinder::kTextMax);

  // Octets of output that compress() needs for a text of this size.
  static std::size_t bound(std::size_t text_bytes);

  // Writes one DEFLATE stream, BFINAL set, at the start of `out` and returns its size. 0, with
  // `out` undefined, when it cannot: a text above kTextMax, less room than bound(), or an octet
  // that containers do not contain and the codes therefore leave out.
  std::size_t compress(std::string_view text, MutableBytes out);

 private:
  MatchFinder finder_;
};

}  // namespace sdmp::codec
