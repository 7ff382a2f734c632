// Strict JSON reading (RFC 8259) over simdjson's structural index, into a flat tree of views.
//
// simdjson's stage 1 (chosen for the CPU at run time) validates UTF-8 and finds every token; the
// grammar and what SDMP asks for on top (P-JWS) are checked here in one pass over the tokens: no
// duplicate members at any level, no lone surrogate escapes, no nesting deeper than 16 (the
// outermost value is level 1, objects and arrays count), nothing behind the value, number grammar
// without a range limit (numbers stay text: 1e999 and 2^64+9 are legal JSON and are kept
// untouched).
//
// Every value knows its exact source text: that is what P-JWS forwards and stores.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "codec/bytes.h"
#include "codec/error.h"

namespace sdmp::codec::json {

inline constexpr int kDepthMax = 16;

enum class Type : std::uint8_t { kObject, kArray, kString, kNumber, kTrue, kFalse, kNull };

class Document;
struct Node;

// A reference into a Document: two words, valid until the Document parses again or ends.
class Value {
 public:
  Type type() const;
  bool is_object() const { return type() == Type::kObject; }
  bool is_array() const { return type() == Type::kArray; }
  bool is_string() const { return type() == Type::kString; }

  // The exact source text of this value, without surrounding white space.
  std::string_view raw() const;
  // The unescaped content of a string; precondition: is_string().
  std::string_view string() const;
  // An integer number token without sign of zero, fraction or exponent that fits int64 ("9", "-3");
  // nullopt for every other value, 9.0 and 9e0 included.
  std::optional<std::int64_t> integer() const;

  // Objects: the member of this (unescaped) name; nullopt when absent or when not an object.
  std::optional<Value> find(std::string_view member) const;

  // Children of an object or array in source order; count is 0 for scalars.
  std::size_t count() const;
  std::optional<Value> first_child() const;
  std::optional<Value> next_sibling() const;
  // The unescaped member name of a child of an object.
  std::string_view name() const;

 private:
  friend class Document;
  Value(const Document* document, std::uint32_t node) : document_(document), node_(node) {}
  const Node& node() const;
  const Document* document_;
  std::uint32_t node_;
};

// A parser with its memory: reuse one per thread; after warm-up parsing allocates nothing.
// Thread rule: one thread at a time.
class Document {
 public:
  Document();
  ~Document();
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;

  // Parses one value; views refer to `text` and to this Document and end with the next parse.
  // kUtf8, kJsonSyntax, kJsonDuplicate, kJsonTooDeep.
  Result<Value> parse(PaddedText text);
  // The same over plain text, which is copied to get its padding.
  Result<Value> parse_copy(std::string_view text);

 private:
  friend class Value;
  struct State;
  std::unique_ptr<State> state_;
};

// Appends `text` as a JSON string with quotes: ", \ and control characters are escaped, everything
// else is copied. Precondition: `text` is valid UTF-8.
void append_string(std::string_view text, std::string& out);
// Whether `text` is valid UTF-8.
bool is_utf8(std::string_view text);

}  // namespace sdmp::codec::json
