// Connect, handshake, close, and again: what a handshake costs and how many a server does.
#pragma once

#include <deque>
#include <optional>
#include <set>

#include "engine/load/arrivals.h"
#include "engine/load/crew.h"

namespace sdmp::load {

class Handshakers final : public Role {
 public:
  explicit Handshakers(Crew& crew);

  void begin() override {}
  bool done() const override;
  void finish(Stats& stats) override;

  void on_open(Link& link) override;
  void on_message(Link&, const Arrived&) override {}
  void on_end(Link& link, ErrorKind why) override;
  void on_turn(std::int64_t now_ns) override;
  std::optional<std::int64_t> next_due_ns() const override;

 private:
  bool may_begin() const;
  std::uint64_t ended() const { return begun_ - unanswered_.size(); }
  void end(const Link& link) { unanswered_.erase(unanswered_.find(link.intended_ns)); }
  void schedule();
  void start(std::int64_t intended_ns);

  Crew& crew_;
  std::uint64_t quota_;       // UINT64_MAX: no limit
  std::uint64_t concurrent_;  // closed loop: at once; in both: this thread's part of the load
  std::optional<Arrivals> arrivals_;
  std::deque<std::int64_t> due_;            // open loop: intended times, not begun yet
  std::multiset<std::int64_t> unanswered_;  // and of those begun that have not ended
  std::uint64_t scheduled_ = 0;
  std::uint64_t begun_ = 0;
  std::int64_t pause_until_ns_ = 0;
};

}  // namespace sdmp::load
