// Inside of the JSON reader: the flat tree, and how it is built from the positions that simdjson's
// stage 1 found. Only codec/json.cc and the tree's own test include it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "codec/error.h"
#include "codec/json.h"

namespace sdmp::codec::json {

// One value, in source order: a container's first child lies right behind it. Pointers lead into
// the text or into Tree::unescaped.
struct Node {
  const char* raw = nullptr;
  const char* content = nullptr;  // of a string, unescaped
  const char* name = nullptr;     // of an object's member, unescaped
  std::uint32_t raw_size = 0;
  std::uint32_t content_size = 0;
  std::uint32_t name_size = 0;
  std::uint32_t count = 0;  // children
  std::uint32_t next = 0;   // sibling's index; 0: none, because node 0 is the root
  Type type = Type::kNull;
};

// What a tree keeps for its next use; a text with more values than that (a stranger's `[0,0,0…`
// takes 28 octets of memory per octet of text) has its memory returned by the next parse.
inline constexpr std::size_t kNodesKept = 1u << 16;

struct Tree {
  std::vector<Node> nodes;
  // Unescaped strings one behind the other. Never grows while a tree is built: views would dangle.
  std::vector<char> unescaped;
  std::vector<std::string_view> names;  // scratch of the search for duplicates

  // Unescaping never lengthens: as many octets as the text has are enough.
  void reserve(std::size_t text_size) {
    if (nodes.capacity() > kNodesKept) {
      nodes = std::vector<Node>();
      names = std::vector<std::string_view>();
    }
    if (unescaped.size() < text_size) unescaped.resize(text_size);
  }
};

// Builds `tree` over `text`, which is valid UTF-8 with no control characters inside strings.
// `structurals`: offsets in ascending order of every bracket, brace, colon and comma outside
// strings and of the first character of every other token, string or not. The tree has reserved
// text.size(). kJsonSyntax, kJsonDuplicate, kJsonTooDeep, kUtf8 (lone surrogate escapes).
Result<void> build_tree(std::string_view text, std::span<const std::uint32_t> structurals,
                        Tree& tree);

}  // namespace sdmp::codec::json
