// The report as one page to keep and to pass on: figures, charts and tables in a single file that
// loads nothing, runs no script, and follows the reader's light or dark setting.
//
// Pure functions, any thread. Everything that comes from options or the server is escaped.
#pragma once

#include <string>

#include "engine/load/report.h"
#include "engine/load/threshold.h"

namespace sdmp::load {

std::string html_report(const Report& report, const Verdict& verdict);

}  // namespace sdmp::load
