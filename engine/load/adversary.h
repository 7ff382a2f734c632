// Bounded misuse of one's own node: what each kind does is at load::Adversary. They start over when
// the server has ended them, a bounded number at a time.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "engine/load/crew.h"

namespace sdmp::load {

class Adversaries final : public Role {
 public:
  Adversaries(Crew& crew, Adversary kind);

  void begin() override {}
  bool raw() const override;
  // Being thrown out is what they are for.
  bool counts_errors() const override { return false; }

  void on_open(Link& link) override;
  void on_message(Link&, const Arrived&) override {}
  void on_bytes(Link& link, codec::Bytes bytes) override;
  void on_end(Link& link, ErrorKind why) override;
  void on_turn(std::int64_t now_ns) override;
  std::optional<std::int64_t> next_due_ns() const override;

 private:
  struct Member {
    Link* link = nullptr;  // while open
    bool opening = false;
    std::int64_t act_ns = 0;  // when it opens anew, or sends its next octet
    std::string answer;       // its beginning
    std::size_t sent = 0;
  };

  std::string connection_object(const codec::PrivateKey& node) const;
  void dribble(Member& member, std::int64_t now_ns);
  AbuseFigures& figures();

  Crew& crew_;
  Adversary kind_;
  std::vector<Member> members_;
  std::string object_;  // kDribble, kReplay: sent again and again
};

}  // namespace sdmp::load
