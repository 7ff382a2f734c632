#include "engine/load/json_report.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>

#include "codec/json.h"
#include "engine/load/figures.h"
#include "engine/load/format.h"

namespace sdmp::load {
namespace {

constexpr double kNsPerUs = 1e3;

// Indented members in the order in which they are added.
class Writer {
 public:
  void open(std::string_view name, char bracket = '{') {
    begin(name);
    out_ += bracket;
    first_ = true;
    ++depth_;
  }
  void close(char bracket = '}') {
    --depth_;
    if (!first_) new_line();
    out_ += bracket;
    first_ = false;
  }
  void text(std::string_view name, std::string_view value) {
    begin(name);
    quote(value);
  }
  void number(std::string_view name, std::optional<double> value) {
    begin(name);
    // Small values keep digits that count; no others need more than thousandths.
    const int decimals = value && std::abs(*value) < 1 ? 6 : 3;
    out_ += value && std::isfinite(*value) ? trimmed(*value, decimals) : "null";
  }
  void boolean(std::string_view name, bool value) {
    begin(name);
    out_ += value ? "true" : "false";
  }
  void texts(std::string_view name, std::span<const std::string> values) {
    open(name, '[');
    for (const auto& value : values) text("", value);
    close(']');
  }
  std::string take() { return std::move(out_); }

 private:
  void new_line() { out_.append(1, '\n').append(static_cast<std::size_t>(depth_) * 2, ' '); }
  void begin(std::string_view name) {
    if (!first_) out_ += ',';
    if (depth_ > 0) new_line();
    first_ = false;
    if (name.empty()) return;
    quote(name);
    out_ += ": ";
  }
  void quote(std::string_view text) {
    if (codec::json::is_utf8(text)) return codec::json::append_string(text, out_);
    std::string ascii(text);
    std::replace_if(
        ascii.begin(), ascii.end(), [](char c) { return static_cast<unsigned char>(c) > 0x7E; },
        '?');
    codec::json::append_string(ascii, out_);
  }

  std::string out_;
  int depth_ = 0;
  bool first_ = true;
};

void add_options(const Report& report, Writer& out) {
  out.open("options");
  const auto& options = report.options;
  for (auto option = options.begin(); option != options.end(); ++option) {
    const auto same_name = [&](const auto& other) { return other.first == option->first; };
    if (std::find_if(options.begin(), option, same_name) != option) continue;
    // An option may be given more than once, a member of an object may not.
    std::string value = option->second;
    for (auto more = option + 1; more != options.end(); ++more) {
      if (same_name(*more)) value += ", " + more->second;
    }
    out.text(option->first, value);
  }
  out.close();
}

void add_extras(const Report& report, Writer& out) {
  out.open("extras");
  for (const auto& extra : report.extras) {
    out.open(extra.name);
    out.number("value", extra.value);
    out.text("unit", extra.unit);
    out.close();
  }
  out.close();
}

void add_figures(const Report& report, Writer& out) {
  std::string group;
  for (const auto& figure : figures(report)) {
    const std::size_t dot = figure.name.find('.');
    const std::string its_group = dot == std::string::npos ? "" : figure.name.substr(0, dot);
    if (its_group == "extras") break;
    if (its_group != group) {
      if (!group.empty()) out.close();
      if (!its_group.empty()) out.open(its_group);
      group = its_group;
      if (group == "server") {
        out.text("address", report.server);
        out.number("pid", report.server_use ? std::optional(report.server_use->pid) : std::nullopt);
      }
    }
    auto value = figure.value;
    if (value && figure.kind == FigureKind::kDuration) *value /= kNsPerUs;
    out.number(std::string_view(figure.name).substr(dot == std::string::npos ? 0 : dot + 1), value);
  }
  if (!group.empty()) out.close();
}

void add_intervals(const Report& report, Writer& out) {
  const auto micros = [](std::int64_t ns) {
    return ns > 0 ? std::optional(static_cast<double>(ns) / kNsPerUs) : std::nullopt;
  };
  out.open("intervals", '[');
  for (const auto& interval : report.intervals) {
    out.open("");
    out.number("at_s", interval.at_s);
    out.number("seconds", interval.seconds);
    out.text("phase", name(interval.stage));
    out.boolean("measured", interval.measured());
    out.number("rate", interval.rate);
    out.number("p50_us", micros(interval.p50_ns));
    out.number("p99_us", micros(interval.p99_ns));
    out.number("max_us", micros(interval.max_ns));
    out.number("errors", static_cast<double>(interval.errors));
    out.number("sessions", static_cast<double>(interval.gauges.sessions));
    out.number("in_flight", static_cast<double>(interval.gauges.in_flight));
    out.close();
  }
  out.close(']');
}

}  // namespace

std::string json_report(const Report& report, const Verdict& verdict) {
  Writer out;
  out.open("");
  out.text("schema", kSchema);
  out.text("scenario", report.scenario);
  out.text("started", report.started);
  out.boolean("interrupted", report.interrupted);
  out.boolean("passed", verdict.passed());
  out.texts("failures", verdict.failures());
  out.texts("warnings", report.warnings);
  add_options(report, out);
  out.text("counted", report.counted);
  add_figures(report, out);
  add_extras(report, out);
  add_intervals(report, out);
  out.close();
  return out.take() + "\n";
}

}  // namespace sdmp::load
