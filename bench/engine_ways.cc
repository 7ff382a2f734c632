// ways/<load>/<way>: what the kernel offers beside what the engine uses, each over the same raw
// ring: only the one thing differs from "plain". The load is an echo of 1 KiB on 64 connections, or
// a request of 64 frames of 1 KiB sent at once on each of 8 connections.
#include <string>

#include "bench/engine_racers.h"

namespace sdmp::bench {

void register_ways() {
  const EngineLoad echo{.connections = 64, .octets = 1024};
  const auto of_echo = [&echo](const char* name, const RawWay& way) {
    return raw_way(std::string("ways/echo/") + name, echo, way);
  };
  register_race(
      {of_echo("plain", {}), engine_way("ways/echo/engine", echo),
       of_echo("no-defer-taskrun", {.defer = false}),
       of_echo("regular-descriptors", {.sockets = Sockets::kRegular}),
       of_echo("bundles", {.bundle = true}),
       of_echo("incremental", {.incremental = true, .buffers = 32, .buffer_bytes = 256 * 1024}),
       of_echo("zero-copy", {.zero_copy = true}), of_echo("min-wait-20us", {.min_wait_us = 20}),
       of_echo("min-wait-100us", {.min_wait_us = 100})});

  const EngineLoad stream{.connections = 8, .octets = 1024, .burst = 64};
  const auto of_stream = [&stream](const char* name, const RawWay& way) {
    return raw_way(std::string("ways/stream/") + name, stream, way);
  };
  register_race(
      {of_stream("plain", {}), of_stream("bundles", {.bundle = true}),
       of_stream("bundles-4k", {.bundle = true, .buffers = 2048, .buffer_bytes = 4096}),
       of_stream("incremental", {.incremental = true, .buffers = 32, .buffer_bytes = 256 * 1024}),
       of_stream("buffers-64k", {.buffers = 128, .buffer_bytes = 64 * 1024})});
}

}  // namespace sdmp::bench
