#include "engine/shard/sync_hub.h"

#include <algorithm>
#include <utility>

#include "engine/shard/session_part.h"

namespace sdmp::shard {
namespace {

// Lines of which a look-up is kept, and who sent the resource: of older ones that is forgotten, and
// who sent it may get it back. One commit may bring up to a mailbox of them.
constexpr std::size_t kFreshKept = 8192;
// How far behind the head lines are kept packed with the latest ones: more than one commit brings.
constexpr std::uint64_t kNearLines = 1024;
// A resource that the store remembers costs about as much as so many octets of text: 1 us.
constexpr std::size_t kTextPerWanted = 256;
// How long an answer of the ledger holds up the next posts: a disk may take much longer.
constexpr std::int64_t kAnswerMaxMs = 50;

// Of the memory that a post holds besides its slot; nullopt when it gets no answer.
std::optional<std::size_t> bytes_until_answered(const ToLedger& post) {
  if (const auto* resource = std::get_if<StoreResource>(&post)) {
    return resource->container.size() + resource->updates.size() * sizeof(codec::Identifier);
  }
  if (const auto* progress = std::get_if<StoreProgress>(&post)) {
    return progress->wanted.size() * sizeof(protocol::Wanted);
  }
  return std::nullopt;
}

}  // namespace

SyncHub::SyncHub(Core& core, Sender& sender)
    : core_(core),
      sender_(sender),
      reader_(core.context.store.reader()),
      committed_(reader_.journal_size()),
      head_(committed_),
      fresh_(kFreshKept),
      encoder_(core.config.compress_level, core.config.frame_limits) {
  reader_.release();
}

void SyncHub::take_commit(const Committed& committed) {
  committed_ = std::max(committed_, committed.journal_size);
  ++commits_;
  for (std::size_t n = std::min(committed.answers.size(), unanswered_.size()); n > 0; --n) {
    unanswered_bytes_ -= unanswered_.front();
    unanswered_.pop_front();
  }
  if (woken_ms_ && !committed.answers.empty()) {
    const std::int64_t taken = core_.now.monotonic_ms - *woken_ms_;
    commit_ms_ = (commit_ms_ + std::min(taken, kAnswerMaxMs) + 1) / 2;
    woken_ms_.reset();
  }
  reader_.refresh();
  if (!committed.fresh) return;
  for (const LineSource& source : *committed.fresh) {
    fresh_[source.line % kFreshKept] = {.source = source};
  }
}

protocol::SyncHost::Freshness SyncHub::freshness(std::uint64_t line,
                                                 const codec::Fingerprint& peer) {
  FreshLine& kept = fresh_[line % kFreshKept];
  FreshLine old{.source = {.line = line, .source = {}}};
  // Who is far behind does not take the place of a line that others are told of now.
  if (kept.source.line < line) kept = old;
  FreshLine& fresh = kept.source.line == line ? kept : old;
  if (fresh.commit != commits_) {
    const auto stored = reader_.find(reader_.journal_entry(line).resource);
    fresh.commit = commits_;
    fresh.bytes = stored ? stored->container.size() : 0;
    // Without its resource a line has nothing to push.
    fresh.replaced = !stored || stored->replaced;
  }
  return {.bytes = fresh.bytes,
          .from_this_peer = fresh.source.source == peer,
          .replaced = fresh.replaced};
}

bool SyncHub::claim(Connection& connection, const codec::Identifier& resource) {
  if (claims_.insert(resource).second) return true;
  if (!connection.claim_waiting) {
    connection.claim_waiting = true;
    claim_waiters_.push_back({connection.slot, connection.generation});
  }
  return false;
}

void SyncHub::release(const codec::Identifier& resource) {
  if (claims_.erase(resource) > 0 && !claim_waiters_.empty()) released_ = true;
}

std::vector<SessionToken> SyncHub::take_released() {
  if (!released_) return {};
  released_ = false;
  return std::exchange(claim_waiters_, {});
}

store::WantedPage SyncHub::wanted(const codec::Fingerprint& peer, std::uint64_t from) {
  store::WantedPage page = reader_.wanted(peer, protocol::kWantedPage, from);
  output_left_ -= static_cast<std::int64_t>(page.resources.size() * kTextPerWanted);
  return page;
}

void SyncHub::post(ToLedger message) {
  if (const auto bytes = bytes_until_answered(message)) {
    expects_answer_ = true;
    unanswered_.push_back(*bytes);
    unanswered_bytes_ += *bytes;
  }
  if (!waiting_posts_.empty() || !core_.context.ledger.to_ledger.try_push(message)) {
    waiting_posts_.push_back(std::move(message));
  }
  if (++posted_ >= kPostsPerWake) wake_ledger();
}

bool SyncHub::ledger_has_room() const {
  return waiting_posts_.empty() && unanswered_bytes_ < kUnansweredBytesMax &&
         core_.context.ledger.to_ledger.free_slots() >= protocol::kLedgerPostsPerMessage;
}

void SyncHub::flush_posts() {
  while (!waiting_posts_.empty() &&
         core_.context.ledger.to_ledger.try_push(waiting_posts_.front())) {
    waiting_posts_.pop_front();
    ++posted_;
  }
  const auto due = wake_due_ms();
  if (!due || *due > core_.now.monotonic_ms) return;
  // Woken by somebody else it may have taken them already.
  if (core_.context.ledger.to_ledger.empty()) {
    posted_ = 0;
    expects_answer_ = false;
  } else {
    wake_ledger();
  }
}

std::optional<std::int64_t> SyncHub::wake_due_ms() const {
  if (posted_ == 0) return std::nullopt;
  if (core_.draining || !waiting_posts_.empty()) return core_.now.monotonic_ms;
  if (woken_ms_) return *woken_ms_ + kAnswerMaxMs;
  return next_announcement_ms_ - commit_ms_;
}

void SyncHub::wake_ledger() {
  posted_ = 0;
  if (std::exchange(expects_answer_, false)) woken_ms_ = core_.now.monotonic_ms;
  if (core_.context.wake_ledger) core_.context.wake_ledger();
}

std::optional<codec::Bytes> SyncHub::pack(codec::Schema schema, const std::string& body) {
  const std::string_view schemas[] = {codec::name(schema)};
  const std::string text =
      codec::build_container(core_.context.node_key, core_.now.unix_ms, schemas, body);
  output_left_ -= static_cast<std::int64_t>(text.size());
  const std::size_t bound = encoder_.frame_bound(text.size());
  if (packing_.size() < bound) packing_.resize(bound);
  const auto packed = encoder_.pack(text, packing_);
  if (!packed) {
    core_.log.trouble("a " + std::string(codec::name(schema)) + " of " +
                          std::to_string(text.size()) +
                          " octets was not sent: " + std::string(codec::explain(packed.error())),
                      core_.now.monotonic_ms);
    return std::nullopt;
  }
  return *packed;
}

void SyncHub::seal(Connection& connection, codec::Bytes packed) {
  std::uint8_t* frame = sender_.reserve(connection, codec::frame_bytes(packed.size()));
  codec::seal_frame(connection.session->session.next_send_key(core_.scratch), packed, frame);
  ++core_.counters.frames_out;
}

PackCache& SyncHub::cache_of(std::uint64_t line) {
  return line + kNearLines < head_ ? far_ : near_;
}

bool SyncHub::send_journal_update(Connection& connection, std::string_view since_text,
                                  std::uint64_t first, std::uint64_t count) {
  if (!has_room(connection)) return false;
  const PackCache::Key key{PackCache::Key::Kind::kUpdate, first, count, since_text};
  PackCache& cache = cache_of(first);
  if (const codec::ByteVector* packed = cache.find(key)) {
    seal(connection, *packed);
    return true;
  }
  std::vector<codec::JournalEntry> entries;
  entries.reserve(count);
  for (std::uint64_t line = first; line < first + count; ++line) {
    entries.push_back(reader_.journal_entry(line));
  }
  const auto packed =
      pack(codec::Schema::kJournalUpdate, codec::journal_update_body(since_text, entries));
  if (!packed) return true;
  cache.put(key, *packed);
  seal(connection, *packed);
  return true;
}

bool SyncHub::send_resource_answer(Connection& connection, codec::ResponseStatus status,
                                   std::optional<std::string_view> request,
                                   const codec::Identifier* content) {
  if (!has_room(connection)) return false;
  const auto answer = [&](codec::ResponseStatus answered, std::string_view text) {
    const auto packed = pack(codec::Schema::kResourceResponse,
                             codec::resource_response_body(answered, request, text));
    if (packed) seal(connection, *packed);
    return packed.has_value();
  };
  if (content == nullptr) {
    answer(status, {});
    return true;
  }
  const auto stored = reader_.find(*content);
  // What does not fit a frame is unavailable (SYN-8: 404 for any reason).
  if (!stored || stored->replaced || !answer(status, stored->container)) {
    answer(codec::ResponseStatus::kNotFound, {});
  }
  return true;
}

bool SyncHub::push_resource(Connection& connection, std::uint64_t line) {
  if (!has_room(connection)) return false;
  const PackCache::Key key{PackCache::Key::Kind::kPush, line, 1, {}};
  PackCache& cache = cache_of(line);
  if (const codec::ByteVector* packed = cache.find(key)) {
    seal(connection, *packed);
    return true;
  }
  const auto stored = reader_.find(reader_.journal_entry(line).resource);
  if (!stored) return true;
  const auto packed =
      pack(codec::Schema::kResourceResponse,
           codec::resource_response_body(std::nullopt, std::nullopt, stored->container));
  if (!packed) return true;
  cache.put(key, *packed);
  seal(connection, *packed);
  return true;
}

}  // namespace sdmp::shard
