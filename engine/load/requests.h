// The resources that one session asks the server for (SYN-6): which are still to be asked for, and
// which request stands for which.
//
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "engine/load/inbox.h"
#include "engine/protocol/limits.h"

namespace sdmp::load {

// Without an answer at once: as many as a node of ours asks for, so that the server has the load
// that such a node would be; and for the same reason, that they cover the way there and back.
inline constexpr std::size_t kAskedMax = protocol::kRequestsInFlightMax;

class Requests {
 public:
  struct Asked {
    Arrived::Line line;
    std::int64_t sent_ns = 0;
  };

  void add(const Arrived::Line& line) { to_ask_.push_back(line); }
  // The body of the next resource_request, of the first line that is `wanted(line)` still; the
  // others before it are forgotten. nullopt: none is left, or kAskedMax are without an answer.
  template <class Wanted>
  std::optional<std::string> next(std::int64_t now_ns, Wanted wanted) {
    while (!to_ask_.empty() && asked_.size() < kAskedMax) {
      const Arrived::Line line = to_ask_.front();
      to_ask_.pop_front();
      if (wanted(line)) return ask(line, now_ns);
    }
    return std::nullopt;
  }
  // What an answer to `identifier` is the answer to, once; nullopt: that was not asked here.
  std::optional<Asked> answered(const std::string& identifier);
  // The session is gone: what has no answer is to be asked for again.
  void lose_answers();

  // Waits for an answer.
  bool waiting() const { return !asked_.empty(); }
  bool done() const { return asked_.empty() && to_ask_.empty(); }

 private:
  std::string ask(const Arrived::Line& line, std::int64_t now_ns);

  std::deque<Arrived::Line> to_ask_;
  std::unordered_map<std::string, Asked> asked_;  // by request.identifier
  std::uint64_t count_ = 0;                       // of requests, which names them
};

}  // namespace sdmp::load
