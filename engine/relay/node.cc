#include "engine/relay/node.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

#include <pthread.h>
#include <sched.h>
#include <spdlog/spdlog.h>

#include "engine/relay/configured_peers.h"
#include "engine/relay/control.h"
#include "engine/relay/dial_router.h"
#include "engine/relay/listeners.h"
#include "engine/relay/logging.h"

namespace sdmp::relay {
namespace {

using SteadyClock = std::chrono::steady_clock;

// sysexits.h EX_CONFIG: the kernel lacks what we need; starting again will not help.
constexpr int kExitNoRing = 78;

// For the kernel to take back what a killed process listened on: it ends its ring's requests first.
constexpr std::chrono::seconds kKilledPatience{10};

// Cores that this process may run on, which in a container are fewer than the machine has.
int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::clamp(CPU_COUNT(&set), 1, kShardsMax);
}

// Signals belong to the thread that called us: threads inherit the mask that they are born with.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

// In the order in which things lean on each other: destroyed from the last to the first.
struct Node::State {
  State(Home the_home, Config the_config)
      : home(std::move(the_home)),
        config(std::move(the_config)),
        replay(protocol::kReplayEntriesMax),
        census(config.sessions_per_node_max) {}

  std::optional<Failure> open(const Options& options);
  std::optional<Failure> make_shards();
  void start_threads();
  void refresh_peers(const protocol::TrustTable& trust);
  std::size_t shard_of(std::uint64_t dial_id) const { return dial_id % shards.size(); }

  Home home;
  Config config;
  const SteadyClock::time_point started = SteadyClock::now();
  std::optional<store::StoreLock> lock;
  std::unique_ptr<store::Store> store;
  shard::SharedReplayGuard replay;
  shard::SessionCensus census;
  DialRouter router;
  Listeners listeners;
  std::vector<std::unique_ptr<shard::LedgerPort>> ports;
  std::unique_ptr<Ledger> ledger;
  std::vector<std::unique_ptr<shard::Shard>> shards;
  std::optional<ConfiguredPeers> peers;
  std::vector<std::thread> shard_threads;
  std::thread ledger_thread;
  std::unique_ptr<ControlServer> control;
  bool stopped = false;
};

std::optional<Node::Failure> Node::State::open(const Options& options) {
  auto locked = store::StoreLock::acquire(home.store_directory());
  if (!locked) {
    const bool busy = locked.error().kind == store::StoreError::Kind::kBusy;
    return Failure{(busy ? "another process works on " + home.directory().string() + ": " : "") +
                   locked.error().message};
  }
  lock.emplace(std::move(*locked));
  auto opened = open_store(home, config.store);
  if (!opened) return Failure{opened.error()};
  store = std::move(*opened);
  if (!store->notice().empty()) spdlog::warn("{}", store->notice());
  ledger = std::make_unique<Ledger>(*store, home.user());

  const int count = config.shards > 0 ? std::min(config.shards, kShardsMax) : usable_cores();
  auto bound =
      open_listeners(options.listen ? config.listen : std::vector<Address>{}, count,
                     lock->left_by_killed() ? kKilledPatience : std::chrono::seconds::zero());
  if (!bound) return Failure{bound.error()};
  listeners = std::move(*bound);
  return make_shards();
}

std::optional<Node::Failure> Node::State::make_shards() {
  std::vector<Ledger::ShardLink> links;
  for (std::size_t i = 0; i < listeners.fds.size(); ++i) {
    shard::ShardConfig shard_config = config.shard;
    shard_config.index = static_cast<int>(i);
    shard_config.listen_fds.clear();
    for (const UniqueFd& fd : listeners.fds[i]) shard_config.listen_fds.push_back(fd.get());
    ports.push_back(std::make_unique<shard::LedgerPort>());
    auto created =
        shard::Shard::create(shard_config, {.node_key = home.node_key(),
                                            .store = *store,
                                            .replay = replay,
                                            .census = census,
                                            .ledger = *ports.back(),
                                            .wake_ledger = [to = ledger.get()] { to->wake(); },
                                            .trust = ledger->trust(),
                                            .dial_observer = &router});
    if (!created) return Failure{created.error(), kExitNoRing};
    shards.push_back(std::move(*created));
    links.push_back({ports.back().get(), [to = shards.back().get()] { to->wake(); }});
  }
  ledger->attach(std::move(links));
  return std::nullopt;
}

void Node::State::start_threads() {
  peers.emplace(config.peers, router, [this](shard::Dial dial) {
    const std::size_t shard = shard_of(dial.dial_id);
    ledger->tell(shard, std::move(dial));
  });
  ledger->observe_trust([this](const Ledger::Trust& trust) { refresh_peers(*trust); });

  const AllSignalsBlocked blocked;
  ledger_thread = std::thread([this] {
    pthread_setname_np(pthread_self(), "sdmp-ledger");
    ledger->run();
  });
  for (std::size_t i = 0; i < shards.size(); ++i) {
    shard_threads.emplace_back([this, i] {
      const std::string name = "sdmp-shard-" + std::to_string(i);
      pthread_setname_np(pthread_self(), name.c_str());
      shards[i]->run();
    });
  }
  refresh_peers(*ledger->trust());
}

void Node::State::refresh_peers(const protocol::TrustTable& trust) {
  if (config.peers.empty()) return;
  store::Reader reader = store->reader();
  peers->refresh(reader, trust, home.node());
}

Node::Node(std::unique_ptr<State> state) : state_(std::move(state)) {}

Node::~Node() {
  stop();
}

std::expected<std::unique_ptr<Node>, Node::Failure> Node::start(Home home, Config config,
                                                                Options options) {
  set_up_logging(config.log_level);
  auto state = std::make_unique<State>(std::move(home), std::move(config));
  if (auto failure = state->open(options)) return std::unexpected(std::move(*failure));
  std::unique_ptr<Node> node(new Node(std::move(state)));
  node->state_->start_threads();
  if (options.control_socket) {
    const AllSignalsBlocked blocked;
    auto control = ControlServer::start(node->state_->home.control_socket(), *node);
    if (!control) return std::unexpected(Failure{control.error()});
    node->state_->control = std::move(*control);
  }
  spdlog::info("AES-256-GCM by {}", codec::name(*codec::aead_backend(config.shard.aead)));
  for (const Address& address : node->listening()) spdlog::info("listening on {}", address.text());
  return node;
}

const std::vector<Address>& Node::listening() const {
  return state_->listeners.addresses;
}

int Node::shards() const {
  return static_cast<int>(state_->shards.size());
}

Outcome<std::uint64_t> Node::dial(const PeerAddress& peer, bool keep, bool track_round,
                                  DialEvents events) {
  State& state = *state_;
  store::Reader reader = state.store->reader();
  auto expected = dialable_at(peer, reader, *state.ledger->trust(), state.home.node());
  reader.release();
  if (expected.empty()) {
    const std::string who = peer.pinned ? "node " + peer.pinned->text() + " is not trusted"
                                        : std::string("no node is trusted yet");
    return std::unexpected(who + ": add its bundle with `sdmp trust add FILE --home " +
                           state.home.directory().string() + "`");
  }
  const std::uint64_t dial_id = state.router.add(keep, std::move(events));
  state.ledger->tell(state.shard_of(dial_id), shard::Dial{.address = peer.address.text(),
                                                          .expected = std::move(expected),
                                                          .keep = keep,
                                                          .track_round = track_round,
                                                          .dial_id = dial_id});
  return dial_id;
}

void Node::end_dial(std::uint64_t dial_id) {
  state_->router.remove(dial_id);
  state_->ledger->tell(state_->shard_of(dial_id), shard::EndDial{dial_id});
}

Ledger& Node::ledger() {
  return *state_->ledger;
}

store::Store& Node::store() {
  return *state_->store;
}

const Home& Node::home() const {
  return state_->home;
}

NodeMetrics Node::metrics() const {
  NodeMetrics metrics;
  for (const auto& shard : state_->shards) metrics.shards.push_back(shard->snapshot());
  metrics.ledger = state_->ledger->snapshot();
  metrics.replay_evicted = state_->replay.evicted();
  metrics.trusted_identities = state_->ledger->trust()->size();
  metrics.uptime_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - state_->started)
          .count();
  return metrics;
}

void Node::stop() {
  State& state = *state_;
  if (state.stopped) return;
  state.stopped = true;
  // Nobody asks for anything any more, then the shards flush with the ledger still committing for
  // them, then the ledger commits what is left.
  state.control.reset();
  for (std::size_t i = 0; i < state.shards.size(); ++i) state.ledger->tell(i, shard::Drain{});
  for (std::thread& thread : state.shard_threads) thread.join();
  state.ledger->stop();
  if (state.ledger_thread.joinable()) state.ledger_thread.join();
  for (auto& fds : state.listeners.fds) fds.clear();
}

}  // namespace sdmp::relay
