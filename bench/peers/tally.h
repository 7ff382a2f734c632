// Who published what and who has got it: every payload names its publisher and its number, and each
// subscriber must get each publisher's numbers in order, each once, every octet as it was sent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sdmp::bench::peers {

struct Verified {
  std::uint64_t expected = 0;
  std::uint64_t received = 0;
  std::uint64_t duplicated = 0;  // or older than what came before it
  std::uint64_t corrupt = 0;

  std::uint64_t missing() const { return expected - received; }
  bool complete() const { return missing() == 0 && duplicated == 0 && corrupt == 0; }
};

class Tally {
 public:
  // `size` octets per payload, at least 16; `window` is how many messages of one publisher are
  // under way at most.
  Tally(std::size_t publishers, std::size_t subscribers, std::size_t size, std::size_t window);

  // The publisher's next payload, valid until the next call.
  std::string_view next_payload(std::size_t publisher);

  // A payload came to a subscriber. Returns its publisher once all subscribers have got it: that
  // publisher may send another one.
  std::optional<std::size_t> delivered(std::size_t subscriber, std::string_view payload);

  const Verified& verified() const { return verified_; }

 private:
  std::size_t publishers_;
  std::size_t subscribers_;
  std::size_t window_;
  std::string payload_;
  std::vector<std::uint64_t> published_;  // per publisher
  std::vector<std::uint64_t> next_;       // per subscriber and publisher
  std::vector<std::size_t> arrivals_;     // per publisher, a ring of `window` messages
  Verified verified_;
};

}  // namespace sdmp::bench::peers
