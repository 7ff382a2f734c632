#include "tools/sdmp-load/outputs.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <utility>

#include <signal.h>
#include <unistd.h>

#include "engine/load/html_report.h"
#include "engine/load/json_report.h"
#include "engine/load/text_report.h"
#include "engine/relay/file.h"
#include "engine/relay/stop_signals.h"

namespace sdmp::tools {
namespace {

std::unexpected<std::string> cannot_write(const std::string& path) {
  return std::unexpected(path + " cannot be written: " + std::strerror(errno));
}

// Where it is written first: a file is replaced as a whole or stays as it was. What is none, a pipe
// or a terminal, is written at once.
std::string draft_of(const std::string& path) {
  std::error_code error;
  const auto type = std::filesystem::status(path, error).type();
  const bool is_file =
      type == std::filesystem::file_type::regular || type == std::filesystem::file_type::not_found;
  return is_file ? path + ".new" : path;
}

std::expected<void, std::string> write(const std::string& path, const std::string& text) {
  const std::string draft = draft_of(path);
  std::ofstream out(draft, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (out && (draft == path || std::rename(draft.c_str(), path.c_str()) == 0)) return {};
  const auto failed = cannot_write(path);
  std::error_code ignored;
  if (draft != path) std::filesystem::remove(draft, ignored);
  return failed;
}

}  // namespace

bool wait_ms(int ms) {
  const sigset_t signals = relay::stop_signals();
  const timespec time{ms / 1000, ms % 1000 * 1'000'000L};
  return sigtimedwait(&signals, nullptr, &time) > 0;
}

Progress::Progress(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

void Progress::show(const load::Interval& interval, const std::string& counted) {
  if (quiet_) return;
  if (!std::exchange(has_head_, true)) std::cerr << load::progress_head(counted) << std::endl;
  const std::string line = load::progress_line(interval);
  if (terminal_) {
    std::cerr << "\r\x1b[K" << line << std::flush;
    open_ = true;
  } else {
    std::cerr << line << std::endl;
  }
}

void Progress::end() {
  if (open_) std::cerr << std::endl;
  open_ = false;
}

std::string explain_refusal(load::ErrorKind kind, int error) {
  switch (kind) {
    case load::ErrorKind::kConnect:
      return "no connection (" + relay::system_error_text(error) + ")" +
             (error == ECONNREFUSED ? ": is a node running there?" : "");
    case load::ErrorKind::kNoAddress:
      return "no descriptor or local port is left on this machine";
    case load::ErrorKind::kNope:
      return "the node refused us (`nope`): does it trust our nodes? There: sdmp trust add "
             "BUNDLE, the file that `sdmp-load prepare` made; and are both clocks right?";
    case load::ErrorKind::kNotSdmp:
      return "what answers there does not speak SDMP 0.10";
    case load::ErrorKind::kHandshake:
      return "the node that answers is not the one of --server, or its answer is not valid";
    case load::ErrorKind::kTimeout:
      return "no answer within --timeout";
    case load::ErrorKind::kClosed:
      return "the connection was closed without an answer";
    default:
      return "its answer is not valid";
  }
}

std::expected<void, std::string> check_outputs(const Options& options) {
  for (const std::string& path : {options.json, options.html, options.hgrm}) {
    if (path.empty()) continue;
    const std::string draft = draft_of(path);
    const std::ofstream out(draft, std::ios::binary | std::ios::app);
    if (!out) return cannot_write(path);
    std::error_code ignored;
    if (draft != path) std::filesystem::remove(draft, ignored);
  }
  return {};
}

std::expected<void, std::string> write_outputs(const Options& options, const load::Report& report,
                                               const load::Verdict& verdict) {
  std::expected<void, std::string> done;
  if (!options.json.empty()) done = write(options.json, load::json_report(report, verdict));
  if (done && !options.html.empty()) {
    done = write(options.html, load::html_report(report, verdict));
  }
  if (done && !options.hgrm.empty()) done = write(options.hgrm, report.stats.latency.hgrm());
  return done;
}

}  // namespace sdmp::tools
