// What is logged, in memory: the default logger writes there while a Captured lives.
#pragma once

#include <memory>
#include <sstream>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

namespace sdmp::ring::testing {

// Thread rule: `text` may be read when nobody logs any more.
struct Captured {
  Captured() : previous(spdlog::default_logger()) {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text);
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink));
  }
  ~Captured() { spdlog::set_default_logger(previous); }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;

  std::ostringstream text;
  std::shared_ptr<spdlog::logger> previous;
};

}  // namespace sdmp::ring::testing
