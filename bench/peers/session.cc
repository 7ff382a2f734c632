#include "bench/peers/session.h"

#include <poll.h>

#include "bench/peers/failure.h"

namespace sdmp::bench::peers {

Session::Session(const TlsTrust& trust, const std::string& address, std::unique_ptr<Wire> wire,
                 bool subscribe)
    : connection_(std::make_unique<TlsConnection>(trust, address)), wire_(std::move(wire)) {
  if (wire_->greets_in_the_clear()) connection_->skip_clear_line();
  connection_->shake_hands();
  connection_->set_non_blocking();
  wire_->hello(connection_->out());
  await_ready();
  if (!subscribe) return;
  wire_->subscribe(connection_->out());
  await_ready();
}

const Events& Session::receive() {
  events_.clear();
  connection_->fill();
  const std::string_view in = connection_->in();
  connection_->consume(wire_->parse(in, connection_->out(), events_));
  return events_;
}

void Session::await_ready() {
  constexpr int kLongestWaitMs = 10000;
  connection_->flush();
  while (receive().ready == 0) {
    pollfd waiting{connection_->descriptor(), POLLIN, 0};
    if (poll(&waiting, 1, kLongestWaitMs) == 0) throw Failure("the server does not answer");
  }
}

}  // namespace sdmp::bench::peers
