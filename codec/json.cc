#include "codec/json.h"

#include <algorithm>
#include <bit>
#include <charconv>

#include <simdjson.h>

#include "codec/check.h"
#include "codec/json_tree.h"
#include "codec/padded_buffer.h"

namespace sdmp::codec::json {
namespace {

// Structural indexes of stage 1 are 32 bits wide.
constexpr std::size_t kTextMax = 0xffff'ff00;
constexpr std::size_t kCapacityMin = 4096;

// Stage 1 names one fault of several, and without vector instructions it does not look at the
// encoding outside strings: invalid UTF-8 is told apart here, whatever else is wrong.
Error fault_of(std::string_view text) {
  return is_utf8(text) ? Error::kJsonSyntax : Error::kUtf8;
}

}  // namespace

static_assert(PaddedText::kPadding >= simdjson::SIMDJSON_PADDING);

struct Document::State {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
  Tree tree;
  PaddedBuffer copy;

  // Rounded up, so that slowly growing texts do not take memory anew each time.
  void reserve(std::size_t text_size) {
    const std::size_t capacity = std::max(std::bit_ceil(text_size), kCapacityMin);
    const auto wanted = std::min(capacity, kTextMax);
    if (parser == nullptr) {
      SDMP_CHECK(simdjson::get_active_implementation()->create_dom_parser_implementation(
                     wanted, kDepthMax, parser) == simdjson::SUCCESS);
    } else if (parser->capacity() < text_size) {
      SDMP_CHECK(parser->allocate(wanted, kDepthMax) == simdjson::SUCCESS);
    }
    tree.reserve(text_size);
  }
};

Document::Document() : state_(std::make_unique<State>()) {}
Document::~Document() = default;
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;

Result<Value> Document::parse(PaddedText text) {
  if (text.size == 0 || text.size > kTextMax) return std::unexpected(Error::kJsonSyntax);
  State& state = *state_;
  state.reserve(text.size);
  const auto* octets = reinterpret_cast<const std::uint8_t*>(text.data);
  const auto status = state.parser->stage1(octets, text.size, simdjson::stage1_mode::regular);
  if (status != simdjson::SUCCESS) return std::unexpected(fault_of(text.view()));
  const std::span<const std::uint32_t> structurals(state.parser->structural_indexes.get(),
                                                   state.parser->n_structural_indexes);
  const auto built = build_tree(text.view(), structurals, state.tree);
  if (built) return Value(this, 0);
  if (built.error() == Error::kJsonSyntax) return std::unexpected(fault_of(text.view()));
  return std::unexpected(built.error());
}

Result<Value> Document::parse_copy(std::string_view text) {
  return parse(state_->copy.assign(text));
}

// Nodes are looked up through the document on each call because a Value must stay two words.
const Node& Value::node() const {
  return document_->state_->tree.nodes[node_];
}

Type Value::type() const {
  return node().type;
}

std::string_view Value::raw() const {
  return {node().raw, node().raw_size};
}

std::string_view Value::string() const {
  SDMP_CHECK(is_string());
  return {node().content, node().content_size};
}

std::optional<std::int64_t> Value::integer() const {
  if (type() != Type::kNumber) return std::nullopt;
  const std::string_view token = raw();
  if (token == "-0") return std::nullopt;
  std::int64_t value = 0;
  const auto [end, status] = std::from_chars(token.data(), token.data() + token.size(), value);
  if (status != std::errc{} || end != token.data() + token.size()) return std::nullopt;
  return value;
}

std::optional<Value> Value::find(std::string_view member) const {
  if (!is_object()) return std::nullopt;
  for (auto child = first_child(); child; child = child->next_sibling()) {
    if (child->name() == member) return child;
  }
  return std::nullopt;
}

std::size_t Value::count() const {
  return node().count;
}

std::optional<Value> Value::first_child() const {
  if (node().count == 0) return std::nullopt;
  return Value(document_, node_ + 1);
}

std::optional<Value> Value::next_sibling() const {
  if (node().next == 0) return std::nullopt;
  return Value(document_, node().next);
}

std::string_view Value::name() const {
  return {node().name, node().name_size};
}

void append_string(std::string_view text, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out.push_back('"');
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto octet = static_cast<std::uint8_t>(text[i]);
    if (octet >= 0x20 && octet != '"' && octet != '\\') continue;
    out.append(text, copied, i - copied);
    copied = i + 1;
    switch (octet) {
      case '"':
        out.append("\\\"");
        break;
      case '\\':
        out.append("\\\\");
        break;
      case '\b':
        out.append("\\b");
        break;
      case '\f':
        out.append("\\f");
        break;
      case '\n':
        out.append("\\n");
        break;
      case '\r':
        out.append("\\r");
        break;
      case '\t':
        out.append("\\t");
        break;
      default:
        out.append("\\u00");
        out.push_back(kHex[octet >> 4]);
        out.push_back(kHex[octet & 15]);
    }
  }
  out.append(text, copied);
  out.push_back('"');
}

bool is_utf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

}  // namespace sdmp::codec::json
