// The strict JSON reader: what it accepts has source texts that it accepts again.
#include <cstdint>
#include <cstdlib>

#include "codec/json.h"

using namespace sdmp::codec;

namespace {

void walk(json::Value value, json::Document& scratch) {
  if (!scratch.parse_copy(value.raw())) std::abort();
  for (auto child = value.first_child(); child; child = child->next_sibling()) {
    if (value.is_object() && !value.find(child->name())) std::abort();
    walk(*child, scratch);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;
  static json::Document document;
  static json::Document scratch;
  const auto value = document.parse_copy(as_text({data, size}));
  if (!value) return 0;
  walk(*value, scratch);
  if (value->is_string()) {
    std::string quoted;
    json::append_string(value->string(), quoted);
    const auto again = scratch.parse_copy(quoted);
    if (!again || again->string() != value->string()) std::abort();
  }
  return 0;
}
