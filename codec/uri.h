// URIs in general (RFC 3986): what sdmp.schemas may name a schema by (CON-5).
#pragma once

#include <string_view>

namespace sdmp::codec {

// Whether `text` is a URI by the grammar of RFC 3986 section 3: a scheme, then authority and path,
// query and fragment as far as they are there. A relative reference is none.
bool is_uri(std::string_view text);

}  // namespace sdmp::codec
