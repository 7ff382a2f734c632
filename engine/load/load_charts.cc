#include "engine/load/load_charts.h"

#include <algorithm>
#include <limits>
#include <span>

#include "engine/load/format.h"
#include "engine/load/text_report.h"

namespace sdmp::load {
namespace {

constexpr std::size_t kPointsMax = 300;

double from_of(const Interval& interval) {
  return interval.at_s - interval.seconds;
}
double middle_of(const Interval& interval) {
  return interval.at_s - interval.seconds / 2;
}

Interval joined(std::span<const Interval> parts) {
  Interval all = parts.back();
  double operations = 0;
  all.seconds = 0;
  all.errors = 0;
  for (const auto& part : parts) {
    all.seconds += part.seconds;
    operations += part.rate * part.seconds;
    all.p50_ns = std::max(all.p50_ns, part.p50_ns);
    all.p99_ns = std::max(all.p99_ns, part.p99_ns);
    all.max_ns = std::max(all.max_ns, part.max_ns);
    all.errors += part.errors;
    if (!part.measured()) all.stage = part.stage;
  }
  all.rate = all.seconds > 0 ? operations / all.seconds : 0;
  return all;
}

// How many intervals are drawn as one.
std::size_t intervals_per_point(const Report& report) {
  return (report.intervals.size() + kPointsMax - 1) / kPointsMax;
}

std::vector<Interval> drawn_intervals(const Report& report) {
  const std::span<const Interval> all = report.intervals;
  const std::size_t each = intervals_per_point(report);
  std::vector<Interval> drawn;
  for (std::size_t at = 0; at < all.size(); at += each) {
    drawn.push_back(joined(all.subspan(at, std::min(each, all.size() - at))));
  }
  return drawn;
}

std::string note_on_points(const Report& report, std::string_view which) {
  const std::size_t each = intervals_per_point(report);
  if (each <= 1) return "";
  return "Each point is the " + std::string(which) + " of " + std::to_string(each) + " intervals.";
}

// The time axis, and what on it was not measured.
Chart chart_over_time(std::string title, const std::vector<Interval>& intervals) {
  Chart chart;
  chart.title = std::move(title);
  chart.x = elapsed_axis(intervals.back().at_s);
  for (const auto& interval : intervals) {
    if (interval.measured()) continue;
    if (!chart.bands.empty() && chart.bands.back().text == name(interval.stage) &&
        chart.bands.back().to >= from_of(interval) - 0.01) {
      chart.bands.back().to = interval.at_s;
    } else {
      chart.bands.push_back({from_of(interval), interval.at_s, std::string(name(interval.stage))});
    }
  }
  return chart;
}

std::string hover_text(const Interval& interval, const Report& report) {
  const auto time = [](std::int64_t ns) {
    return ns > 0 ? duration(static_cast<double>(ns)) : std::string("–");
  };
  std::string text = trimmed(interval.at_s, 1) + " s: " + amount(interval.rate) + " " +
                     report.counted + "/s\np50 " + time(interval.p50_ns) + ", p99 " +
                     time(interval.p99_ns) + ", max " + time(interval.max_ns) + "\n" +
                     grouped(interval.gauges.sessions) + " sessions, " +
                     grouped(interval.gauges.in_flight) + " in flight";
  if (interval.errors > 0) text += "\n" + grouped(interval.errors) + " errors";
  return text;
}

void add_hovers(const Report& report, const std::vector<Interval>& intervals, Chart& chart) {
  for (const auto& interval : intervals) {
    chart.hovers.push_back({from_of(interval), interval.at_s, hover_text(interval, report)});
  }
}

}  // namespace

std::optional<Chart> throughput_chart(const Report& report) {
  const auto intervals = drawn_intervals(report);
  if (intervals.empty()) return std::nullopt;
  Chart chart = chart_over_time(report.counted + " per second over time", intervals);
  Line line{report.counted + " per second", {}, true};
  double highest = 0;
  for (const auto& interval : intervals) {
    highest = std::max(highest, interval.rate);
    line.points.push_back({middle_of(interval), interval.rate});
  }
  chart.y = count_axis(highest);
  chart.lines = {std::move(line)};
  chart.note = note_on_points(report, "mean");
  add_hovers(report, intervals, chart);
  return chart;
}

std::optional<Chart> latency_chart(const Report& report) {
  const auto intervals = drawn_intervals(report);
  double lowest = std::numeric_limits<double>::infinity();
  double highest = 0;
  std::vector<Line> lines;
  for (const auto& [name, member] : {std::pair{"p50", &Interval::p50_ns},
                                     {"p99", &Interval::p99_ns},
                                     {"max", &Interval::max_ns}}) {
    Line line{name, {}, false};
    for (const auto& interval : intervals) {
      const auto ns = static_cast<double>(interval.*member);
      const bool sampled = ns > 0;
      if (sampled) lowest = std::min(lowest, ns);
      highest = std::max(highest, ns);
      line.points.push_back(
          {middle_of(interval), sampled ? ns : std::numeric_limits<double>::quiet_NaN()});
    }
    lines.push_back(std::move(line));
  }
  if (highest == 0) return std::nullopt;
  Chart chart = chart_over_time("latency over time", intervals);
  chart.y = duration_axis(lowest, highest);
  chart.lines = std::move(lines);
  chart.note = note_on_points(report, "greatest");
  add_hovers(report, intervals, chart);
  return chart;
}

std::optional<Chart> percentile_chart(const Report& report) {
  const Stats& stats = report.stats;
  Chart chart;
  chart.title = "latency by percentile";
  chart.note = how_latency_counts(report);
  double lowest = std::numeric_limits<double>::infinity();
  double highest = 0;
  std::uint64_t count = 0;
  std::vector<std::pair<std::string, const Histogram*>> shown;
  for (const auto& [name, histogram] : {std::pair{"latency", &stats.latency},
                                        {"service time", &stats.service},
                                        {"bystanders", &stats.bystander}}) {
    if (histogram->count() == 0) continue;
    shown.emplace_back(name, histogram);
    Line line{name, {}, false};
    for (const auto& step : histogram->curve(10)) {
      line.points.push_back({step.percent, static_cast<double>(step.value)});
    }
    lowest = std::min(lowest, static_cast<double>(histogram->min()));
    highest = std::max(highest, static_cast<double>(histogram->max()));
    count = std::max(count, histogram->count());
    chart.lines.push_back(std::move(line));
  }
  if (shown.empty()) return std::nullopt;
  chart.x = percentile_axis(count);
  chart.y = duration_axis(lowest, highest);
  double from = 0;
  for (const auto& point : chart.lines.front().points) {
    if (point.x == 0) continue;
    std::string text = trimmed(point.x, 5) + " % within";
    for (const auto& [name, histogram] : shown) {
      text += "\n" + name + " " + duration(static_cast<double>(histogram->percentile(point.x)));
    }
    chart.hovers.push_back({from, point.x, std::move(text)});
    from = point.x;
  }
  return chart;
}

}  // namespace sdmp::load
