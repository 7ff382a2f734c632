#include "engine/load/svg_chart.h"

#include <algorithm>
#include <cmath>

#include "engine/load/format.h"

namespace sdmp::load {
namespace {

constexpr double kWidth = 960;
constexpr double kHeight = 280;
constexpr double kLeft = 60;
constexpr double kRight = 926;
constexpr double kTop = 14;
constexpr double kBottom = 248;
// Labels that would touch are left out: of "99.999 %", about so much is taken.
constexpr double kLabelWidth = 52;

std::string number(double value) {
  return trimmed(value, 1);
}

std::string attribute(std::string_view name, double value) {
  return " " + std::string(name) + "=\"" + number(value) + "\"";
}

class Drawing {
 public:
  explicit Drawing(const Chart& chart) : chart_(chart) {}

  std::string draw() {
    out_ = "<svg viewBox=\"0 0 " + number(kWidth) + " " + number(kHeight) +
           "\" role=\"img\" aria-label=\"" + escaped(chart_.title) + "\">\n";
    for (const auto& band : chart_.bands) draw_band(band);
    draw_grid();
    for (std::size_t i = 0; i < chart_.lines.size(); ++i) draw_line(chart_.lines[i], i + 1);
    for (const auto& hover : chart_.hovers) draw_hover(hover);
    return std::move(out_) + "</svg>\n";
  }

 private:
  double x(double value) const { return kLeft + (kRight - kLeft) * chart_.x.place(value); }
  double y(double value) const { return kBottom - (kBottom - kTop) * chart_.y.place(value); }

  void text(std::string_view style, double at_x, double at_y, std::string_view content) {
    out_ += "<text class=\"" + std::string(style) + "\"" + attribute("x", at_x) +
            attribute("y", at_y) + ">" + escaped(content) + "</text>\n";
  }

  void rule(std::string_view style, double x1, double y1, double x2, double y2) {
    out_ += "<line class=\"" + std::string(style) + "\"" + attribute("x1", x1) +
            attribute("y1", y1) + attribute("x2", x2) + attribute("y2", y2) + "/>\n";
  }

  void open_rectangle(std::string_view style, const Range& range) {
    const double from = x(range.from);
    out_ += "<rect class=\"" + std::string(style) + "\"" + attribute("x", from) +
            attribute("y", kTop) + attribute("width", std::max(0.5, x(range.to) - from)) +
            attribute("height", kBottom - kTop);
  }

  void draw_band(const Range& band) {
    open_rectangle("band", band);
    out_ += "/>\n";
    if (x(band.to) - x(band.from) > kLabelWidth) {
      text("band-label", x(band.from) + 6, kTop + 14, band.text);
    }
  }

  void draw_grid() {
    for (const auto& tick : chart_.y.ticks) {
      rule("grid", kLeft, y(tick.value), kRight, y(tick.value));
      text("tick tick-y", kLeft - 8, y(tick.value) + 4, tick.label);
    }
    double free_from = 0;
    for (const auto& tick : chart_.x.ticks) {
      const double at = x(tick.value);
      rule("tick-mark", at, kBottom, at, kBottom + 5);
      if (at - kLabelWidth / 2 < free_from) continue;
      text("tick tick-x", at, kBottom + 20, tick.label);
      free_from = at + kLabelWidth / 2;
    }
    rule("base", kLeft, kBottom, kRight, kBottom);
  }

  // Points without a neighbour would not be seen as a line: dots.
  void draw_line(const Line& line, std::size_t order) {
    const std::string style = "line-" + std::to_string(order);
    const auto drawn = [&](std::size_t i) {
      return i < line.points.size() && std::isfinite(line.points[i].y);
    };
    for (std::size_t begin = 0; begin < line.points.size(); ++begin) {
      if (!drawn(begin)) continue;
      std::size_t end = begin;
      std::string path;
      for (; drawn(end); ++end) {
        path += (end == begin ? "M" : "L") + number(x(line.points[end].x)) + " " +
                number(y(line.points[end].y));
      }
      if (end - begin == 1) {
        out_ += "<circle class=\"dot " + style + "\" r=\"3\"" +
                attribute("cx", x(line.points[begin].x)) +
                attribute("cy", y(line.points[begin].y)) + "/>\n";
      } else {
        if (line.filled) {
          out_ += "<path class=\"area " + style + "\" d=\"" + path + "V" + number(kBottom) + "H" +
                  number(x(line.points[begin].x)) + "Z\"/>\n";
        }
        out_ += "<path class=\"line " + style + "\" d=\"" + path + "\"/>\n";
      }
      begin = end;
    }
  }

  void draw_hover(const Range& hover) {
    open_rectangle("hover", hover);
    out_ += "><title>" + escaped(hover.text) + "</title></rect>\n";
  }

  const Chart& chart_;
  std::string out_;
};

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string svg(const Chart& chart) {
  return Drawing(chart).draw();
}

}  // namespace sdmp::load
