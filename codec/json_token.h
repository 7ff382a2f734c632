// Inside of the JSON reader: what single tokens mean.
#pragma once

#include <optional>
#include <string_view>

#include "codec/error.h"
#include "codec/json.h"

namespace sdmp::codec::json {

// The type of a token that is no string and no bracket: exactly true, false or null, or a number
// by the grammar of RFC 8259 section 6, of any magnitude. nullopt for every other text.
std::optional<Type> scalar_type(std::string_view token);

// The content of a string without its quotes. Returned as it is when it has no escapes; otherwise
// unescaped to `out`, which has content.size() octets and is moved behind what was written.
// kJsonSyntax for an unknown escape, kUtf8 for a lone surrogate.
Result<std::string_view> unescape(std::string_view content, char*& out);

}  // namespace sdmp::codec::json
