#include "engine/relay/control_dial.h"

#include <cerrno>
#include <mutex>
#include <optional>

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "codec/json.h"
#include "engine/relay/file.h"

namespace sdmp::relay {

// What a shard says, kept until the client's thread reads it. Shared: an event may be on its way
// when the dial has ended. Progress is a state, not a queue: only the newest counts.
struct ControlDial::Feed {
  struct News {
    std::optional<codec::Fingerprint> established;
    std::optional<protocol::SyncProgress> progress;
    std::optional<std::string> ended;
  };

  UniqueFd changed{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::mutex mutex;
  News news;

  template <class Change>
  void note(Change change) {
    const std::lock_guard lock(mutex);
    change(news);
    eventfd_write(changed.get(), 1);
  }
  News take() {
    const std::lock_guard lock(mutex);
    eventfd_t ignored = 0;
    eventfd_read(changed.get(), &ignored);
    return std::exchange(news, {});
  }
};

std::string progress_members(const protocol::SyncProgress& progress) {
  return fmt::format(R"("received":{},"delivered":{},"acknowledged":{},)"
                     R"("wanted":{},"refused":{},"forked":{},"complete":{})",
                     progress.received, progress.delivered, progress.acknowledged, progress.wanted,
                     progress.refused, progress.forked, progress.complete());
}

std::string round_answer(const SyncRound& round, const std::string& address,
                         std::int64_t timeout_ms) {
  const auto conclusion = round.conclusion(address, timeout_ms);
  if (conclusion) return R"({"ok":true,)" + progress_members(round.progress) + "}";
  std::string answer = R"({"ok":false,"error":)";
  codec::json::append_string(conclusion.error(), answer);
  if (round.peer) answer += "," + progress_members(round.progress);
  return answer + "}";
}

Outcome<std::string> ControlDial::run(const PeerAddress& peer, bool watch,
                                      std::int64_t timeout_ms) {
  auto feed = std::make_shared<Feed>();
  if (!feed->changed) return std::unexpected("the system refuses a descriptor; try again later");
  DialEvents events;
  events.established = [feed](const codec::Fingerprint& node) {
    feed->note([&](Feed::News& news) { news.established = node; });
  };
  events.progress = [feed](const protocol::SyncProgress& progress) {
    feed->note([&](Feed::News& news) { news.progress = progress; });
  };
  events.ended = [feed](const std::string& words) {
    feed->note([&](Feed::News& news) { news.ended = words; });
  };
  const auto dial_id = node_.dial(peer, watch, true, std::move(events));
  if (!dial_id) return std::unexpected(dial_id.error());
  auto answer = follow(*feed, peer, watch, timeout_ms);
  node_.end_dial(*dial_id);
  return answer;
}

Outcome<std::string> ControlDial::follow(Feed& feed, const PeerAddress& peer, bool watch,
                                         std::int64_t timeout_ms) {
  SyncRound round;
  while (watch || !round.over()) {
    pollfd waits[3] = {{feed.changed.get(), POLLIN, 0},
                       {stop_fd_, POLLIN, 0},
                       {client_fd_, POLLIN | POLLRDHUP, 0}};
    const int ready = poll(waits, 3, watch ? -1 : static_cast<int>(round.patience_ms(timeout_ms)));
    if (ready < 0 && errno == EINTR) continue;
    if (waits[1].revents != 0) return std::unexpected("the node is stopping");
    // One request at a time: a client that writes before it has its answer has changed its mind.
    if (waits[2].revents != 0) return std::unexpected("ended by the client");
    if (ready <= 0) break;
    if (!pass_on(feed, round, watch)) return std::unexpected("ended by the client");
  }
  return round_answer(round, peer.address.text(), timeout_ms);
}

bool ControlDial::pass_on(Feed& feed, SyncRound& round, bool watch) {
  const Feed::News news = feed.take();
  if (news.established) {
    round.peer = news.established;
    const std::string node = news.established->text();
    if (!send_(fmt::format(R"({{"event":"established","node":"{}"}})", node))) return false;
  }
  if (news.progress) {
    round.progress = *news.progress;
    if (!send_(R"({"event":"progress",)" + progress_members(round.progress) + "}")) return false;
  }
  if (!news.ended) return true;
  round.ended = news.ended;
  if (!watch) return true;
  std::string line = R"({"event":"ended","words":)";
  codec::json::append_string(*news.ended, line);
  return send_(line + "}");
}

}  // namespace sdmp::relay
