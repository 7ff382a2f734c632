#include "engine/load/axis.h"

#include <algorithm>
#include <cmath>

#include "engine/load/format.h"

namespace sdmp::load {
namespace {

constexpr double kLinearSpreadMax = 40;
// Rounding must not cost the last tick.
constexpr double kSlack = 1 + 1e-9;

// 1, 2 or 5 times a power of ten, the least not below `value`.
double round_up(double value) {
  const double power = std::pow(10, std::floor(std::log10(value)));
  for (const double digit : {1.0, 2.0, 5.0}) {
    if (digit * power * kSlack >= value) return digit * power;
  }
  return 10 * power;
}

double round_down(double value) {
  const double power = std::pow(10, std::floor(std::log10(value) + 1e-9));
  for (const double digit : {5.0, 2.0}) {
    if (digit * power <= value * kSlack) return digit * power;
  }
  return power;
}

std::string short_count(double value) {
  if (value >= 1e9) return trimmed(value / 1e9, 2) + "G";
  if (value >= 1e6) return trimmed(value / 1e6, 2) + "M";
  if (value >= 1e3) return trimmed(value / 1e3, 2) + "k";
  return trimmed(value, 6);
}

// A round number: without the zeros that duration() gives every figure.
std::string short_duration(double ns) {
  const std::string text = duration(ns);
  const std::size_t space = text.find(' ');
  std::string number = text.substr(0, space);
  if (number.find('.') != std::string::npos) {
    number.resize(number.find_last_not_of('0') + 1);
    if (number.back() == '.') number.pop_back();
  }
  return number + text.substr(space);
}

template <class Label>
Axis linear_axis(double highest, Label label) {
  Axis axis;
  const double step = round_up((highest > 0 && std::isfinite(highest) ? highest : 1) / 5);
  axis.high = step * std::max(1.0, std::ceil(highest / step / kSlack));
  for (double at = 0; at <= axis.high * kSlack; at += step) axis.ticks.push_back({at, label(at)});
  return axis;
}

Axis logarithmic_axis(double lowest, double highest) {
  Axis axis{Scale::kLogarithmic, round_down(lowest), round_up(highest), {}};
  const bool every_digit = axis.high / axis.low <= 2000 * kSlack;
  for (double power = std::pow(10, std::floor(std::log10(axis.low) + 1e-9));
       power <= axis.high * kSlack; power *= 10) {
    for (const double digit : {1.0, 2.0, 5.0}) {
      const double at = digit * power;
      if (at * kSlack < axis.low || at > axis.high * kSlack) continue;
      if (digit == 1 || every_digit) axis.ticks.push_back({at, short_duration(at)});
    }
  }
  return axis;
}

double distance(double percent) {
  return -std::log10(1 - percent / 100);
}

}  // namespace

double Axis::place(double value) const {
  double part = 0;
  switch (scale) {
    case Scale::kLinear:
      part = (value - low) / (high - low);
      break;
    case Scale::kLogarithmic:
      part = value <= low ? 0 : std::log(value / low) / std::log(high / low);
      break;
    case Scale::kPercentile:
      part = value >= high ? 1 : distance(value) / distance(high);
      break;
  }
  return std::clamp(part, 0.0, 1.0);
}

Axis count_axis(double highest) {
  return linear_axis(highest, short_count);
}

Axis duration_axis(double lowest, double highest) {
  if (lowest > 0 && highest / lowest > kLinearSpreadMax) return logarithmic_axis(lowest, highest);
  const auto label = [](double ns) { return ns == 0 ? "0" : short_duration(ns); };
  return linear_axis(std::max(highest, 1.0), label);
}

Axis elapsed_axis(double seconds) {
  static constexpr double kSteps[] = {1,   2,   5,    10,   15,   30,    60,    120,
                                      300, 600, 1800, 3600, 7200, 14400, 43200, 86400};
  Axis axis;
  axis.high = seconds > 0 && std::isfinite(seconds) ? seconds : 1;
  double step = round_up(axis.high / 8);
  if (step >= 1) {
    for (const double wider : kSteps) {
      step = wider;
      if (axis.high / step <= 9) break;
    }
    step = std::max(step, axis.high / 9);
  }
  const auto label = [&](double at) -> std::string {
    if (at == 0) return "0";
    if (step >= 3600) return trimmed(at / 3600, 1) + " h";
    if (step >= 60) return trimmed(at / 60, 1) + " min";
    return trimmed(at, 6) + " s";
  };
  for (double at = 0; at <= axis.high * kSlack; at += step) axis.ticks.push_back({at, label(at)});
  return axis;
}

Axis percentile_axis(std::uint64_t count) {
  Axis axis{Scale::kPercentile, 0, 0, {{50, "50 %"}}};
  const double told_apart = std::log10(static_cast<double>(std::max<std::uint64_t>(count, 1)));
  const int nines = std::clamp(static_cast<int>(std::lround(told_apart)), 2, 7);
  for (int i = 1; i <= nines; ++i) {
    const double percent = 100 - 100 * std::pow(10, -i);
    axis.ticks.push_back({percent, trimmed(percent, 7) + " %"});
    axis.high = percent;
  }
  return axis;
}

}  // namespace sdmp::load
