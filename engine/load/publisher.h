// Sessions that publish: each pushes posts to the server (SYN-7) and waits until the server's
// journal names them, which means that they are durable there (P-SYN).
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "engine/load/arrivals.h"
#include "engine/load/crew.h"
#include "engine/load/post_maker.h"
#include "engine/load/reopener.h"

namespace sdmp::load {

class Publishers final : public Role {
 public:
  explicit Publishers(Crew& crew);

  void begin() override;
  bool ready() const override { return open_ == members_.size(); }
  bool done() const override;
  void finish(Stats& stats) override;
  std::uint64_t in_flight() const { return unacknowledged_; }

  void on_open(Link& link) override;
  void on_message(Link& link, const Arrived& arrived) override;
  void on_end(Link& link, ErrorKind why) override;
  void on_turn(std::int64_t now_ns) override;
  std::optional<std::int64_t> next_due_ns() const override;

 private:
  struct Sent {
    std::uint64_t sequence;
    std::string text;
    std::int64_t intended_ns;
    std::int64_t sent_ns;
    bool acknowledged;
  };
  struct Member {
    std::uint32_t publisher = 0;  // in the run
    const codec::PrivateKey* node = nullptr;
    Link* link = nullptr;   // while open
    bool is_ready = false;  // is in ready_
    // Had no room or no session for what it had to send, and has not caught up since.
    bool held_up = false;
    std::uint64_t quota = 0;  // how many it may publish; UINT64_MAX: no limit
    std::uint64_t next_sequence = 0;
    std::uint64_t scheduled = 0;  // open loop: that have fallen due
    std::uint64_t acknowledged = 0;
    std::uint64_t journalled = 0;  // behind the last one that the journal named
    std::deque<std::int64_t> due;  // open loop: intended times, not sent yet
    std::deque<Sent> sent;         // in order, from the first one that is not acknowledged
    // By sequence: sent in a session that was lost, and to be looked at whether it must go again.
    std::uint64_t repeat_from = 0;
    std::uint64_t repeat_until = 0;
    JournalFollower journal;
    bool was_open = false;
  };

  bool may_send(Member& member) const;
  bool waits_for_server(const Member& member) const;
  // Of the posts before repeat_until the next one that has no acknowledgement; nullptr: none.
  static const Sent* next_repeat(Member& member);
  void send_some(std::int64_t now_ns);
  void send_next(Member& member, std::int64_t now_ns);
  void push(const Member& member, const std::string& text);
  void make_ready(std::uint32_t index);
  void acknowledge(Member& member, const Tag& tag);
  void schedule();
  void record_what_never_came(const Member& member, Stats& stats) const;

  Crew& crew_;
  // Without subscribers the server's journal is where posts are to arrive.
  bool journal_is_goal_;
  PostMaker maker_;
  std::vector<Member> members_;
  std::deque<std::uint32_t> ready_;
  Reopener reopener_;
  std::optional<Arrivals> arrivals_;
  std::uint32_t next_member_ = 0;
  std::size_t open_ = 0;
  std::uint64_t unacknowledged_ = 0;
  std::uint64_t due_ = 0;  // fallen due, not sent yet
  bool more_to_send_ = false;
  bool was_running_ = false;
};

}  // namespace sdmp::load
