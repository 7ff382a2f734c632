#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include <fmt/format.h>
#include <poll.h>

#include "bench/peers/failure.h"
#include "bench/peers/pace.h"
#include "bench/peers/runs.h"
#include "bench/peers/session.h"
#include "bench/peers/stopwatch.h"

namespace sdmp::bench::peers {
namespace {

constexpr std::chrono::seconds kLongestSilence{10};

class MessageRun {
 public:
  MessageRun(const Target& target, const MessageOptions& options)
      : options_(options),
        trust_(target.certificate_file),
        tally_(options.publishers, options.subscribers, options.octets, options.in_flight),
        credits_(options.publishers, options.in_flight),
        pace_(options.per_second) {
    for (std::size_t i = 0; i < options.publishers + options.subscribers; ++i) {
      const bool subscribes = i >= options.publishers;
      Session& session = sessions_.emplace_back(
          trust_, target.address,
          make_wire(options.kind, options.quality, fmt::format("session-{}", i)), subscribes);
      polled_.push_back({session.connection().descriptor(), POLLIN, 0});
    }
  }

  // Publishes `count` messages, shared out among the publishers, and waits until all have arrived.
  void publish(std::uint64_t count) {
    unpublished_.assign(options_.publishers, count / options_.publishers);
    for (std::size_t i = 0; i < count % options_.publishers; ++i) ++unpublished_[i];
    pace_.begin(Pace::Clock::now());
    while (!done()) {
      for (std::size_t i = 0; i < options_.publishers; ++i) use_credits(i);
      flush_all();
      await();
      for (std::size_t i = 0; i < sessions_.size(); ++i) {
        if (polled_[i].revents & (POLLIN | POLLHUP | POLLERR)) receive(i);
      }
    }
  }

  const Verified& verified() const { return tally_.verified(); }

 private:
  bool done() const {
    const Verified& verified = tally_.verified();
    if (verified.corrupt > 0 || verified.duplicated > 0) {
      throw Failure(fmt::format("{} deliveries were not what was published, {} came twice or late",
                                verified.corrupt, verified.duplicated));
    }
    return verified.missing() == 0 && unacknowledged_ == 0 &&
           std::ranges::all_of(unpublished_, [](std::uint64_t left) { return left == 0; });
  }

  bool may_publish(std::size_t publisher) const {
    return credits_[publisher] > 0 && unpublished_[publisher] > 0;
  }

  void use_credits(std::size_t publisher) {
    Session& session = sessions_[publisher];
    while (may_publish(publisher) && pace_.due(Pace::Clock::now())) {
      session.wire().publish(session.connection().out(), tally_.next_payload(publisher));
      --credits_[publisher];
      --unpublished_[publisher];
      pace_.published();
      if (session.wire().acknowledges()) ++unacknowledged_;
    }
  }

  void receive(std::size_t index) {
    const Events& events = sessions_[index].receive();
    unacknowledged_ -= events.acknowledged;
    for (const std::string_view payload : events.deliveries) {
      const auto publisher = tally_.delivered(index - options_.publishers, payload);
      if (!publisher) continue;
      ++credits_[*publisher];
    }
  }

  void flush_all() {
    for (std::size_t i = 0; i < sessions_.size(); ++i) {
      TlsConnection& connection = sessions_[i].connection();
      if (connection.wants_to_write()) connection.flush();
      polled_[i].events =
          static_cast<short>(connection.wants_to_write() ? POLLIN | POLLOUT : POLLIN);
    }
  }

  // For what comes, or for the next message to be due.
  void await() {
    bool publishes = false;
    for (std::size_t i = 0; i < options_.publishers; ++i) publishes = publishes || may_publish(i);
    const Pace::Clock::duration patience =
        publishes ? pace_.until_next(Pace::Clock::now()) : kLongestSilence;
    const timespec time{patience / std::chrono::seconds(1),
                        std::chrono::nanoseconds(patience % std::chrono::seconds(1)).count()};
    const int ready = ppoll(polled_.data(), polled_.size(), &time, nullptr);
    if (ready < 0) throw Failure(fmt::format("ppoll: {}", std::strerror(errno)));
    if (ready > 0 || publishes) return;
    throw Failure(
        fmt::format("nothing came for ten seconds: {} of {} deliveries are missing, {}"
                    " publications are not acknowledged",
                    verified().missing(), verified().expected, unacknowledged_));
  }

  const MessageOptions& options_;
  TlsTrust trust_;
  Tally tally_;
  std::vector<Session> sessions_;  // the publishers, then the subscribers
  std::vector<pollfd> polled_;     // in the same order
  std::vector<std::uint64_t> unpublished_;
  std::vector<std::size_t> credits_;
  Pace pace_;
  std::uint64_t unacknowledged_ = 0;
};

}  // namespace

MessageResult run_messages(const Target& target, const MessageOptions& options) {
  if (options.publishers == 0 || options.subscribers == 0 || options.in_flight == 0) {
    throw Failure("publishers, subscribers and in-flight must be one at least");
  }
  MessageRun run(target, options);
  run.publish(options.warm_up);
  const Stopwatch watch(target.server);
  run.publish(options.count);
  return {run.verified(), options.count, options.count * options.subscribers, watch.stop()};
}

}  // namespace sdmp::bench::peers
