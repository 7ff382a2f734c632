// A reusable buffer that gives plain text the padding that the JSON reader needs.
//
// Thread rule: one owner at a time. Memory grows to the largest text seen and is kept.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include "codec/bytes.h"

namespace sdmp::codec {

class PaddedBuffer {
 public:
  // Copies `text`; the result is valid until the next call or the buffer's end.
  PaddedText assign(std::string_view text) {
    if (storage_.size() < text.size() + PaddedText::kPadding) {
      storage_.resize(text.size() + PaddedText::kPadding);
    }
    if (!text.empty()) std::memcpy(storage_.data(), text.data(), text.size());
    std::memset(storage_.data() + text.size(), 0, PaddedText::kPadding);
    return {storage_.data(), text.size()};
  }

 private:
  std::string storage_;
};

}  // namespace sdmp::codec
