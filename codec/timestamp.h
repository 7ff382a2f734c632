// CON-4: UTC, ISO 8601 with exactly millisecond granularity, 2015-07-26T15:48:37.703Z.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "codec/error.h"

namespace sdmp::codec {

// Milliseconds since 1970-01-01T00:00:00.000Z, without leap seconds. Years 0000 to 9999.
using UnixMillis = std::int64_t;

// kTimestamp for any other form, and for a moment that does not exist (month 13, 30 February,
// hour 24, second 60).
Result<UnixMillis> parse_timestamp(std::string_view text);
// `at` lies within the years 0000 to 9999.
std::string format_timestamp(UnixMillis at);

}  // namespace sdmp::codec
