// The connections of one client thread on its rings: connecting with a bounded number on the way,
// handshakes, frames in and out, deadlines. What sessions do with it is Behaviour's.
//
// Thread rule: construct and destroy anywhere; everything else on the thread that called enable().
#pragma once

#include <deque>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "codec/batch.h"
#include "engine/load/link.h"
#include "engine/load/plan.h"
#include "engine/protocol/replay_cache.h"
#include "engine/ring/ring_set.h"

namespace sdmp::load {

struct Clock {
  std::int64_t ns = 0;  // monotonic
  codec::UnixMillis unix_ms = 0;

  static Clock read();
};

// For open(): due when its turn comes, not before.
inline constexpr std::int64_t kWhenPossible = 0;

// What is sent and received in one turn waits for no more than this per link.
inline constexpr std::size_t kOutputMax = 256 * 1024;

class Wire {
 public:
  // All must outlive it. An error is a sentence.
  static std::expected<std::unique_ptr<Wire>, std::string> create(const Plan& plan,
                                                                  const ServerIdentity& server,
                                                                  Inbox& inbox, Stats& stats);
  ~Wire();

  void enable();
  // Any thread.
  void wake() { rings_.waker().wake(); }

  const Clock& clock() const { return clock_; }
  Stats& stats() { return stats_; }

  // Sessions that there is room for: in the rings' tables, or under the limit of open files.
  std::uint64_t sessions_max() const;
  // Asks for a connection, made as soon as less than connecting_max are on the way. `node` must
  // outlive it. Latency counts from `intended_ns`.
  void open(Behaviour& behaviour, std::uint32_t member, const codec::PrivateKey& node,
            std::int64_t intended_ns);
  // Connections asked for that are not open yet.
  std::size_t opening() const { return waiting_.size() + on_the_way_; }
  std::size_t sessions() const { return sessions_; }

  bool has_room(const Link& link) const { return link.output.size() < kOutputMax; }
  // Signs a sync message with the link's node key, packs, seals and queues it. False, with nothing
  // sent: it is larger than a frame may be.
  bool send(Link& link, codec::Schema schema, const std::string& body);
  void send_raw(Link& link, codec::Bytes bytes);
  // The next frame of this link arrives with a wrong tag.
  void send_forged(Link& link, codec::Schema schema, const std::string& body);
  // Takes nothing from it any more: a reader that never reads.
  void stop_reading(Link& link);
  void close(Link& link);
  // By slot, for behaviours that remember it with the generation; nullptr when it is gone.
  Link* find(std::uint32_t slot, std::uint32_t generation);
  void close_all();
  // Nothing is open and the kernel holds nothing.
  bool idle() const { return live_ == 0; }

  // One turn: submits, sleeps until something happens or `until_ns`, and handles it.
  void turn(std::optional<std::int64_t> until_ns);

 private:
  struct Waiting {
    Behaviour* behaviour;
    std::uint32_t member;
    const codec::PrivateKey* node;
    std::int64_t intended_ns;
  };
  struct Deadline {
    std::int64_t at_ns;
    std::uint32_t slot;
    std::uint32_t generation;
  };

  Wire(const Plan& plan, const ServerIdentity& server, Inbox& inbox, Stats& stats,
       ring::RingSet rings);

  Link& take_slot();
  void connect_some();
  void connect(const Waiting& request);
  int open_socket();
  std::size_t ring_with_place();
  void complete(const ring::Completion& completion);
  void on_connected(Link& link, std::int32_t result);
  void on_adopted(Link& link, const ring::Completion& completion);
  void greet(Link& link);
  void start_handshake(Link& link);
  void arm(Link& link);
  void on_received(Link& link, const ring::Completion& completion);
  void on_bytes(Link& link, codec::MutableBytes bytes);
  void on_handshake_bytes(Link& link, codec::MutableBytes& bytes);
  void on_frames(Link& link, codec::MutableBytes bytes);
  void on_sent(Link& link, std::int32_t result);
  void queue(Link& link);
  void flush();
  void expire();
  void opened(Link& link);
  void fail(Link& link, ErrorKind why);
  void leave(Link& link);
  void cancel(Link& link, ring::Op op);
  void settle(Link& link);
  protocol::HandshakeContext context(Link& link);

  const Plan& plan_;
  const ServerIdentity& server_;
  Inbox& inbox_;
  Stats& stats_;
  Clock clock_;
  ring::RingSet rings_;
  std::vector<std::uint32_t> taken_ = {0};  // places of each ring's table

  std::vector<std::unique_ptr<Link>> links_;
  std::vector<std::uint32_t> free_;
  std::deque<Waiting> waiting_;
  std::deque<Deadline> deadlines_;  // in order: all have the same timeout
  std::vector<std::pair<std::uint32_t, std::uint32_t>> output_queue_;
  std::size_t on_the_way_ = 0;
  std::size_t sessions_ = 0;
  std::size_t live_ = 0;
  std::size_t next_source_ = 0;

  codec::FrameLimits limits_;
  protocol::ReplayCache replay_;
  codec::ContainerReader reader_;
  codec::AeadKeyPool keys_;
  codec::BatchEncoder encoder_;
  codec::ByteVector packing_;
};

}  // namespace sdmp::load
