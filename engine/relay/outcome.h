// Errors for people: one sentence that names what is wrong, where, and what to do instead. Tools
// print it behind "sdmp: " and exit 1.
#pragma once

#include <expected>
#include <string>

namespace sdmp::relay {

template <class T>
using Outcome = std::expected<T, std::string>;

}  // namespace sdmp::relay
