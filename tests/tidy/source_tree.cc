#include "tests/tidy/source_tree.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>

namespace sdmp::tidy {
namespace {

enum class Lexeme { kCode, kLineComment, kBlockComment, kString, kCharacter, kRawString };

// Raw strings are recognized with their delimiter, so that a quote inside ends nothing.
std::string blank_out(const std::string& text) {
  std::string code = text;
  Lexeme state = Lexeme::kCode;
  std::string raw_end;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    const Lexeme before = state;
    switch (state) {
      case Lexeme::kCode:
        if (c == '/' && next == '/') state = Lexeme::kLineComment;
        if (c == '/' && next == '*') state = Lexeme::kBlockComment;
        if (c == '"' && i > 0 && text[i - 1] == 'R') {
          const std::size_t open = text.find('(', i);
          raw_end = ")" + text.substr(i + 1, open - i - 1) + "\"";
          state = Lexeme::kRawString;
        } else if (c == '"') {
          state = Lexeme::kString;
        }
        // A quote between digits separates them: 1'024.
        if (c == '\'' && !(i > 0 && std::isalnum(static_cast<unsigned char>(text[i - 1])))) {
          state = Lexeme::kCharacter;
        }
        break;
      case Lexeme::kLineComment:
        if (c == '\n') state = Lexeme::kCode;
        break;
      case Lexeme::kBlockComment:
        if (c == '/' && text[i - 1] == '*') state = Lexeme::kCode;
        break;
      case Lexeme::kString:
      case Lexeme::kCharacter:
        if (c == '\\') {
          code[i] = ' ';
          ++i;
        } else if (c == (state == Lexeme::kString ? '"' : '\'')) {
          state = Lexeme::kCode;
        }
        break;
      case Lexeme::kRawString:
        if (text.compare(i, raw_end.size(), raw_end) == 0) {
          for (std::size_t k = 0; k < raw_end.size(); ++k) code[i + k] = ' ';
          i += raw_end.size() - 1;
          state = Lexeme::kCode;
        }
        break;
    }
    const bool blank = before != Lexeme::kCode || state != Lexeme::kCode;
    if (blank && text[i] != '\n') code[i] = ' ';
  }
  return code;
}

enum class Scope { kNamespace, kType, kFunction, kOther };

Scope classify(const std::string& head, Scope outer) {
  static const std::regex type_head(R"((^|[^\w])(class|struct|union|enum)\s)");
  static const std::regex namespace_head(R"((^|[^\w])(namespace|extern)([^\w]|$))");
  if (outer == Scope::kFunction || outer == Scope::kOther) return Scope::kOther;
  if (std::regex_search(head, namespace_head)) return Scope::kNamespace;
  const bool has_call = head.find(')') != std::string::npos;
  if (std::regex_search(head, type_head) && !has_call) return Scope::kType;
  return has_call ? Scope::kFunction : Scope::kOther;
}

}  // namespace

std::size_t line_count(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

std::vector<SourceFile> read_sources(const std::vector<std::string>& folders) {
  const std::filesystem::path root = SDMP_SOURCE_DIR;
  std::vector<SourceFile> files;
  for (const auto& folder : folders) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      const auto extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc") continue;
      std::ifstream in(entry.path(), std::ios::binary);
      std::string text(std::istreambuf_iterator<char>(in), {});
      std::string code = blank_out(text);
      files.push_back({std::filesystem::relative(entry.path(), root).string(), std::move(text),
                       std::move(code)});
    }
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

std::vector<Include> includes_of(const SourceFile& file) {
  static const std::regex pattern(R"(^#include\s+([<"])([^>"]+)[>"])");
  std::vector<Include> includes;
  std::size_t line = 0;
  for (std::size_t at = 0; at < file.text.size();) {
    const std::size_t end = std::min(file.text.find('\n', at), file.text.size());
    ++line;
    const std::string text = file.text.substr(at, end - at);
    std::smatch match;
    if (std::regex_search(text, match, pattern)) {
      includes.push_back({line, match[2], match[1] == "\""});
    }
    at = end + 1;
  }
  return includes;
}

std::vector<Function> functions_of(const SourceFile& file) {
  struct Open {
    Scope scope;
    std::size_t line;
    std::string head;
  };
  std::vector<Function> functions;
  std::vector<Open> open;
  std::string head;
  std::size_t line = 1;
  int parentheses = 0;
  for (const char c : file.code) {
    if (c == '\n') ++line;
    if (c == '(') ++parentheses;
    if (c == ')') --parentheses;
    if (c == '{') {
      const Scope outer = open.empty() ? Scope::kNamespace : open.back().scope;
      // A brace inside parentheses is an argument or a default, never a body.
      open.push_back({parentheses > 0 ? Scope::kOther : classify(head, outer), line, head});
      head.clear();
    } else if (c == '}') {
      if (!open.empty()) {
        if (open.back().scope == Scope::kFunction) {
          functions.push_back({open.back().line, line - open.back().line + 1, open.back().head});
        }
        open.pop_back();
      }
      head.clear();
    } else if (c == ';' && parentheses == 0) {
      head.clear();
    } else {
      head += c;
    }
  }
  return functions;
}

}  // namespace sdmp::tidy
