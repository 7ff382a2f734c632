// Strict reading of one TOML file: every key is asked for by name, with its range; what is left
// over is unknown. The first error wins and names file, line and key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "engine/relay/outcome.h"

namespace sdmp::relay {

class ConfigReader {
 public:
  // Keys are dotted paths: "shards", "limits.connections".
  struct Text {
    std::string value;
    std::string key;
    std::uint32_t line = 0;
  };

  // `source` is the name used in errors.
  ConfigReader(const toml::table& root, std::string source)
      : root_(root), source_(std::move(source)) {}

  // Leaves `out` as it is when the key is absent or not in `least` ... `most`.
  void read(std::string_view key, std::int64_t least, std::int64_t most, std::int64_t& out);
  template <class T>
  void read_as(std::string_view key, std::int64_t least, std::int64_t most, T& out) {
    auto value = static_cast<std::int64_t>(out);
    read(key, least, most, value);
    out = static_cast<T>(value);
  }
  std::optional<Text> text(std::string_view key);
  // A string, or an array of strings; nullopt when absent.
  std::optional<std::vector<Text>> texts(std::string_view key);
  // The node of a key that is not read by one of the above; nullptr when absent.
  const toml::node* node(std::string_view key);

  // Records an error at a key's place; `what` follows "FILE:LINE: KEY ".
  void fail(std::string_view key, std::uint32_t line, const std::string& what);
  // Every key of the file must have been asked for by now.
  void refuse_unknown();
  const std::optional<std::string>& error() const { return error_; }

 private:
  void refuse_unknown(const toml::table& table, const std::string& prefix);

  const toml::table& root_;
  std::string source_;
  std::vector<std::string> known_;
  std::optional<std::string> error_;
};

// The one of `candidates` that is nearest to `text` by edit distance, when near enough to be meant.
std::optional<std::string> nearest(std::string_view text,
                                   const std::vector<std::string>& candidates);

}  // namespace sdmp::relay
