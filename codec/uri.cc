#include "codec/uri.h"

#include <algorithm>
#include <string>

#include <arpa/inet.h>

namespace sdmp::codec {
namespace {

bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

constexpr std::string_view kUnreservedMarks = "-._~";
constexpr std::string_view kSubDelims = "!$&'()*+,;=";

// unreserved, sub-delims, percent-encoded octets and whatever `also` adds.
bool is_made_of(std::string_view text, std::string_view also) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
      i += 2;
    } else if (!is_alpha(c) && !is_digit(c) && !kUnreservedMarks.contains(c) &&
               !kSubDelims.contains(c) && !also.contains(c)) {
      return false;
    }
  }
  return true;
}

bool is_scheme(std::string_view text) {
  if (text.empty() || !is_alpha(text.front())) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
}

// What stands between the brackets of an IP-literal.
bool is_ip_literal(std::string_view text) {
  if (text.starts_with('v') || text.starts_with('V')) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos) return false;
    const std::string_view version = text.substr(1, dot - 1);
    const std::string_view address = text.substr(dot + 1);
    return !version.empty() && std::all_of(version.begin(), version.end(), is_hex) &&
           !address.empty() && !address.contains('%') && is_made_of(address, ":");
  }
  if (text.size() >= INET6_ADDRSTRLEN || text.contains('\0')) return false;
  in6_addr address;
  return inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
}

bool is_port(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_digit);
}

bool is_authority(std::string_view text) {
  if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
    if (!is_made_of(text.substr(0, at), ":")) return false;
    text.remove_prefix(at + 1);
  }
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos || !is_ip_literal(text.substr(1, close - 1))) return false;
    const std::string_view behind = text.substr(close + 1);
    return behind.empty() || (behind.front() == ':' && is_port(behind.substr(1)));
  }
  if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    if (!is_port(text.substr(colon + 1))) return false;
    text = text.substr(0, colon);
  }
  return is_made_of(text, "");
}

// Cuts off what stands behind the first `mark`; empty when there is none.
std::string_view cut_behind(std::string_view& text, char mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return {};
  const std::string_view behind = text.substr(at + 1);
  text = text.substr(0, at);
  return behind;
}

}  // namespace

bool is_uri(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || !is_scheme(text.substr(0, colon))) return false;
  std::string_view rest = text.substr(colon + 1);
  const std::string_view fragment = cut_behind(rest, '#');
  const std::string_view query = cut_behind(rest, '?');
  if (!is_made_of(fragment, ":@/?") || !is_made_of(query, ":@/?")) return false;
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    if (!is_authority(rest.substr(0, slash))) return false;
    rest.remove_prefix(slash);
  }
  return is_made_of(rest, ":@/");
}

}  // namespace sdmp::codec
