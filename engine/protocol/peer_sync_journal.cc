// Reading the peer's journal: SYN-2 ... SYN-5, JRN-4, JRN-6, and gaps and forks as P-SYN has them.
#include <algorithm>

#include "engine/protocol/peer_sync_active.h"

namespace sdmp::protocol {
namespace {

bool chain_holds(std::span<const codec::JournalEntry> entries) {
  for (std::size_t i = 1; i < entries.size(); ++i) {
    if (entries[i].number != codec::number_after(entries[i - 1])) return false;
  }
  return true;
}

}  // namespace

void Round::disturb() {
  barrier_passed = false;
  barrier_due = true;
}

void Round::barrier_answered() {
  if (!barrier_out) return;
  barrier_out = false;
  if (peer_asked) barrier_due = true;
  barrier_passed = !barrier_due;
}

// Read once and then kept: the store may be behind what was applied in this session.
PeerCursor& PeerSync::Active::known() {
  if (!cursor) cursor = sync.host_.peer_cursor();
  return *cursor;
}

void PeerSync::Active::take_update(const codec::JournalUpdate& update) {
  const PeerCursor& cursor_now = known();
  // Answers and broadcasts look alike (P-SYN): `since` tells. A peer that does not know our last
  // line answers from its beginning instead.
  const bool from_beginning = update.since == codec::since_beginning(sync.peer_);
  const bool answer =
      asked && (update.since == *asked ||
                (from_beginning && !probe && cursor_now.last && *asked == cursor_now.last->number));
  if (answer) ask_attempts = 0;
  if (cursor_now.forked) {
    ++sync.counters_.messages_ignored;
    if (answer) {
      asked.reset();
      sync.peer_journal_read_ = update.entries.empty();
      if (round) round->barrier_answered();
    }
    return;
  }
  if (update.entries.empty()) {
    if (answer) take_nothing_new();
    return;
  }
  // Not taken for the answer: that one may still come.
  if (!chain_holds(update.entries)) {
    ++sync.counters_.updates_broken;
    return;
  }
  if (from_beginning && update.entries.front().number != codec::number_after(sync.peer_)) {
    mark_forked();
    return;
  }
  locate(update, answer);
}

// Finds the place of our last known line in an update whose chain holds.
void PeerSync::Active::locate(const codec::JournalUpdate& update, bool answer) {
  const std::span<const codec::JournalEntry> entries(update.entries);
  const PeerCursor& cursor_now = known();
  const bool reading = answer || probe;
  if (!cursor_now.last) {
    if (update.since == codec::since_beginning(sync.peer_)) {
      apply(entries, reading);
    } else {
      mark_gap();
    }
    return;
  }
  const codec::JournalEntry last = *cursor_now.last;
  if (update.since == last.number) {
    if (entries.front().number != codec::number_after(last)) return mark_forked();
    return apply(entries, reading);
  }
  const auto same = std::ranges::find(entries, last.number, &codec::JournalEntry::number);
  if (same != entries.end()) {
    if (*same != last) return mark_forked();
    return apply(entries.subspan(static_cast<std::size_t>(same - entries.begin()) + 1), reading);
  }
  if (!answer) return mark_gap();
  if (probe && entries.front().number != codec::number_after(*probe)) return mark_forked();
  // The peer does not know our line, or has a cap: it may still turn up further on.
  step_probe(entries.back());
}

void PeerSync::Active::take_nothing_new() {
  asked.reset();
  // The peer's journal ends and our last known line was not in it.
  if (probe) return mark_forked();
  sync.peer_journal_read_ = true;
  if (round) round->barrier_answered();
}

void PeerSync::Active::step_probe(const codec::JournalEntry& line) {
  probe = line;
  asked.reset();
  request_due = true;
}

void PeerSync::Active::mark_gap() {
  ++sync.counters_.updates_gap;
  sync.peer_journal_read_ = false;
  if (!asked && !starved) request_due = true;
}

void PeerSync::Active::mark_forked() {
  probe.reset();
  asked.reset();
  request_due = false;
  starved = false;
  ++sync.counters_.journals_forked;
  sync.forked_ = true;
  known().forked = true;
  ++progress_posts;
  sync.host_.store_progress(known(), {});
}

// `reading`: this came because we asked, so that the next part is asked for.
void PeerSync::Active::apply(std::span<const codec::JournalEntry> entries, bool reading) {
  const bool probed = probe.has_value();
  probe.reset();
  if (reading) asked.reset();
  if (entries.empty()) {
    if (!reading) return;
    if (probed) {
      request_due = true;
    } else {
      take_nothing_new();
    }
    return;
  }
  std::vector<Wanted> fresh;
  const std::size_t count = admit(entries, fresh);
  if (count > 0) {
    PeerCursor& cursor_now = known();
    cursor_now.last = entries[count - 1];
    cursor_now.position += count;
    ++progress_posts;
    sync.host_.store_progress(cursor_now, std::move(fresh));
  }
  if (count < entries.size()) {
    starved = true;
    sync.peer_journal_read_ = false;
  } else if (reading) {
    request_due = true;
  }
}

// How many of the entries there is room for; `fresh` gets those of them that we do not hold.
std::size_t PeerSync::Active::admit(std::span<const codec::JournalEntry> entries,
                                    std::vector<Wanted>& fresh) {
  if (first_load) return 0;
  std::size_t count = 0;
  for (const codec::JournalEntry& entry : entries) {
    const bool missing = entry.publisher != sync.self_ && !wanted.contains(entry.resource) &&
                         sync.host_.holding(entry.publisher, entry.resource) == Holding::kAbsent;
    if (missing) {
      const Wanted resource{entry.publisher, entry.resource};
      if (may_request(entry.publisher)) {
        if (wanted.size() >= kWantedMax) return count;
        wanted.insert(entry.resource);
        queue.push_back(resource);
        fresh.push_back(resource);
      } else if (sync.refused_ < kRefusedMax) {
        ++sync.refused_;
        ++refused_so_far;
        fresh.push_back(resource);
      }
    }
    if (round) {
      const auto delivered = round->delivered.find(entry.resource);
      if (delivered != round->delivered.end() && !delivered->second) {
        delivered->second = true;
        ++round->acknowledged;
      }
    }
    ++count;
  }
  return count;
}

bool PeerSync::Active::send_journal_request(Now now) {
  if (starved && !asked && !first_load && wanted.size() <= kWantedMax / 2) {
    starved = false;
    request_due = true;
  }
  return !request_due || send_since(now);
}

bool PeerSync::Active::send_since(Now now) {
  codec::LineNumber since = codec::since_beginning(sync.peer_);
  if (probe) {
    since = probe->number;
  } else if (known().last) {
    since = known().last->number;
  }
  if (!sync.host_.send_journal_request(since)) return false;
  request_due = false;
  asked = since;
  asked_deadline_ms = now.monotonic_ms + kRequestTimeoutMs;
  sync.peer_journal_read_ = false;
  return true;
}

bool PeerSync::Active::send_barrier(Now now) {
  if (!round || !round->barrier_due || asked || starved || !answers.empty()) return true;
  if (!send_since(now)) return false;
  round->barrier_due = false;
  round->barrier_out = true;
  round->peer_asked = false;
  return true;
}

void PeerSync::Active::expire_journal_request(Now now) {
  if (!asked || now.monotonic_ms < asked_deadline_ms) return;
  ++sync.counters_.requests_timed_out;
  asked.reset();
  if (++ask_attempts < kJournalRequestAttemptsMax) {
    request_due = true;
  } else {
    ask_attempts = 0;
    probe.reset();
  }
}

}  // namespace sdmp::protocol
