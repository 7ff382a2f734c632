// What `sdmp inspect` found: facts with names, nested as layers are, printed for people or as JSON.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace sdmp::tools {

// Names are snake_case: members in JSON, labels for people.
struct Fact {
  enum class Kind : std::uint8_t {
    kText,
    kNumber,
    kJson,    // one JSON value, as it was found
    kTexts,   // children are texts
    kLayers,  // children are layers; in JSON each says its name as "kind"
    kLayer,   // children are facts
  };
  Kind kind;
  std::string name;
  std::string text;  // of the first three kinds
  std::vector<Fact> children;
};

// Builds one layer, in the order in which it is to be read.
class Layer {
 public:
  explicit Layer(std::string_view name);

  // What is no UTF-8 is replaced.
  void text(std::string_view name, std::string_view value);
  void number(std::string_view name, std::uint64_t value);
  // `value` is strict JSON.
  void json(std::string_view name, std::string_view value);
  void texts(std::string_view name, const std::vector<std::string>& values);
  void layers(std::string_view name, std::vector<Fact> values);
  void layer(Layer value);

  Fact done() && { return std::move(fact_); }

 private:
  Fact fact_;
};

// One fact a line, layers indented; control characters come out escaped.
void print_for_people(const Fact& fact, std::ostream& out);
// One JSON object on one line.
void print_json(const Fact& fact, std::ostream& out);

}  // namespace sdmp::tools
