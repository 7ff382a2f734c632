// Sessions of nodes that know nothing yet and fetch the server's whole journal with every resource
// in it (SYN-3 ... SYN-8): how long a new node takes until it has everything.
#pragma once

#include <vector>

#include "engine/load/crew.h"
#include "engine/load/requests.h"

namespace sdmp::load {

class Fetchers final : public Role {
 public:
  explicit Fetchers(Crew& crew);

  void begin() override {}
  bool done() const override { return ended_ == members_.size(); }
  void finish(Stats& stats) override;

  void on_open(Link& link) override;
  void on_message(Link& link, const Arrived& arrived) override;
  void on_end(Link& link, ErrorKind why) override;
  void on_turn(std::int64_t now_ns) override;

 private:
  struct Member {
    Link* link = nullptr;  // while open
    JournalFollower journal;
    Requests requests;
    std::uint64_t announced = 0;
    std::uint64_t received = 0;
    std::uint64_t corrupt = 0;
    bool complete = false;  // got to the journal's end
    bool ended = false;     // with or without it
  };

  void take_update(Member& member, const Arrived& arrived);
  void take_answer(Member& member, const Arrived& arrived);
  void settle(Member& member);
  void end(Member& member);

  Crew& crew_;
  std::vector<Member> members_;
  std::size_t ended_ = 0;
  bool begun_ = false;
};

}  // namespace sdmp::load
