// The summary of a run for people, about 30 lines of at most 100 columns, and the line that shows
// how it is going. Plain UTF-8 text without control sequences: the same on a terminal and in a
// pipe.
//
// Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

#include "engine/load/report.h"
#include "engine/load/threshold.h"

namespace sdmp::load {

// Ends with a line feed.
std::string text_report(const Report& report, const Verdict& verdict);

// How latency is counted, in one sentence, for the summary and the page.
std::string how_latency_counts(const Report& report);

// One line without its end, columns at the same place every time; `counted` as in Report:
//   "   12 s     48,210 messages/s     256 sessions     64 in flight   p50  1.02 ms  p99  7.21 ms"
// with "warm-up" where the interval is not measured and the errors where there are some.
std::string progress_line(const Interval& interval, std::string_view counted);

}  // namespace sdmp::load
