#include "engine/protocol/object_scanner.h"

#include "engine/protocol/limits.h"

namespace sdmp::protocol {

// Only braces and strings matter for the end; whether the text between them is JSON is judged once
// it is complete.
ObjectScanner::Status ObjectScanner::scan(codec::Bytes bytes, std::size_t& consumed) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::uint8_t byte = bytes[i];
    if (seen_ == 0 && byte != '{') {
      consumed = bytes.size();
      return Status::kNotAnObject;
    }
    ++seen_;
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (byte == '\\') {
        escaped_ = true;
      } else if (byte == '"') {
        in_string_ = false;
      }
    } else if (byte == '"') {
      in_string_ = true;
    } else if (byte == '{') {
      ++depth_;
    } else if (byte == '}' && --depth_ == 0) {
      consumed = i + 1;
      return Status::kComplete;
    }
    if (seen_ == kConnectionObjectBytesMax) {
      consumed = bytes.size();
      return Status::kTooLong;
    }
  }
  consumed = bytes.size();
  return Status::kIncomplete;
}

}  // namespace sdmp::protocol
