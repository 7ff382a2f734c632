#include "engine/load/worker.h"

#include <algorithm>

#include <pthread.h>
#include <sys/prctl.h>
#include <time.h>

#include "engine/load/adversary.h"
#include "engine/load/fetcher.h"
#include "engine/load/handshaker.h"
#include "engine/load/idler.h"
#include "engine/load/publisher.h"
#include "engine/load/subscriber.h"

namespace sdmp::load {
namespace {

constexpr std::int64_t kHandOverNs = 100'000'000;

double thread_cpu_s() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

struct Worker::State {
  State(const Plan& the_plan, const ServerIdentity& server, const TestIdentities& identities,
        Publications& publications, const RunState& the_run)
      : plan(the_plan),
        run(the_run),
        inbox(server, identities, publications, the_plan.signatures) {}

  void make_roles(const ServerIdentity& server, const TestIdentities& identities,
                  Publications& publications, int thread);
  void loop();
  void see_phase();
  void note_ready();
  void note_progress();
  void hand_over();
  std::optional<std::int64_t> next_due_ns() const;

  const Plan& plan;
  const RunState& run;
  Stats stats;
  Inbox inbox;
  std::unique_ptr<Wire> wire;
  std::unique_ptr<Crew> crew;
  std::vector<std::unique_ptr<Role>> roles;
  const Publishers* publishers = nullptr;
  const Idlers* idlers = nullptr;
  std::int64_t ready_ns = 0;
  std::int64_t handed_over_ns = 0;
  std::uint64_t counted = 0;
  std::int64_t progress_ns = 0;

  mutable std::mutex mutex;
  std::vector<Delta> deltas;
  Standing standing;
};

void Worker::State::make_roles(const ServerIdentity& server, const TestIdentities& identities,
                               Publications& publications, int thread) {
  crew = std::make_unique<Crew>(Crew{plan, server, identities, publications, *wire, thread});
  auto publishing = std::make_unique<Publishers>(*crew);
  publishers = publishing.get();
  roles.push_back(std::move(publishing));
  roles.push_back(std::make_unique<Subscribers>(*crew));
  auto idling = std::make_unique<Idlers>(*crew);
  idlers = idling.get();
  roles.push_back(std::move(idling));
  roles.push_back(std::make_unique<Handshakers>(*crew));
  roles.push_back(std::make_unique<Fetchers>(*crew));
  for (const Adversary adversary : plan.abuse) {
    roles.push_back(std::make_unique<Adversaries>(*crew, adversary));
  }
}

std::expected<std::unique_ptr<Worker>, std::string> Worker::create(
    const Plan& plan, const ServerIdentity& server, const TestIdentities& identities,
    Publications& publications, const RunState& state, int thread) {
  auto made = std::make_unique<State>(plan, server, identities, publications, state);
  auto wire = Wire::create(plan, server, made->inbox, made->stats);
  if (!wire) return std::unexpected(wire.error());
  made->wire = *std::move(wire);
  made->make_roles(server, identities, publications, thread);
  return std::unique_ptr<Worker>(new Worker(std::move(made)));
}

Worker::Worker(std::unique_ptr<State> state) : state_(std::move(state)) {}
Worker::~Worker() = default;

std::uint64_t Worker::sessions_max() const {
  return state_->wire->sessions_max();
}

void Worker::start() {
  thread_ = std::jthread([this] { state_->loop(); });
}

void Worker::wake() const {
  state_->wire->wake();
}

std::vector<Worker::Delta> Worker::take() {
  const std::lock_guard lock(state_->mutex);
  return std::exchange(state_->deltas, {});
}

Worker::Standing Worker::standing() const {
  const std::lock_guard lock(state_->mutex);
  return state_->standing;
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::State::loop() {
  // The kernel may delay a sleep by 50 us; schedules are kept to less.
  prctl(PR_SET_TIMERSLACK, 1);
  pthread_setname_np(pthread_self(), "sdmp-load");
  wire->enable();
  for (const auto& role : roles) role->begin();
  while (crew->phase != Phase::kClosing || !wire->idle()) {
    wire->turn(next_due_ns());
    see_phase();
    if (crew->phase != Phase::kClosing) {
      for (const auto& role : roles) role->on_turn(crew->now_ns());
    }
    note_ready();
    note_progress();
    if (crew->now_ns() - handed_over_ns >= kHandOverNs) hand_over();
  }
  hand_over();
}

void Worker::State::note_ready() {
  const bool ready = std::ranges::all_of(roles, [](const auto& role) { return role->ready(); });
  if (ready == (ready_ns > 0)) return;
  ready_ns = ready ? crew->now_ns() : 0;
}

void Worker::State::note_progress() {
  // Answers that something is not there are progress, and so are handshakes that fail; sessions
  // that are lost again and again are none.
  std::uint64_t count =
      stats.handshakes + stats.messages + stats.deliveries + stats.latency.count();
  if (plan.handshakers > 0) count += stats.error_count();
  if (std::exchange(counted, count) != count && count > 0) progress_ns = crew->now_ns();
}

std::optional<std::int64_t> Worker::State::next_due_ns() const {
  std::int64_t next = handed_over_ns + kHandOverNs;
  for (const auto& role : roles) {
    if (const auto due = role->next_due_ns()) next = std::min(next, *due);
  }
  return next;
}

void Worker::State::see_phase() {
  const Phase phase = run.phase.load(std::memory_order_acquire);
  if (phase == crew->phase) return;
  // What came before belongs to the phase that ends.
  hand_over();
  crew->phase = phase;
  crew->begin_ns = run.begin_ns.load(std::memory_order_relaxed);
  crew->end_ns = run.end_ns.load(std::memory_order_relaxed);
  if (phase != Phase::kClosing) return;
  for (const auto& role : roles) role->finish(stats);
  wire->close_all();
}

bool all_done(std::span<const Worker::Standing> standings, Phase phase, std::uint64_t published) {
  return std::ranges::all_of(standings, [&](const Worker::Standing& standing) {
    return standing.phase == phase && standing.done && standing.published == published;
  });
}

void Worker::State::hand_over() {
  handed_over_ns = crew->now_ns();
  counted = 0;
  Standing now;
  now.gauges = {wire->sessions(), publishers->in_flight() + wire->opening()};
  now.phase = crew->phase;
  now.ready_ns = ready_ns;
  now.ready = ready_ns > 0;
  now.back_ns = idlers->back_ns();
  // Before it is asked who is done: what comes between the two makes nobody done too soon.
  now.published = crew->publications.total();
  now.done = std::ranges::all_of(roles, [](const auto& role) { return role->done(); });
  now.cpu_s = thread_cpu_s();
  now.progress_ns = progress_ns;
  const std::lock_guard lock(mutex);
  deltas.push_back({std::exchange(stats, Stats()), crew->phase});
  standing = now;
}

}  // namespace sdmp::load
