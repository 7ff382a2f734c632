#include "engine/shard/shard.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <chrono>
#include <span>
#include <type_traits>

#include "engine/shard/acceptor.h"
#include "engine/shard/closer.h"
#include "engine/shard/core.h"
#include "engine/shard/dialer.h"
#include "engine/shard/handshake_driver.h"
#include "engine/shard/receiver.h"
#include "engine/shard/sender.h"
#include "engine/shard/session_driver.h"
#include "engine/shard/sync_hub.h"

namespace sdmp::shard {
namespace {

// What the tables hold beyond connections_max: one backlog of connections that are accepted only to
// be closed.
constexpr std::uint32_t kPlacesToTurnAway = 4096;
// How soon posts that found the ledger's mailbox full are tried again, when nothing else wakes us.
constexpr std::int64_t kPostRetryMs = 10;

protocol::Now read_clocks() {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  return {duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count(),
          duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count()};
}

// The counters as words that other threads read while we write: one writer, relaxed. A reader may
// see one counter newer than another, never half of one.
using CounterWords = std::array<std::uint64_t, sizeof(ShardCounters) / sizeof(std::uint64_t)>;
static_assert(std::is_trivially_copyable_v<ShardCounters>);
static_assert(sizeof(CounterWords) == sizeof(ShardCounters));

}  // namespace

struct Shard::State {
  State(const ShardConfig& config, ShardContext context, ring::RingSet rings,
        std::size_t tables_max)
      : core(config, std::move(context), std::move(rings), tables_max, read_clocks()),
        sender(core),
        receiver(core),
        closer(core, sender, receiver),
        hub(core, sender),
        sessions(core, sender, receiver, closer, hub),
        handshakes(core, sender, receiver, closer, sessions),
        acceptor(core, handshakes),
        dialer(core, closer, handshakes) {
    drain_timer.kind = static_cast<std::uint8_t>(TimerKind::kDrain);
    key_timer.kind = static_cast<std::uint8_t>(TimerKind::kKeys);
  }

  void turn();
  void take_some_input();
  void arm_waker();
  std::optional<std::int64_t> sleep_ms() const;
  void complete(const ring::Completion& completion);
  void on_received(Connection& connection, const ring::Completion& completion);
  void on_sent(Connection& connection, const ring::Completion& completion);
  void take_messages();
  void take(const Committed& message) { sessions.on_committed(message); }
  void take(Dial& message) { dialer.dial(std::move(message)); }
  void take(const EndDial& message) { dialer.end(message.dial_id); }
  void take(const Drain&) { start_draining(); }
  void take(std::monostate) {}
  void fire_timers();
  void watch_keys();
  void on_deadline(Connection& connection);
  void start_draining();
  void cut_what_is_left();
  void finish();
  void publish();

  Core core;
  Sender sender;
  Receiver receiver;
  Closer closer;
  SyncHub hub;
  SessionDriver sessions;
  HandshakeDriver handshakes;
  Acceptor acceptor;
  Dialer dialer;
  // What the last wait() brought and has not been looked at yet.
  std::span<const ring::Completion> completions;
  TimerNode drain_timer;
  TimerNode key_timer;
  bool waker_armed = false;
  std::array<std::atomic<std::uint64_t>, CounterWords().size()> published{};
};

std::expected<std::unique_ptr<Shard>, std::string> Shard::create(const ShardConfig& config,
                                                                 ShardContext context) {
  const std::uint64_t wanted = std::uint64_t{config.connections_max} + kPlacesToTurnAway;
  const auto places =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, config.direct_sockets_max));
  auto rings = ring::RingSet::create({.ring = {.direct_sockets = places}});
  if (!rings) return std::unexpected(rings.error());
  // RLIMIT_NOFILE may have left fewer.
  const std::uint64_t each = std::max(rings->first().direct_sockets(), 1u);
  const std::uint64_t tables_max = std::min<std::uint64_t>(
      (wanted + each - 1) / each, std::min(config.rings_max, ring::RingSet::kRingsMax));
  return std::unique_ptr<Shard>(new Shard(
      std::make_unique<State>(config, std::move(context), *std::move(rings), tables_max)));
}

Shard::Shard(std::unique_ptr<State> state) : state_(std::move(state)) {}
Shard::~Shard() = default;

void Shard::wake() {
  state_->core.rings.waker().wake();
}

ShardCounters Shard::snapshot() const {
  CounterWords words;
  for (std::size_t i = 0; i < words.size(); ++i) {
    words[i] = state_->published[i].load(std::memory_order_relaxed);
  }
  return std::bit_cast<ShardCounters>(words);
}

void Shard::run() {
  State& state = *state_;
  state.core.rings.enable();
  state.core.now = read_clocks();
  state.arm_waker();
  state.acceptor.start();
  while (!state.core.draining || state.core.connections.size() > 0 || !state.acceptor.idle() ||
         !state.completions.empty()) {
    state.turn();
  }
  state.finish();
}

void Shard::State::take_some_input() {
  const std::uint64_t frames_max = core.counters.frames_in + kFramesPerPart;
  sessions.begin_input();
  std::size_t taken = 0;
  while (taken < completions.size() && core.counters.frames_in < frames_max &&
         sessions.takes_input()) {
    complete(completions[taken++]);
  }
  completions = completions.subspan(taken);
}

void Shard::State::arm_waker() {
  core.rings.waker().arm(core.rings.first());
  waker_armed = true;
}

void Shard::State::turn() {
  if (completions.empty()) {
    completions = core.rings.wait(sleep_ms());
    core.tables.begin_turn();
  } else {
    ++core.counters.input_parts;
    core.rings.submit();
  }
  core.now = read_clocks();
  take_some_input();
  take_messages();
  fire_timers();
  handshakes.compute_some();
  sessions.work_some();
  receiver.work_some();
  dialer.settle_ends();
  acceptor.resume();
  sender.flush();
  // Amid the input the ledger would find the few posts of a part, and pay a commit for them.
  if (completions.empty()) hub.flush_posts();
  // A snapshot that is kept would keep the store from reusing pages.
  hub.release_reader();
  watch_keys();
  publish();
}

// Nothing is armed while nobody is at work: an idle shard sleeps without end.
void Shard::State::watch_keys() {
  core.counters.expanded_keys = core.scratch.keys.size();
  if ((core.scratch.keys.size() == 0 && core.pool.kept_bytes() == 0) || key_timer.armed()) return;
  core.timers.arm(key_timer, core.now.monotonic_ms + core.config.key_sweep_ms);
}

std::optional<std::int64_t> Shard::State::sleep_ms() const {
  if (handshakes.has_work() || sessions.has_work() || receiver.has_work() ||
      !core.dial_ends.empty()) {
    return 0;
  }
  if (core.draining && core.connections.size() == 0 && acceptor.idle()) return 0;
  std::optional<std::int64_t> next = core.timers.next_ms();
  const std::int64_t now = read_clocks().monotonic_ms;
  if (hub.has_waiting_posts())
    next = std::min(next.value_or(now + kPostRetryMs), now + kPostRetryMs);
  if (const auto due = hub.wake_due_ms()) next = std::min(next.value_or(*due), *due);
  if (!next) return std::nullopt;
  return std::max<std::int64_t>(*next - now, 0);
}

void Shard::State::complete(const ring::Completion& completion) {
  switch (completion.data.op) {
    case ring::Op::kWake:
      waker_armed = false;
      // Armed before the messages are looked at: a push after that wakes again.
      if (completion.result != -ECANCELED) {
        arm_waker();
      }
      return;
    case ring::Op::kAccept:
      acceptor.on_accepted(completion);
      return;
    default:
      break;
  }
  Connection* connection = core.connections.find(completion.data);
  if (connection == nullptr) {
    core.rings.recycle(completion);
    return;
  }
  switch (completion.data.op) {
    case ring::Op::kReceive:
      on_received(*connection, completion);
      break;
    case ring::Op::kSend:
      on_sent(*connection, completion);
      break;
    case ring::Op::kConnect:
      dialer.on_connected(*connection, completion);
      break;
    case ring::Op::kAdopt:
      dialer.on_adopted(*connection, completion);
      break;
    case ring::Op::kExpose:
      closer.on_exposed(*connection, completion);
      break;
    case ring::Op::kClose:
    case ring::Op::kCancel:
    case ring::Op::kDiscard:
    case ring::Op::kPeerAddress:
      closer.on_given_back(*connection);
      break;
    case ring::Op::kNone:
    case ring::Op::kAccept:
    case ring::Op::kWake:
      break;
  }
  closer.continue_closing(*connection);
}

void Shard::State::on_received(Connection& connection, const ring::Completion& completion) {
  const Received received = receiver.take(connection, completion);
  switch (connection.phase) {
    case Phase::kHandshaking:
      handshakes.on_received(connection, received);
      break;
    case Phase::kEstablished:
      sessions.on_received(connection, received);
      break;
    case Phase::kLeaving:
      closer.on_received(connection, received);
      break;
    case Phase::kFree:
    case Phase::kConnecting:
    case Phase::kClosing:
      break;
  }
  core.rings.recycle(completion);
  receiver.arm(connection);
}

void Shard::State::on_sent(Connection& connection, const ring::Completion& completion) {
  const Sender::Outcome outcome = sender.on_sent(connection, completion);
  switch (connection.phase) {
    case Phase::kHandshaking:
      handshakes.on_sent(connection, outcome);
      break;
    case Phase::kEstablished:
      sessions.on_sent(connection, outcome);
      break;
    case Phase::kLeaving:
      closer.on_sent(connection, outcome);
      break;
    case Phase::kFree:
    case Phase::kConnecting:
    case Phase::kClosing:
      break;
  }
}

void Shard::State::take_messages() {
  ToShard message;
  while (core.context.ledger.to_shard.try_pop(message)) {
    std::visit([this](auto& content) { take(content); }, message);
  }
}

void Shard::State::fire_timers() {
  while (TimerNode* node = core.timers.expire(core.now.monotonic_ms)) {
    switch (static_cast<TimerKind>(node->kind)) {
      case TimerKind::kConnection:
        on_deadline(*core.connections.at(static_cast<std::uint32_t>(node->owner)));
        break;
      case TimerKind::kDial:
        dialer.on_timer(node->owner);
        break;
      case TimerKind::kAccept:
        acceptor.on_timer();
        break;
      case TimerKind::kLedger:
        sessions.on_ledger_timer();
        break;
      case TimerKind::kDrain:
        cut_what_is_left();
        break;
      case TimerKind::kKeys:
        core.scratch.keys.sweep();
        core.pool.trim();
        break;
      case TimerKind::kIdle:
        receiver.on_idle_timer();
        break;
    }
  }
}

void Shard::State::on_deadline(Connection& connection) {
  switch (connection.phase) {
    case Phase::kConnecting:
      dialer.on_deadline(connection);
      return;
    case Phase::kHandshaking:
      handshakes.on_deadline(connection);
      return;
    case Phase::kEstablished:
      sessions.on_deadline(connection);
      return;
    case Phase::kLeaving:
      closer.on_deadline(connection);
      return;
    case Phase::kFree:
    case Phase::kClosing:
      return;
  }
}

void Shard::State::start_draining() {
  if (core.draining) return;
  core.draining = true;
  core.timers.arm(drain_timer, core.now.monotonic_ms + core.config.drain_ms);
  acceptor.stop();
  dialer.stop();
  const protocol::Failure failure{protocol::Cause::kShuttingDown, std::nullopt};
  for (std::uint32_t slot = 0; slot < core.connections.slots(); ++slot) {
    Connection* connection = core.connections.at(slot);
    if (connection == nullptr) continue;
    if (connection->phase == Phase::kConnecting) closer.close(*connection, failure);
    if (connection->phase == Phase::kHandshaking) closer.refuse(*connection, failure);
  }
  sessions.drain();
}

void Shard::State::cut_what_is_left() {
  const protocol::Failure failure{protocol::Cause::kShuttingDown, std::nullopt};
  for (std::uint32_t slot = 0; slot < core.connections.slots(); ++slot) {
    if (Connection* connection = core.connections.at(slot)) closer.close(*connection, failure);
  }
}

// Nothing of ours is left with the kernel when run() returns.
void Shard::State::finish() {
  core.timers.cancel(drain_timer);
  core.timers.cancel(key_timer);
  receiver.stop();
  core.rings.waker().disarm(core.rings.first());
  while (waker_armed) {
    for (const ring::Completion& completion : core.rings.wait(std::nullopt)) {
      if (completion.data.op == ring::Op::kWake) waker_armed = false;
    }
  }
  dialer.settle_ends();
  hub.flush_posts();
  hub.release_reader();
  publish();
}

void Shard::State::publish() {
  const auto words = std::bit_cast<CounterWords>(core.counters);
  for (std::size_t i = 0; i < words.size(); ++i) {
    published[i].store(words[i], std::memory_order_relaxed);
  }
}

}  // namespace sdmp::shard
