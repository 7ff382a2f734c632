#include "engine/relay/config_reader.h"

#include <algorithm>

namespace sdmp::relay {
namespace {

std::uint32_t line_of(const toml::node& node) {
  return node.source().begin.line;
}

// Levenshtein's distance, one row at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view text,
                                   const std::vector<std::string>& candidates) {
  std::optional<std::string> best;
  // A third of the letters may be wrong; beyond that a suggestion would only mislead.
  std::size_t best_distance = std::max<std::size_t>(2, text.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(text, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

const toml::node* ConfigReader::node(std::string_view key) {
  known_.emplace_back(key);
  const toml::table* table = &root_;
  std::string_view rest = key;
  for (std::size_t dot; (dot = rest.find('.')) != std::string_view::npos;) {
    const toml::node* child = table->get(rest.substr(0, dot));
    if (child == nullptr) return nullptr;
    if (!child->is_table()) {
      fail(key.substr(0, key.size() - rest.size() + dot), line_of(*child), "must be a [table]");
      return nullptr;
    }
    table = child->as_table();
    rest.remove_prefix(dot + 1);
  }
  return table->get(rest);
}

void ConfigReader::read(std::string_view key, std::int64_t least, std::int64_t most,
                        std::int64_t& out) {
  const toml::node* found = node(key);
  if (found == nullptr) return;
  const auto* integer = found->as_integer();
  if (integer == nullptr || integer->get() < least || integer->get() > most) {
    fail(key, line_of(*found),
         "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return;
  }
  out = integer->get();
}

std::optional<ConfigReader::Text> ConfigReader::text(std::string_view key) {
  const toml::node* found = node(key);
  if (found == nullptr) return std::nullopt;
  const auto* string = found->as_string();
  if (string == nullptr) {
    fail(key, line_of(*found), "must be a \"string\"");
    return std::nullopt;
  }
  return Text{string->get(), std::string(key), line_of(*found)};
}

std::optional<std::vector<ConfigReader::Text>> ConfigReader::texts(std::string_view key) {
  const toml::node* found = node(key);
  if (found == nullptr) return std::nullopt;
  std::vector<Text> result;
  if (const auto* string = found->as_string()) {
    result.push_back({string->get(), std::string(key), line_of(*found)});
    return result;
  }
  const auto* array = found->as_array();
  if (array == nullptr) {
    fail(key, line_of(*found), "must be a \"string\" or an array of them");
    return std::nullopt;
  }
  for (const toml::node& entry : *array) {
    const auto* string = entry.as_string();
    if (string == nullptr) {
      fail(key, line_of(entry), "must hold \"strings\" only");
      return std::nullopt;
    }
    result.push_back({string->get(), std::string(key), line_of(entry)});
  }
  return result;
}

void ConfigReader::fail(std::string_view key, std::uint32_t line, const std::string& what) {
  if (error_) return;
  error_ = source_ + ":" + std::to_string(line) + ": " + std::string(key) + " " + what;
}

void ConfigReader::refuse_unknown() {
  refuse_unknown(root_, "");
}

void ConfigReader::refuse_unknown(const toml::table& table, const std::string& prefix) {
  for (const auto& [name, value] : table) {
    const std::string key = prefix + std::string(name.str());
    if (std::ranges::find(known_, key) != known_.end()) continue;
    const bool is_prefix = std::ranges::any_of(
        known_, [&](const std::string& known) { return known.starts_with(key + "."); });
    if (is_prefix && value.is_table()) {
      refuse_unknown(*value.as_table(), key + ".");
      continue;
    }
    const auto meant = nearest(key, known_);
    fail(key, name.source().begin.line,
         meant ? "is unknown; did you mean " + *meant + "?"
               : std::string("is unknown; docs/operations.md lists the keys"));
  }
}

}  // namespace sdmp::relay
