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

// Lines without their ends, of less than 80 columns, which are at the same place every time;
// `counted` as in Report:
//   "    time   messages/s  sessions in flight      p50      p99   errors"
//   "    12 s       48,210       256        64  1.02 ms  7.21 ms        0"
// with the phase behind it where the interval is not measured.
std::string progress_head(std::string_view counted);
std::string progress_line(const Interval& interval);

}  // namespace sdmp::load
