// Figures as people read them: "7.21 ms", "48,210", "9.10 KiB". For the summary, the page and the
// sentences of thresholds; the JSON file has plain numbers.
//
// Pure functions, any thread. Text is UTF-8 ("µs"); widths count characters, not octets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sdmp::load {

// With that many digits behind the point: (3.14159, 2) is "3.14". "–" for what is no number.
std::string fixed(double value, int decimals);
// The same without zeros at the end: (2.50, 3) is "2.5".
std::string trimmed(double value, int decimals);
// With that many digits that count, never as a power of ten: "0.00123", "7.21", "48210".
std::string significant(double value, int digits = 3);
// Digits in groups of three: "1,234,567"; the double is rounded first.
std::string grouped(std::uint64_t value);
std::string grouped(double value);
// Grouped if whole or from 100 up, else with three digits that count: "48,210", "7.21", "8".
std::string amount(double value);
// Three digits that count and the unit that suits: "512 ns", "7.21 ms", "1.02 s".
std::string duration(double ns);
// In powers of 1024: "640 B", "9.10 KiB", "1.23 GiB".
std::string bytes(double value);

// With a capital where the first letter is one of ASCII.
std::string capitalized(std::string_view text);

// Characters of UTF-8 text.
std::size_t width(std::string_view text);
// Filled up with spaces to `columns`, to the left of the text or to the right of it.
std::string right(std::string_view text, std::size_t columns);
std::string left(std::string_view text, std::size_t columns);

}  // namespace sdmp::load
