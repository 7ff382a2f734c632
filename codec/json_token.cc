#include "codec/json_token.h"

#include <cstdint>
#include <cstring>

namespace sdmp::codec::json {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Skips digits; false when there are none.
bool skip_digits(std::string_view& rest) {
  std::size_t count = 0;
  while (count < rest.size() && is_digit(rest[count])) ++count;
  rest.remove_prefix(count);
  return count > 0;
}

bool is_number(std::string_view rest) {
  if (rest.starts_with('-')) rest.remove_prefix(1);
  if (rest.starts_with('0')) {
    rest.remove_prefix(1);
  } else if (!skip_digits(rest)) {
    return false;
  }
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    if (!skip_digits(rest)) return false;
  }
  if (rest.starts_with('e') || rest.starts_with('E')) {
    rest.remove_prefix(1);
    if (rest.starts_with('+') || rest.starts_with('-')) rest.remove_prefix(1);
    if (!skip_digits(rest)) return false;
  }
  return rest.empty();
}

std::optional<std::uint32_t> hex_digit(char c) {
  if (is_digit(c)) return static_cast<std::uint32_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint32_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint32_t>(c - 'A' + 10);
  return std::nullopt;
}

// The four hexadecimal digits that `rest` begins with.
std::optional<std::uint32_t> take_hex4(std::string_view& rest) {
  if (rest.size() < 4) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto digit = hex_digit(rest[i]);
    if (!digit) return std::nullopt;
    value = value << 4 | *digit;
  }
  rest.remove_prefix(4);
  return value;
}

char* put_utf8(std::uint32_t code, char* out) {
  if (code < 0x80) {
    *out++ = static_cast<char>(code);
  } else if (code < 0x800) {
    *out++ = static_cast<char>(0xc0 | code >> 6);
    *out++ = static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    *out++ = static_cast<char>(0xe0 | code >> 12);
    *out++ = static_cast<char>(0x80 | (code >> 6 & 0x3f));
    *out++ = static_cast<char>(0x80 | (code & 0x3f));
  } else {
    *out++ = static_cast<char>(0xf0 | code >> 18);
    *out++ = static_cast<char>(0x80 | (code >> 12 & 0x3f));
    *out++ = static_cast<char>(0x80 | (code >> 6 & 0x3f));
    *out++ = static_cast<char>(0x80 | (code & 0x3f));
  }
  return out;
}

// Behind "\u": one code unit, or a surrogate pair.
Result<std::uint32_t> take_unicode(std::string_view& rest) {
  const auto unit = take_hex4(rest);
  if (!unit) return std::unexpected(Error::kJsonSyntax);
  if (*unit < 0xd800 || *unit > 0xdfff) return *unit;
  if (*unit >= 0xdc00 || !rest.starts_with("\\u")) return std::unexpected(Error::kUtf8);
  rest.remove_prefix(2);
  const auto low = take_hex4(rest);
  if (!low) return std::unexpected(Error::kJsonSyntax);
  if (*low < 0xdc00 || *low > 0xdfff) return std::unexpected(Error::kUtf8);
  return 0x10000 + ((*unit - 0xd800) << 10) + (*low - 0xdc00);
}

// What the character behind a backslash stands for; \u is not among them.
std::optional<char> short_escape(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return c;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<Type> scalar_type(std::string_view token) {
  if (token == "true") return Type::kTrue;
  if (token == "false") return Type::kFalse;
  if (token == "null") return Type::kNull;
  if (is_number(token)) return Type::kNumber;
  return std::nullopt;
}

Result<std::string_view> unescape(std::string_view content, char*& out) {
  std::string_view rest = content;
  std::size_t plain = rest.find('\\');
  if (plain == std::string_view::npos) return content;
  const char* const begin = out;
  while (plain != std::string_view::npos) {
    std::memcpy(out, rest.data(), plain);
    out += plain;
    rest.remove_prefix(plain + 1);
    if (rest.empty()) return std::unexpected(Error::kJsonSyntax);
    const char kind = rest.front();
    rest.remove_prefix(1);
    if (kind == 'u') {
      const auto code = take_unicode(rest);
      if (!code) return std::unexpected(code.error());
      out = put_utf8(*code, out);
    } else {
      const auto plain_character = short_escape(kind);
      if (!plain_character) return std::unexpected(Error::kJsonSyntax);
      *out++ = *plain_character;
    }
    plain = rest.find('\\');
  }
  std::memcpy(out, rest.data(), rest.size());
  out += rest.size();
  return std::string_view(begin, static_cast<std::size_t>(out - begin));
}

}  // namespace sdmp::codec::json
