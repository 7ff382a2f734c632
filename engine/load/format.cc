#include "engine/load/format.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>

namespace sdmp::load {
namespace {

struct Unit {
  double scale;
  std::string_view name;
};

// The first unit in which the rounded number stays below 1000, else the last one: 999.9 µs is
// "1.00 ms" and not "1000 µs". The first unit has no parts.
std::string in_units(double value, std::span<const Unit> units) {
  const Unit* unit = units.data();
  while (unit != &units.back() && std::abs(value / unit->scale) >= 999.5) ++unit;
  const double scaled = value / unit->scale;
  const bool has_parts = unit != units.data();
  return (has_parts ? significant(scaled) : fixed(scaled, 0)) + " " + std::string(unit->name);
}

}  // namespace

std::string fixed(double value, int decimals) {
  if (!std::isfinite(value)) return "–";
  char text[400];
  const auto end =
      std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, decimals).ptr;
  return std::string(text, end);
}

std::string trimmed(double value, int decimals) {
  std::string text = fixed(value, decimals);
  if (text.find('.') == std::string::npos) return text;
  text.resize(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string significant(double value, int digits) {
  if (value == 0 || !std::isfinite(value)) return fixed(value, 0);
  // Rounding may add a digit (9.996 is 10.0): the exponent is that of the rounded value.
  char text[40];
  const auto end =
      std::to_chars(text, text + sizeof text, value, std::chars_format::scientific, digits - 1).ptr;
  int exponent = 0;
  const char* sign = std::find(text, end, 'e') + 1;
  std::from_chars(*sign == '+' ? sign + 1 : sign, end, exponent);
  return fixed(value, std::max(0, digits - 1 - exponent));
}

std::string grouped(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string grouped(double value) {
  if (!std::isfinite(value)) return "–";
  const auto rounded = static_cast<std::uint64_t>(std::llround(std::abs(value)));
  return (value < 0 && rounded != 0 ? "-" : "") + grouped(rounded);
}

std::string amount(double value) {
  return std::abs(value) >= 99.95 || value == std::trunc(value) ? grouped(value)
                                                                : significant(value);
}

std::string duration(double ns) {
  static constexpr Unit kUnits[] = {{1, "ns"}, {1e3, "µs"}, {1e6, "ms"}, {1e9, "s"}};
  return in_units(ns, kUnits);
}

std::string bytes(double value) {
  static constexpr Unit kUnits[] = {
      {1, "B"}, {0x1p10, "KiB"}, {0x1p20, "MiB"}, {0x1p30, "GiB"}, {0x1p40, "TiB"}};
  return in_units(value, kUnits);
}

std::string capitalized(std::string_view text) {
  std::string out(text);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') {
    out[0] = static_cast<char>(out[0] - 'a' + 'A');
  }
  return out;
}

std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string right(std::string_view text, std::size_t columns) {
  const std::size_t taken = width(text);
  return std::string(columns > taken ? columns - taken : 0, ' ') + std::string(text);
}

std::string left(std::string_view text, std::size_t columns) {
  const std::size_t taken = width(text);
  return std::string(text) + std::string(columns > taken ? columns - taken : 0, ' ');
}

}  // namespace sdmp::load
