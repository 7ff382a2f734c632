// Sessions that are held: opened at a rate, then silent; with churn some of them are closed and
// replaced all the time, and in a storm all of them at once.
#pragma once

#include <optional>
#include <vector>

#include "engine/load/arrivals.h"
#include "engine/load/crew.h"
#include "engine/load/reopener.h"

namespace sdmp::load {

class Idlers final : public Role {
 public:
  explicit Idlers(Crew& crew);

  void begin() override;
  bool ready() const override { return open_ == members_.size(); }
  // When the last one was back after the storm, monotonic; 0: not yet.
  std::int64_t back_ns() const { return back_ns_; }

  void on_open(Link& link) override;
  void on_message(Link& link, const Arrived& arrived) override;
  void on_end(Link& link, ErrorKind why) override;
  void on_turn(std::int64_t now_ns) override;
  std::optional<std::int64_t> next_due_ns() const override;

 private:
  const codec::PrivateKey& node_of(std::uint32_t member) const;
  void replace_some(std::int64_t now_ns);
  void start_storm(std::int64_t now_ns);

  Crew& crew_;
  std::uint64_t first_;
  std::vector<Link*> members_;  // nullptr: not open
  std::optional<Arrivals> ramp_;
  std::uint32_t begun_ = 0;
  std::optional<Arrivals> churn_;
  std::uint32_t next_replaced_ = 0;
  Reopener reopener_;
  std::size_t open_ = 0;
  bool stormed_ = false;
  std::int64_t back_ns_ = 0;
};

}  // namespace sdmp::load
