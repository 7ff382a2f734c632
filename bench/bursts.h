// Times that can be compared on a machine whose cores others use too: the contenders pass over the
// same items by turns, in bursts of about 50 µs, and of each burst the shortest time counts. What a
// neighbour costs can only make a burst longer, and a change of the clock meets all contenders.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

namespace sdmp::bench {

struct Contender {
  std::function<void(std::size_t begin, std::size_t end)> run;  // over these items
  std::function<void()> prepare = {};  // before each pass, not timed; may be empty
  double least_ns = 0;                 // result: of a pass over all items, the least bursts added
};

// Lets all pass over `items` items by turns: for 0.7 seconds, and on until each had twelve passes
// or two seconds are spent, but three passes at least. Bursts begin at multiples of `batch` items;
// a pass that is one short burst is repeated in it. What reading the clock costs is taken off.
// Returns the number of passes that each had.
int race(std::span<Contender> contenders, std::size_t items, std::size_t batch = 1);

}  // namespace sdmp::bench
