#include "codec/version.h"

#include <algorithm>

namespace sdmp::codec {
namespace {

constexpr std::string_view kAcceptedSeries = "0.10.";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_identifier_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

bool is_numeric(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

bool has_leading_zero(std::string_view text) {
  return text.size() > 1 && text.front() == '0';
}

// Identifiers joined by dots. Numeric ones have no leading zero, except in build metadata.
bool are_identifiers(std::string_view text, bool leading_zeros) {
  while (true) {
    const std::size_t dot = text.find('.');
    const std::string_view identifier = text.substr(0, dot);
    if (identifier.empty() ||
        !std::all_of(identifier.begin(), identifier.end(), is_identifier_character)) {
      return false;
    }
    if (!leading_zeros && is_numeric(identifier) && has_leading_zero(identifier)) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

bool is_accepted_version(std::string_view text) {
  if (!text.starts_with(kAcceptedSeries)) return false;
  text.remove_prefix(kAcceptedSeries.size());
  if (const std::size_t plus = text.find('+'); plus != std::string_view::npos) {
    if (!are_identifiers(text.substr(plus + 1), true)) return false;
    text = text.substr(0, plus);
  }
  if (const std::size_t hyphen = text.find('-'); hyphen != std::string_view::npos) {
    if (!are_identifiers(text.substr(hyphen + 1), false)) return false;
    text = text.substr(0, hyphen);
  }
  return is_numeric(text) && !has_leading_zero(text);
}

}  // namespace sdmp::codec
