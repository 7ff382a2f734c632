#include "tests/engine/shard/support.h"

#include <cerrno>

#include <sodium.h>
#include <spdlog/spdlog.h>
#include <sys/time.h>

namespace sdmp::shard::testing {

using namespace std::chrono_literals;

const TestNode& relay() {
  static const TestNode node(1);
  return node;
}

const TestNode& friendly() {
  static const TestNode node(2);
  return node;
}

const TestNode& other() {
  static const TestNode node(3);
  return node;
}

const TestNode& stranger() {
  static const TestNode node(4);
  return node;
}

codec::UnixMillis unix_now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

protocol::TrustFacts facts(const TestNode& self, const std::vector<const TestNode*>& others) {
  protocol::TrustFacts all = protocol::testing::trust_facts(self, {});
  for (const TestNode* other : others) {
    const protocol::TrustFacts more = protocol::testing::trust_facts(self, {other});
    all.identities.insert(all.identities.end(), more.identities.begin(), more.identities.end());
    all.relationships.insert(all.relationships.end(), more.relationships.begin(),
                             more.relationships.end());
  }
  for (protocol::IdentityFact& identity : all.identities) {
    identity.expires = unix_now() + 1'000'000'000;
  }
  return all;
}

std::shared_ptr<const protocol::TrustTable> trust(const TestNode& self,
                                                  const std::vector<const TestNode*>& others) {
  return protocol::TrustTable::compute(facts(self, others));
}

bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + 30s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

void TestLedger::attach(LedgerPort& port, std::function<void()> wake_shard) {
  links_.push_back({&port, std::move(wake_shard)});
}

void TestLedger::start() {
  thread_ = std::thread([this] { run(); });
}

void TestLedger::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    held_ = false;
  }
  wake();
  if (thread_.joinable()) thread_.join();
}

void TestLedger::hold(bool on) {
  {
    const std::lock_guard lock(mutex_);
    held_ = on;
  }
  wake();
}

void TestLedger::set_trust(std::shared_ptr<const protocol::TrustTable> table) {
  {
    const std::lock_guard lock(mutex_);
    trust_ = std::move(table);
  }
  wake();
}

void TestLedger::tell(ToShard message) {
  {
    const std::lock_guard lock(mutex_);
    messages_.push_back(std::move(message));
  }
  wake();
}

void TestLedger::publish(std::vector<std::string> containers) {
  {
    const std::lock_guard lock(mutex_);
    for (std::string& container : containers) local_.push_back(std::move(container));
  }
  wake();
}

void TestLedger::run() {
  for (;;) {
    work_.acquire();
    std::vector<ToShard> messages;
    {
      const std::lock_guard lock(mutex_);
      if (held_) continue;
      messages = std::exchange(messages_, {});
    }
    commit();
    for (ToShard& message : messages) push(links_.front(), std::move(message));
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
  }
}

void TestLedger::push(Link& link, ToShard message) {
  while (!link.port->to_shard.try_push(message)) std::this_thread::yield();
  link.wake();
}

void TestLedger::append(store::Batch& batch, const ToLedger& message, Committed& answers) {
  if (const auto* resource = std::get_if<StoreResource>(&message)) {
    const auto outcome = batch.append({.publisher = resource->publisher,
                                       .identifier = resource->identifier,
                                       .container = resource->container,
                                       .updates = resource->updates,
                                       .schemas = resource->schemas},
                                      &resource->source);
    if (!outcome) std::abort();
    if (*outcome == store::AppendOutcome::kAppended) {
      fresh_.push_back({batch.journal_size(), resource->source});
    }
    answers.answers.emplace_back(StoredAnswer{
        resource->session, resource->identifier,
        *outcome == store::AppendOutcome::kAppended    ? protocol::StoreOutcome::kJournalled
        : *outcome == store::AppendOutcome::kDuplicate ? protocol::StoreOutcome::kDuplicate
                                                       : protocol::StoreOutcome::kForeignUpdate});
  } else if (const auto* progress = std::get_if<StoreProgress>(&message)) {
    const protocol::PeerCursor& cursor = progress->cursor;
    if (!batch.set_peer(progress->peer, {cursor.last, cursor.position, cursor.forked}))
      std::abort();
    std::vector<store::WantedResource> wanted;
    for (const protocol::Wanted& w : progress->wanted) wanted.push_back({w.publisher, w.resource});
    if (!batch.add_wanted(progress->peer, wanted)) std::abort();
    answers.answers.emplace_back(ProgressAnswer{progress->session});
  } else if (const auto* forget = std::get_if<ForgetWanted>(&message)) {
    if (!batch.remove_wanted(forget->peer, forget->resource)) std::abort();
  }
}

void TestLedger::commit() {
  auto batch = store_.begin();
  if (!batch) std::abort();
  fresh_.clear();
  std::vector<Committed> committed(links_.size());
  for (std::size_t i = 0; i < links_.size(); ++i) {
    ToLedger message;
    while (links_[i].port->to_ledger.try_pop(message)) append(*batch, message, committed[i]);
  }
  std::vector<std::string> local;
  std::shared_ptr<const protocol::TrustTable> table;
  {
    const std::lock_guard lock(mutex_);
    local = std::exchange(local_, {});
    table = std::exchange(trust_, nullptr);
  }
  for (std::string& text : local) {
    const auto draft = store::testing::parsed(std::move(text));
    if (!batch->append(draft.view())) std::abort();
    fresh_.push_back({batch->journal_size(), store_.self()});
  }
  const std::uint64_t size = batch->journal_size();
  if (!batch->commit()) std::abort();
  const auto fresh = std::make_shared<const std::vector<LineSource>>(fresh_);
  for (std::size_t i = 0; i < links_.size(); ++i) {
    if (committed[i].answers.empty() && fresh->empty() && !table) continue;
    committed[i].journal_size = size;
    committed[i].fresh = fresh;
    committed[i].trust = table;
    push(links_[i], std::move(committed[i]));
  }
}

void TestObserver::on_established(std::uint64_t, const codec::Fingerprint&) {
  const std::lock_guard lock(mutex_);
  ++established_;
  changed_.notify_all();
}

void TestObserver::on_progress(std::uint64_t, const protocol::SyncProgress& progress) {
  const std::lock_guard lock(mutex_);
  complete_ = progress.complete();
  changed_.notify_all();
}

void TestObserver::on_ended(std::uint64_t, const protocol::Failure& failure,
                            const std::string& words) {
  const std::lock_guard lock(mutex_);
  ++ended_;
  failure_ = failure;
  words_ = words;
  changed_.notify_all();
}

bool TestObserver::wait(const std::function<bool()>& condition) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, 30s, condition);
}
bool TestObserver::wait_established(std::size_t count) {
  return wait([&] { return established_ >= count; });
}
bool TestObserver::wait_ended(std::size_t count) {
  return wait([&] { return ended_ >= count; });
}
bool TestObserver::wait_complete() {
  return wait([&] { return complete_; });
}
protocol::Cause TestObserver::last_cause() {
  const std::lock_guard lock(mutex_);
  return failure_.cause;
}
std::string TestObserver::last_words() {
  const std::lock_guard lock(mutex_);
  return words_;
}

Rig::Rig(const TestNode& self, const std::vector<const TestNode*>& trusted,
         const RigOptions& options)
    : store(std::move(store::Store::open(directory.store(), self.fingerprint()).value())),
      census(options.sessions_per_node_max),
      ledger(std::make_unique<TestLedger>(*store)) {
  const auto table = trust(self, trusted);
  auto address = *ring::SocketAddress::parse("127.0.0.1:0");
  for (int i = 0; i < options.shards; ++i) {
    ShardConfig config = options.config;
    config.index = i;
    if (options.listen) {
      listeners_.push_back(*ring::listen_on(address));
      address = ring::SocketAddress::of_socket(listeners_.back());
      config.listen_fds = {listeners_.back()};
    }
    ports.push_back(std::make_unique<LedgerPort>());
    auto shard = Shard::create(config, {.node_key = self.key,
                                        .store = *store,
                                        .replay = replay,
                                        .census = census,
                                        .ledger = *ports.back(),
                                        .wake_ledger = [this] { ledger->wake(); },
                                        .trust = table,
                                        .dial_observer = &observer});
    if (!shard) throw std::runtime_error(shard.error());
    shards.push_back(*std::move(shard));
    ledger->attach(*ports.back(), [s = shards.back().get()] { s->wake(); });
  }
  ledger->start();
  // The logging library's first use, which makes its registry, belongs before the threads: it is
  // not instrumented, and TSan cannot see how it keeps two first uses apart.
  spdlog::default_logger_raw();
  for (auto& shard : shards) threads_.emplace_back([s = shard.get()] { s->run(); });
}

Rig::~Rig() {
  drain();
  ledger->stop();
  for (const int fd : listeners_) ::close(fd);
}

void Rig::drain() {
  if (threads_.empty()) return;
  // The ledger is the mailbox's only producer: it stops first.
  ledger->stop();
  for (std::size_t i = 0; i < shards.size(); ++i) {
    ToShard message = Drain{};
    while (!ports[i]->to_shard.try_push(message)) std::this_thread::yield();
    shards[i]->wake();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

ShardCounters Rig::counters() const {
  ShardCounters sum;
  for (const auto& shard : shards) {
    const ShardCounters one = shard->snapshot();
    sum.accepted += one.accepted;
    sum.dialled += one.dialled;
    sum.established += one.established;
    sum.sessions += one.sessions;
    sum.connections += one.connections;
    sum.bytes_in += one.bytes_in;
    sum.bytes_out += one.bytes_out;
    sum.frames_in += one.frames_in;
    sum.frames_out += one.frames_out;
    sum.expanded_keys += one.expanded_keys;
    sum.input_parts += one.input_parts;
    sum.input_paused += one.input_paused;
    sum.turned_away += one.turned_away;
    sum.accept_stops += one.accept_stops;
    sum.direct_sockets += one.direct_sockets;
    sum.rings += one.rings;
    sum.idle_sockets += one.idle_sockets;
    for (std::size_t i = 0; i < sum.failures.size(); ++i) sum.failures[i] += one.failures[i];
  }
  return sum;
}

NoDescriptors::NoDescriptors() {
  // UBSan looks at the first object of a type through a pipe, for which there will be no
  // descriptor.
  spdlog::info("descriptors up to {} from here on", 3);
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = 3;
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
}

NoDescriptors::~NoDescriptors() {
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace sdmp::shard::testing
