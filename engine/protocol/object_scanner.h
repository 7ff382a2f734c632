// Finds the end of a connection object in a byte stream (P-HS): it ends with the brace that closes
// its first one. Any split of the stream gives the same result.
#pragma once

#include <cstddef>
#include <cstdint>

#include "codec/bytes.h"

namespace sdmp::protocol {

class ObjectScanner {
 public:
  enum class Status : std::uint8_t {
    kIncomplete,
    kComplete,
    kNotAnObject,  // the first byte is not '{'
    kTooLong,      // kConnectionObjectBytesMax bytes without an end
  };

  // Looks at the next bytes of the stream. On kComplete, `consumed` says how many of them belong to
  // the object (the last one is its closing brace); otherwise all of them do.
  Status scan(codec::Bytes bytes, std::size_t& consumed);

 private:
  std::size_t seen_ = 0;
  std::size_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

}  // namespace sdmp::protocol
