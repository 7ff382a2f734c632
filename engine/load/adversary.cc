#include "engine/load/adversary.h"

#include <algorithm>

#include <sodium.h>

namespace sdmp::load {
namespace {

constexpr std::int64_t kStartOverNs = 50'000'000;
constexpr std::int64_t kDribbleNs = 100'000'000;
constexpr std::size_t kGarbageBytes = 256;
constexpr std::string_view kNope = "nope";

}  // namespace

Adversaries::Adversaries(Crew& crew, Adversary kind)
    : crew_(crew), kind_(kind), members_(crew.share(crew.plan.adversaries)) {}

bool Adversaries::raw() const {
  return kind_ != Adversary::kWrongTag && kind_ != Adversary::kNeverRead;
}

AbuseFigures& Adversaries::figures() {
  return crew_.wire.stats().abuse[static_cast<std::size_t>(kind_)];
}

std::string Adversaries::connection_object(const codec::PrivateKey& node) const {
  protocol::ReplayCache replay(1);
  codec::ContainerReader reader;
  protocol::AgreementSeed seed;
  randombytes_buf(seed.writable().data(), seed.size());
  protocol::Initiator initiator(crew_.plan.group, {crew_.server.node});
  return initiator.start({crew_.wire.clock().unix_ms, node, *crew_.server.trust, replay, reader},
                         std::move(seed));
}

void Adversaries::on_open(Link& link) {
  Member& member = members_[link.member];
  member = Member();
  member.link = &link;
  member.act_ns = crew_.now_ns() + kDribbleNs;
  ++figures().opened;
  switch (kind_) {
    case Adversary::kSilent:
      return;
    case Adversary::kDribble:
    case Adversary::kReplay:
      if (object_.empty()) object_ = connection_object(*link.node);
      if (kind_ == Adversary::kReplay) crew_.wire.send_raw(link, codec::as_bytes(object_));
      return;
    case Adversary::kGarbage: {
      codec::ByteVector garbage(kGarbageBytes);
      randombytes_buf(garbage.data(), garbage.size());
      crew_.wire.send_raw(link, garbage);
      return;
    }
    case Adversary::kWrongTag:
      crew_.wire.send_forged(
          link, codec::Schema::kJournalRequest,
          codec::journal_request_body(codec::since_beginning(crew_.server.node), 0));
      return;
    case Adversary::kNeverRead:
      // It wants everything that is published, and takes nothing of it.
      crew_.wire.send(link, codec::Schema::kJournalRequest,
                      codec::journal_request_body(codec::since_beginning(crew_.server.node), 1));
      crew_.wire.stop_reading(link);
      return;
  }
}

void Adversaries::on_bytes(Link& link, codec::Bytes bytes) {
  Member& member = members_[link.member];
  const std::size_t room = kNope.size() - std::min(member.answer.size(), kNope.size());
  member.answer += codec::as_text(bytes.first(std::min(bytes.size(), room)));
  if (member.answer != kNope) {
    // The first use of an object is answered like any other; from now on it is a replay.
    if (kind_ == Adversary::kReplay && member.answer.size() == kNope.size()) {
      member.link = nullptr;
      member.act_ns = crew_.now_ns() + kStartOverNs;
      crew_.wire.close(link);
    }
    return;
  }
  ++figures().refused;
  member.answer += '!';
}

void Adversaries::on_end(Link& link, ErrorKind) {
  Member& member = members_[link.member];
  if (member.link != nullptr) ++figures().ended;
  member = Member();
  member.act_ns = crew_.now_ns() + kStartOverNs;
}

void Adversaries::dribble(Member& member, std::int64_t now_ns) {
  // Never its end: an object that is complete would be answered.
  if (member.sent + 1 >= object_.size()) return;
  crew_.wire.send_raw(*member.link,
                      codec::as_bytes(std::string_view(object_).substr(member.sent, 1)));
  ++member.sent;
  member.act_ns = now_ns + kDribbleNs;
}

void Adversaries::on_turn(std::int64_t now_ns) {
  if (!crew_.abuse_is_on()) return;
  const auto nodes = crew_.identities.nodes();
  for (std::uint32_t i = 0; i < members_.size(); ++i) {
    Member& member = members_[i];
    if (member.act_ns > now_ns) continue;
    if (member.link != nullptr) {
      if (kind_ == Adversary::kDribble) dribble(member, now_ns);
    } else if (!member.opening) {
      member.opening = true;
      crew_.wire.open(*this, i, nodes[i % nodes.size()], now_ns);
    }
  }
}

std::optional<std::int64_t> Adversaries::next_due_ns() const {
  if (crew_.plan.abuse.empty() || !crew_.running()) return std::nullopt;
  return crew_.now_ns() + kStartOverNs;
}

}  // namespace sdmp::load
