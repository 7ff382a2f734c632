// Sessions that receive what the publishers of the run publish, pushed or fetched, and check that
// it is all there, once, in order and unaltered.
#pragma once

#include <set>
#include <vector>

#include "engine/load/crew.h"
#include "engine/load/reopener.h"
#include "engine/load/requests.h"

namespace sdmp::load {

class Subscribers final : public Role {
 public:
  explicit Subscribers(Crew& crew);

  void begin() override;
  bool ready() const override { return open_ == members_.size(); }
  bool done() const override;
  void finish(Stats& stats) override;

  void on_open(Link& link) override;
  void on_message(Link& link, const Arrived& arrived) override;
  void on_end(Link& link, ErrorKind why) override;
  void on_turn(std::int64_t now_ns) override;
  std::optional<std::int64_t> next_due_ns() const override;

 private:
  struct Member {
    explicit Member(std::uint32_t publishers) : tally(publishers), journalled(publishers) {}
    const codec::PrivateKey* node = nullptr;
    Link* link = nullptr;  // while open
    bool was_open = false;
    JournalFollower journal;
    Tally tally;
    // Of each publisher: how far its line in the journal has come.
    std::vector<std::uint64_t> journalled;
    // Arrived altered, and not intact since.
    std::set<Tag> altered;
    Requests requests;  // for what was announced and not pushed
  };

  void take_update(Member& member, const Arrived& arrived);
  void take_resource(Member& member, const Arrived& arrived);
  void record(const Publication& publication);
  void record_what_never_came(const Member& member, Stats& stats) const;
  void ask(Member& member);

  Crew& crew_;
  std::vector<Member> members_;
  Reopener reopener_;
  std::size_t open_ = 0;
};

}  // namespace sdmp::load
