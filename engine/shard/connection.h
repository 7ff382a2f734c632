// One TCP connection of a shard, from accept or connect to the moment when its slot is free again.
//
//   kConnecting ──► kHandshaking ──► kEstablished
//        │              │                 │
//        │              ▼                 ▼
//        │           kLeaving: last octets (`nope`, or none), write side shut, input discarded
//        ▼              ▼
//      kClosing: nothing more is started; waits for what the kernel holds, then closes ──► kFree
//
// Nothing here does anything: Receiver, Sender, Closer and the drivers do, each its part.
#pragma once

#include <cstdint>
#include <memory>

#include "codec/bytes.h"
#include "engine/protocol/cause.h"
#include "engine/protocol/key_schedule.h"
#include "engine/ring/handle.h"
#include "engine/ring/socket.h"
#include "engine/ring/user_data.h"
#include "engine/shard/send_pool.h"
#include "engine/shard/slab.h"
#include "engine/shard/timer_wheel.h"

namespace sdmp::shard {

struct HandshakePart;  // engine/shard/handshake_driver.h
struct SessionPart;    // engine/shard/session_part.h

enum class Phase : std::uint8_t {
  kFree,
  kConnecting,
  kHandshaking,
  kEstablished,
  kLeaving,
  kClosing,
};

// Received octets that wait, because the session may not take input at the moment.
struct HeldInput {
  codec::ByteVector bytes;
  std::size_t begin = 0;

  codec::MutableBytes rest() { return codec::MutableBytes(bytes).subspan(begin); }
};

struct Connection {
  Connection();
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  ring::UserData data(ring::Op op) const { return {slot, generation, op}; }

  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  ring::Handle socket;
  // While a dialled socket moves into the ring's table: its descriptor, which the kernel overwrites
  // with the place that it got.
  int adopted_place = -1;
  Phase phase = Phase::kFree;
  protocol::Role role = protocol::Role::kResponder;

  // What the kernel holds: operations submitted and not completed for the last time.
  std::uint8_t operations = 0;
  bool connect_armed : 1 = false;
  bool receive_armed : 1 = false;
  bool receive_cancelled : 1 = false;
  bool input_awaited : 1 = false;  // what is armed is a poll, not a receive
  bool receives : 1 = false;       // is in the Receiver's list of receives that may become idle
  bool heard : 1 = false;          // received something since that list was last gone through
  bool going_idle : 1 = false;     // the receive was cancelled to await input by a poll
  bool starved : 1 = false;        // is in the Receiver's list of receives without a buffer
  bool send_in_flight : 1 = false;
  bool expose_in_flight : 1 = false;

  bool object_awaited : 1 = false;  // is counted in ConnectionTable::awaited()
  bool input_paused : 1 = false;
  bool end_of_input : 1 = false;
  bool output_queued : 1 = false;   // is in the Sender's list
  bool compute_queued : 1 = false;  // is in the HandshakeDriver's queue
  bool work_queued : 1 = false;     // is in the SessionDriver's queue
  bool ledger_waiting : 1 = false;  // is in the SessionDriver's list
  bool claim_waiting : 1 = false;   // is in the SyncHub's list
  bool nope_due : 1 = false;
  bool write_shut : 1 = false;
  bool was_established : 1 = false;
  bool dialled : 1 = false;
  bool track_round : 1 = false;

  // Position in ConnectionTable::sessions() while established.
  std::uint32_t session_index = 0;
  std::uint32_t discarded_bytes = 0;  // in kLeaving
  // Of the phase (kConnecting, kHandshaking, kLeaving), monotonic.
  std::int64_t deadline_ms = 0;
  // When the send in flight was started, or up to a 64th of the time that it may take later.
  std::int64_t send_since_ms = 0;
  // Established: when the peer's trust ends, monotonic.
  std::int64_t trust_until_ms = 0;
  std::uint64_t dial_id = 0;
  TimerNode timer;
  // The kernel reads it while connecting; of a direct socket it writes it after the accept. Without
  // text() until then.
  ring::SocketAddress peer;

  std::unique_ptr<SendBuffer> output;
  std::unique_ptr<HeldInput> held;
  Slab<HandshakePart>::Pointer handshake;
  Slab<SessionPart>::Pointer session;
};

}  // namespace sdmp::shard
