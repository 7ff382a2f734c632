// The report as a JSON file: schema "sdmp-load/1", described field by field in docs/load-report.md.
// Names and meanings stay within a version; members may be added. What was not measured is null.
//
// Pure functions, any thread.
#pragma once

#include <string>

#include "engine/load/report.h"
#include "engine/load/threshold.h"

namespace sdmp::load {

inline constexpr char kSchema[] = "sdmp-load/1";

// One object, indented, with a line feed at its end. Text that is no valid UTF-8 (file names among
// the options) has its wrong octets replaced by "?".
std::string json_report(const Report& report, const Verdict& verdict);

}  // namespace sdmp::load
