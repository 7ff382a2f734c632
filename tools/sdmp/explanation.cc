#include "tools/sdmp/explanation.h"

#include <algorithm>
#include <ostream>

#include "codec/json.h"

namespace sdmp::tools {
namespace {

using codec::json::Document;
using codec::json::Value;

std::string quoted(std::string_view text) {
  std::string out;
  codec::json::append_string(text, out);
  return out;
}

std::string as_utf8(std::string_view text) {
  std::string out(text);
  if (codec::json::is_utf8(text)) return out;
  std::ranges::replace_if(out, [](char c) { return static_cast<std::uint8_t>(c) >= 0x80; }, '?');
  return out;
}

// What an input holds must not move a terminal's cursor: DEL, C0 and C1 (U+0080 to U+009F).
std::string without_controls(std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto octet = static_cast<std::uint8_t>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<std::uint8_t>(text[i + 1]) : 0;
    const bool c1 = octet == 0xc2 && next >= 0x80 && next < 0xa0;
    if (octet >= 0x20 && octet != 0x7f && !c1) {
      out.push_back(text[i]);
      continue;
    }
    const auto control = static_cast<std::uint8_t>(c1 ? next : octet);
    out.append("\\u00").append({kDigits[control >> 4], kDigits[control & 15]});
    if (c1) ++i;
  }
  return out;
}

// On lines of its own with `indent` >= 0, else without white space.
void print_value(Value value, int indent, std::ostream& out) {
  if (value.count() == 0) {
    out << (value.is_object() ? "{}" : value.is_array() ? "[]" : without_controls(value.raw()));
    return;
  }
  const bool pretty = indent >= 0;
  const int inside = pretty ? indent + 2 : indent;
  const auto new_line = [&](int columns) {
    if (pretty) out << '\n' << std::string(static_cast<std::size_t>(columns), ' ');
  };
  out << (value.is_object() ? '{' : '[');
  for (auto child = value.first_child(); child; child = child->next_sibling()) {
    new_line(inside);
    if (value.is_object()) {
      out << without_controls(quoted(child->name())) << (pretty ? ": " : ":");
    }
    print_value(*child, inside, out);
    if (child->next_sibling()) out << ',';
  }
  new_line(indent);
  out << (value.is_object() ? '}' : ']');
}

void print_raw(std::string_view json, int indent, std::ostream& out) {
  Document document;
  if (const auto value = document.parse_copy(json)) print_value(*value, indent, out);
}

std::string label_of(const Fact& fact) {
  if (fact.name == "invalid") return "INVALID";
  std::string label = fact.name;
  std::ranges::replace(label, '_', ' ');
  return label;
}

bool fits_a_line(const Fact& fact) {
  return fact.kind != Fact::Kind::kLayer && fact.kind != Fact::Kind::kLayers;
}

void print_line(const Fact& fact, std::size_t label_columns, int indent, std::ostream& out) {
  std::string label = label_of(fact);
  label.resize(std::max(label.size(), label_columns) + 2, ' ');
  out << std::string(static_cast<std::size_t>(indent), ' ') << label;
  if (fact.kind == Fact::Kind::kJson) {
    print_raw(fact.text, indent, out);
  } else {
    out << without_controls(fact.text);
  }
  for (const Fact& child : fact.children) {
    out << (&child == &fact.children.front() ? "" : ", ") << without_controls(child.text);
  }
  out << '\n';
}

void print_layer(const Fact& layer, int indent, std::ostream& out) {
  out << std::string(static_cast<std::size_t>(indent), ' ') << label_of(layer) << '\n';
  std::size_t label_columns = 0;
  for (const Fact& fact : layer.children) {
    if (fits_a_line(fact)) label_columns = std::max(label_columns, fact.name.size());
  }
  for (const Fact& fact : layer.children) {
    if (fits_a_line(fact)) {
      print_line(fact, label_columns, indent + 2, out);
    } else if (fact.kind == Fact::Kind::kLayer) {
      print_layer(fact, indent + 2, out);
    } else {
      for (const Fact& child : fact.children) print_layer(child, indent + 2, out);
    }
  }
}

void print_json_value(const Fact& fact, bool says_kind, std::ostream& out);

void print_members(const Fact& layer, bool says_kind, std::ostream& out) {
  out << '{';
  if (says_kind) out << "\"kind\":" << quoted(layer.name);
  bool first = !says_kind;
  for (const Fact& fact : layer.children) {
    out << (first ? "" : ",") << quoted(fact.name) << ':';
    print_json_value(fact, false, out);
    first = false;
  }
  out << '}';
}

void print_json_value(const Fact& fact, bool says_kind, std::ostream& out) {
  switch (fact.kind) {
    case Fact::Kind::kText:
      out << quoted(fact.text);
      return;
    case Fact::Kind::kNumber:
      out << fact.text;
      return;
    case Fact::Kind::kJson:
      print_raw(fact.text, -1, out);
      return;
    case Fact::Kind::kLayer:
      print_members(fact, says_kind, out);
      return;
    case Fact::Kind::kTexts:
    case Fact::Kind::kLayers:
      break;
  }
  out << '[';
  for (const Fact& child : fact.children) {
    if (&child != &fact.children.front()) out << ',';
    print_json_value(child, true, out);
  }
  out << ']';
}

Fact plain(Fact::Kind kind, std::string_view name, std::string text) {
  return {kind, std::string(name), std::move(text), {}};
}

}  // namespace

Layer::Layer(std::string_view name) : fact_(plain(Fact::Kind::kLayer, name, {})) {}

void Layer::text(std::string_view name, std::string_view value) {
  fact_.children.push_back(plain(Fact::Kind::kText, name, as_utf8(value)));
}

void Layer::number(std::string_view name, std::uint64_t value) {
  fact_.children.push_back(plain(Fact::Kind::kNumber, name, std::to_string(value)));
}

void Layer::json(std::string_view name, std::string_view value) {
  fact_.children.push_back(plain(Fact::Kind::kJson, name, std::string(value)));
}

void Layer::texts(std::string_view name, const std::vector<std::string>& values) {
  Fact list = plain(Fact::Kind::kTexts, name, {});
  for (const std::string& value : values) {
    list.children.push_back(plain(Fact::Kind::kText, {}, as_utf8(value)));
  }
  fact_.children.push_back(std::move(list));
}

void Layer::layers(std::string_view name, std::vector<Fact> values) {
  fact_.children.push_back({Fact::Kind::kLayers, std::string(name), {}, std::move(values)});
}

void Layer::layer(Layer value) {
  fact_.children.push_back(std::move(value).done());
}

void print_for_people(const Fact& fact, std::ostream& out) {
  print_layer(fact, 0, out);
}

void print_json(const Fact& fact, std::ostream& out) {
  print_members(fact, false, out);
  out << '\n';
}

}  // namespace sdmp::tools
