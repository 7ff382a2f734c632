// A server of bench_engine over the engine's own rings.
#include <vector>

#include "bench/engine_server_io.h"
#include "codec/check.h"
#include "engine/ring/ring_set.h"

namespace sdmp::bench {
namespace {

using ring::Op;

class EngineIo final : public ServerIo {
 public:
  EngineIo(ring::RingSet rings, std::uint32_t connections, std::size_t output_bytes,
           std::uint32_t ring_count)
      : rings_(std::move(rings)),
        ring_count_(ring_count),
        output_bytes_(output_bytes),
        outputs_(output_bytes * kOutputs * connections) {}

  void enable() override {
    rings_.enable();
    rings_.waker().arm(rings_.first());
    while (rings_.size() < ring_count_) SDMP_CHECK(rings_.open().has_value());
  }

  void accept(int listener, std::uint32_t connections) override {
    while (sockets_.size() < connections) {
      const std::size_t number = sockets_.size();
      rings_.at(number % rings_.size()).accept_one({0, 0, Op::kAccept}, listener);
      while (sockets_.size() == number) {
        for (const ring::Completion& completion : rings_.wait(std::nullopt)) {
          if (completion.data.op != Op::kAccept) continue;
          SDMP_CHECK(completion.result >= 0);
          sockets_.push_back(rings_.at(completion.ring).accepted(completion));
        }
      }
    }
    for (std::uint32_t i = 0; i < connections; ++i) receive(i);
  }

  codec::MutableBytes output(std::uint32_t connection, std::uint32_t number) override {
    return codec::MutableBytes(outputs_).subspan((connection * kOutputs + number) * output_bytes_,
                                                 output_bytes_);
  }

  void send(std::uint32_t connection, codec::Bytes bytes) override {
    rings_.of(sockets_[connection]).send({connection, 0, Op::kSend}, sockets_[connection], bytes);
  }

  void turn(Service& service) override {
    for (const std::uint32_t connection : to_arm_) receive(connection);
    to_arm_.clear();
    for (const ring::Completion& completion : rings_.wait(std::nullopt)) {
      complete(completion, service);
    }
  }

 private:
  void receive(std::uint32_t connection) {
    rings_.receive({connection, 0, Op::kReceive}, sockets_[connection]);
  }

  void complete(const ring::Completion& completion, Service& service) {
    const std::uint32_t connection = completion.data.slot;
    switch (completion.data.op) {
      case Op::kWake:
        rings_.waker().arm(rings_.first());
        return;
      case Op::kSend:
        service.on_sent(connection);
        return;
      case Op::kReceive:
        break;
      default:
        return;
    }
    if (completion.result > 0) service.on_input(connection, rings_.received(completion));
    rings_.recycle(completion);
    if (completion.result > 0 ? !completion.more : completion.result == -ENOBUFS) {
      to_arm_.push_back(connection);
    } else if (completion.result <= 0) {
      rings_.of(sockets_[connection]).close({ring::kNobody, 0, Op::kClose}, sockets_[connection]);
      service.on_end(connection);
    }
  }

  ring::RingSet rings_;
  std::uint32_t ring_count_;
  std::size_t output_bytes_;
  codec::ByteVector outputs_;
  std::vector<ring::Handle> sockets_;
  std::vector<std::uint32_t> to_arm_;  // a receive of theirs has ended
};

}  // namespace

MadeServerIo make_engine_io(std::uint32_t connections, std::size_t output_bytes,
                            std::uint32_t rings, Sockets sockets) {
  const std::uint32_t places = sockets == Sockets::kDirect ? connections + 16 : 0;
  auto made = ring::RingSet::create({.ring = {.direct_sockets = places}, .further_buffers = 512});
  if (!made) return std::unexpected(made.error());
  if (places > 0 && made->first().direct_sockets() == 0) {
    return std::unexpected("this kernel's tables of direct descriptors are not fit for sockets");
  }
  return std::make_unique<EngineIo>(*std::move(made), connections, output_bytes, rings);
}

}  // namespace sdmp::bench
