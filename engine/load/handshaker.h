// Connect, handshake, close, and again: what a handshake costs and how many a server does.
#pragma once

#include <optional>

#include "engine/load/arrivals.h"
#include "engine/load/crew.h"

namespace sdmp::load {

class Handshakers final : public Role {
 public:
  explicit Handshakers(Crew& crew);

  void begin() override {}
  bool done() const override;
  std::uint64_t in_flight() const { return begun_ - ended_; }

  void on_open(Link& link) override;
  void on_message(Link&, const Arrived&) override {}
  void on_end(Link& link, ErrorKind why) override;
  void on_turn(std::int64_t now_ns) override;
  std::optional<std::int64_t> next_due_ns() const override;

 private:
  bool may_begin() const;
  void start(std::int64_t intended_ns);

  Crew& crew_;
  std::uint64_t quota_;  // UINT64_MAX: no limit
  std::uint64_t concurrent_;
  std::optional<Arrivals> arrivals_;
  std::uint64_t begun_ = 0;
  std::uint64_t ended_ = 0;
  std::int64_t pause_until_ns_ = 0;
};

}  // namespace sdmp::load
