// Line charts as inline SVG: axes with round numbers, lines, shaded ranges, and titles that show up
// under the pointer. Colours and type come from the style sheet of the page around it (classes
// "line-1" ..., "grid", "tick", "band", "hover"), so that a dark page has dark charts.
//
// Pure functions, any thread. All text is escaped here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/load/axis.h"

namespace sdmp::load {

struct Point {
  double x;
  double y;  // not a number: the line has a gap
};

struct Line {
  std::string name;
  std::vector<Point> points;
  bool filled = false;  // the area below it too
};

// A range of x.
struct Range {
  double from;
  double to;
  std::string text;
};

struct Chart {
  std::string title;  // what it shows, for those who do not see it
  std::string note;   // what to know when reading it; empty for nothing
  Axis x;
  Axis y;
  std::vector<Line> lines;    // drawn in this order, with the classes "line-1", "line-2" ...
  std::vector<Range> bands;   // shaded, with their text
  std::vector<Range> hovers;  // their text is shown while the pointer is there
};

// "&lt;" for "<" and so on: text for content and attribute values.
std::string escaped(std::string_view text);

// One <svg> element, as wide as its container.
std::string svg(const Chart& chart);

}  // namespace sdmp::load
