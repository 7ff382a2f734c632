// The example of docs/codec.md is the program that is compiled and run, character for character.

#include <fstream>

#include <gtest/gtest.h>

namespace sdmp::tidy {
namespace {

std::string read_source(const std::string& path) {
  std::ifstream in(std::string(SDMP_SOURCE_DIR) + "/" + path);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

TEST(Example, TheDocumentShowsTheProgramThatIsCompiled) {
  const std::string program = read_source("tests/codec/example/encode_decode.cc");
  const std::string document = read_source("docs/codec.md");
  ASSERT_FALSE(program.empty());
  EXPECT_NE(document.find("```cpp\n" + program + "```\n"), std::string::npos)
      << "copy tests/codec/example/encode_decode.cc into docs/codec.md";
}

}  // namespace
}  // namespace sdmp::tidy
