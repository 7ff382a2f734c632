#include "engine/relay/logging.h"

#include <mutex>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace sdmp::relay {

void set_up_logging(const std::string& level) {
  static std::once_flag once;
  std::call_once(once, [] {
    auto logger =
        std::make_shared<spdlog::logger>("sdmp", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    // UTC, as everything else in this protocol.
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    spdlog::set_default_logger(std::move(logger));
  });
  const bool known =
      level == "trace" || level == "debug" || level == "warn" || level == "error" || level == "off";
  spdlog::set_level(known ? spdlog::level::from_str(level) : spdlog::level::info);
}

}  // namespace sdmp::relay
