#include "bench/peers/tally.h"

#include <cstring>

#include "bench/peers/failure.h"

namespace sdmp::bench::peers {
namespace {

// Both go over the wire and come back to the same program: no byte order.
struct Label {
  std::uint64_t publisher;
  std::uint64_t number;
};

std::string filler(std::size_t size) {
  std::string text(size, '\0');
  std::uint32_t state = 1;
  for (char& c : text) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  return text;
}

}  // namespace

Tally::Tally(std::size_t publishers, std::size_t subscribers, std::size_t size, std::size_t window)
    : publishers_(publishers),
      subscribers_(subscribers),
      window_(window),
      payload_(filler(size)),
      published_(publishers),
      next_(publishers * subscribers),
      arrivals_(publishers * window) {
  if (size < sizeof(Label)) throw Failure("messages have at least 16 octets");
}

std::string_view Tally::next_payload(std::size_t publisher) {
  const Label label{publisher, published_[publisher]++};
  std::memcpy(payload_.data(), &label, sizeof label);
  verified_.expected += subscribers_;
  return payload_;
}

std::optional<std::size_t> Tally::delivered(std::size_t subscriber, std::string_view payload) {
  Label label{};
  if (payload.size() == payload_.size()) std::memcpy(&label, payload.data(), sizeof label);
  if (payload.size() != payload_.size() || label.publisher >= publishers_ ||
      label.number >= published_[label.publisher] ||
      payload.substr(sizeof label) != std::string_view(payload_).substr(sizeof label)) {
    ++verified_.corrupt;
    return std::nullopt;
  }
  const auto publisher = static_cast<std::size_t>(label.publisher);
  std::uint64_t& next = next_[subscriber * publishers_ + publisher];
  if (label.number < next) {
    ++verified_.duplicated;
    return std::nullopt;
  }
  next = label.number + 1;
  ++verified_.received;
  std::size_t& arrivals = arrivals_[publisher * window_ + label.number % window_];
  if (++arrivals < subscribers_) return std::nullopt;
  arrivals = 0;
  return publisher;
}

}  // namespace sdmp::bench::peers
