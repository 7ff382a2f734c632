#include "codec/json_tree.h"

#include <array>

#include "codec/check.h"
#include "codec/distinct.h"
#include "codec/json_token.h"

namespace sdmp::codec::json {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

class Builder {
 public:
  Builder(std::string_view text, std::span<const std::uint32_t> structurals, Tree& tree)
      : text_(text), structurals_(structurals), tree_(tree), unescaped_(tree.unescaped.data()) {}

  Result<void> run() {
    tree_.nodes.clear();
    if (auto read = read_value({}); !read) return read;
    while (depth_ > 0) {
      if (auto step = step_container(); !step) return step;
    }
    if (cursor_ != structurals_.size()) return syntax_error();
    return {};
  }

 private:
  struct Open {
    std::uint32_t node = 0;
    std::uint32_t last_child = 0;
  };

  static std::unexpected<Error> syntax_error() { return std::unexpected(Error::kJsonSyntax); }

  // '\0' behind the end: no token starts with it.
  char peek() const { return cursor_ < structurals_.size() ? text_[structurals_[cursor_]] : '\0'; }

  // The whole token at the cursor: up to the next one, without the white space between.
  std::string_view take_token() {
    const std::size_t begin = structurals_[cursor_];
    ++cursor_;
    std::size_t end = cursor_ < structurals_.size() ? structurals_[cursor_] : text_.size();
    while (is_space(text_[end - 1])) --end;
    return text_.substr(begin, end - begin);
  }

  // The string at the cursor, unescaped; `token` is its source text.
  Result<std::string_view> take_string(std::string_view& token) {
    token = take_token();
    if (token.size() < 2 || token.back() != '"') return syntax_error();
    return unescape(token.substr(1, token.size() - 2), unescaped_);
  }

  // One step inside the innermost open container: its end, or its next child.
  Result<void> step_container() {
    Node& container = tree_.nodes[open_[depth_ - 1].node];
    const bool object = container.type == Type::kObject;
    if (peek() == (object ? '}' : ']')) return close_container(container);
    if (container.count > 0) {
      if (peek() != ',') return syntax_error();
      ++cursor_;
    }
    std::string_view name;
    if (object) {
      if (peek() != '"') return syntax_error();
      std::string_view token;
      const auto member = take_string(token);
      if (!member) return std::unexpected(member.error());
      if (peek() != ':') return syntax_error();
      ++cursor_;
      name = *member;
    }
    return read_value(name);
  }

  Result<void> close_container(Node& container) {
    const char* const end = text_.data() + structurals_[cursor_] + 1;
    ++cursor_;
    container.raw_size = static_cast<std::uint32_t>(end - container.raw);
    const std::uint32_t index = open_[depth_ - 1].node;
    --depth_;
    if (container.type != Type::kObject || container.count < 2) return {};
    tree_.names.clear();
    for (std::uint32_t child = index + 1; child != 0; child = tree_.nodes[child].next) {
      tree_.names.emplace_back(tree_.nodes[child].name, tree_.nodes[child].name_size);
    }
    if (!all_distinct(tree_.names)) return std::unexpected(Error::kJsonDuplicate);
    return {};
  }

  // Appends a node to the innermost open container.
  std::uint32_t append(std::string_view name) {
    const auto index = static_cast<std::uint32_t>(tree_.nodes.size());
    Node& node = tree_.nodes.emplace_back();
    node.name = name.data();
    node.name_size = static_cast<std::uint32_t>(name.size());
    if (depth_ > 0) {
      Open& open = open_[depth_ - 1];
      if (tree_.nodes[open.node].count++ > 0) tree_.nodes[open.last_child].next = index;
      open.last_child = index;
    }
    return index;
  }

  Result<void> read_value(std::string_view name) {
    const char first = peek();
    const std::uint32_t index = append(name);
    Node& node = tree_.nodes[index];
    if (first == '{' || first == '[') {
      if (depth_ == kDepthMax) return std::unexpected(Error::kJsonTooDeep);
      node.type = first == '{' ? Type::kObject : Type::kArray;
      node.raw = text_.data() + structurals_[cursor_];
      ++cursor_;
      open_[depth_] = {index, 0};
      ++depth_;
      return {};
    }
    if (first == '\0') return syntax_error();
    std::string_view token;
    if (first == '"') {
      const auto content = take_string(token);
      if (!content) return std::unexpected(content.error());
      node.type = Type::kString;
      node.content = content->data();
      node.content_size = static_cast<std::uint32_t>(content->size());
    } else {
      token = take_token();
      const auto type = scalar_type(token);
      if (!type) return syntax_error();
      node.type = *type;
    }
    node.raw = token.data();
    node.raw_size = static_cast<std::uint32_t>(token.size());
    return {};
  }

  std::string_view text_;
  std::span<const std::uint32_t> structurals_;
  Tree& tree_;
  char* unescaped_;
  std::size_t cursor_ = 0;
  std::size_t depth_ = 0;
  std::array<Open, kDepthMax> open_{};
};

}  // namespace

Result<void> build_tree(std::string_view text, std::span<const std::uint32_t> structurals,
                        Tree& tree) {
  SDMP_CHECK(tree.unescaped.size() >= text.size());
  return Builder(text, structurals, tree).run();
}

}  // namespace sdmp::codec::json
