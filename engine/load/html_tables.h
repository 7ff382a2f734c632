// The tables and tiles of the page that html_report() writes, each as one piece of HTML; a piece
// that has nothing to show is an empty string.
//
// Pure functions, any thread. Everything that comes from options or the server is escaped.
#pragma once

#include <string>

#include "engine/load/report.h"

namespace sdmp::load {

// The figures that answer most questions.
std::string tiles_html(const Report& report);
std::string latency_table_html(const Report& report);
std::string verification_table_html(const Report& report);
// Says so where there are none.
std::string error_table_html(const Report& report);
// What server and client used, what was moved, and the figures of the scenario alone.
std::string cost_table_html(const Report& report);
std::string configuration_table_html(const Report& report);

}  // namespace sdmp::load
