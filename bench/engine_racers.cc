#include "bench/engine_racers.h"

#include <chrono>
#include <utility>

namespace sdmp::bench {
namespace {

class LoadedRacer final : public Racer {
 public:
  LoadedRacer(const EngineLoad& load, std::unique_ptr<ServerIo> io)
      : server_(load, std::move(io)), client_(load, listener_) {
    server_.start(listener_);
    // Everything is verified, and allocated, before anything is timed.
    client_.run(2);
  }

  Cost run(std::uint32_t scale) override {
    using Clock = std::chrono::steady_clock;
    const std::int64_t cpu_ns = server_.cpu_ns();
    const std::uint64_t turns = server_.turns();
    const auto begin = Clock::now();
    client_.run(scale);
    const std::chrono::duration<double, std::nano> wall = Clock::now() - begin;
    return {.operations = static_cast<double>(client_.operations(scale)),
            .server_ns = static_cast<double>(server_.cpu_ns() - cpu_ns),
            .wall_ns = wall.count(),
            .turns = static_cast<double>(server_.turns() - turns)};
  }

 private:
  Listener listener_;
  EngineServer server_;
  // Ends first: the server's thread goes on until its connections have ended.
  EngineClient client_;
};

std::size_t output_bytes(const EngineLoad& load) {
  return codec::frame_bytes(load.octets);
}

}  // namespace

Way loaded_way(std::string name, const EngineLoad& load,
               std::function<MadeServerIo(const EngineLoad& load)> make_io) {
  return {std::move(name), [load, make_io = std::move(make_io)]() -> MadeRacer {
            auto io = make_io(load);
            if (!io) return std::unexpected(io.error());
            return std::make_unique<LoadedRacer>(load, *std::move(io));
          }};
}

Way engine_way(std::string name, const EngineLoad& load, std::uint32_t rings, Sockets sockets) {
  return loaded_way(std::move(name), load, [rings, sockets](const EngineLoad& of) {
    return make_engine_io(of.connections, output_bytes(of), rings, sockets);
  });
}

Way raw_way(std::string name, const EngineLoad& load, const RawWay& way) {
  return loaded_way(std::move(name), load, [way](const EngineLoad& of) {
    return make_raw_io(of.connections, output_bytes(of), way);
  });
}

}  // namespace sdmp::bench
