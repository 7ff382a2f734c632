// Programs of this build that sdmp-load starts: `sdmp` to set a home up, `sdmpd` to serve.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "engine/relay/file.h"
#include "engine/relay/outcome.h"

namespace sdmp::tools {

// A program beside this one, by name. An error when it is not there.
relay::Outcome<std::string> sibling_program(const std::string& name);

// Its standard output, when it succeeds; otherwise what it wrote to standard error.
relay::Outcome<std::string> run_program(const std::vector<std::string>& command);

// A program that goes on, in a process group of its own so that a Ctrl-C at the terminal is not for
// it. The destructor ends it with SIGTERM and waits.
class ChildProcess {
 public:
  // `cores`: where it may run; empty: anywhere.
  static relay::Outcome<ChildProcess> start(const std::vector<std::string>& command,
                                            const std::vector<int>& cores);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  // The first line of its standard error that contains `text`. An error when it ends or the time is
  // over before: all that it wrote.
  relay::Outcome<std::string> wait_for_line(const std::string& text,
                                            std::chrono::milliseconds limit);
  // Throws away what it has written since, so that it never waits for us.
  void drain_output();

 private:
  ChildProcess(pid_t pid, relay::UniqueFd errors) : pid_(pid), errors_(std::move(errors)) {}
  pid_t pid_;
  relay::UniqueFd errors_;  // the child's standard error
};

}  // namespace sdmp::tools
