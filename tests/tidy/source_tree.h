// The sources under the project's root, read for the tidy tests.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sdmp::tidy {

struct SourceFile {
  std::string path;  // relative to the root, "codec/frame.h"
  std::string text;
  std::string code;  // `text` with comments, strings and character literals blanked, same length
};

struct Include {
  std::size_t line;
  std::string name;  // without quotes or brackets
  bool ours;         // "quoted"
};

struct Function {
  std::size_t first_line;
  std::size_t lines;
  std::string head;  // the text before its brace, for messages
};

// Every .h and .cc below these top-level folders.
std::vector<SourceFile> read_sources(const std::vector<std::string>& folders);
std::vector<Include> includes_of(const SourceFile& file);
// Function bodies (member functions included; lambdas count to the function around them).
std::vector<Function> functions_of(const SourceFile& file);
std::size_t line_count(std::string_view text);

}  // namespace sdmp::tidy
