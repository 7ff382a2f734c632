// Whether texts are pairwise distinct, in less than quadratic time: names of members, schemas and
// updates come from strangers, who may send a hundred thousand of them.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>

namespace sdmp::codec {

// Up to this many, comparing each with each is faster than sorting.
inline constexpr std::size_t kCompareEachMax = 16;

// `texts` is reordered.
inline bool all_distinct(std::span<std::string_view> texts) {
  if (texts.size() <= kCompareEachMax) {
    for (std::size_t i = 1; i < texts.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (texts[i] == texts[j]) return false;
      }
    }
    return true;
  }
  // By size first: most comparisons then need no look at the characters.
  std::sort(texts.begin(), texts.end(), [](std::string_view a, std::string_view b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  return std::adjacent_find(texts.begin(), texts.end()) == texts.end();
}

}  // namespace sdmp::codec
