// Real processes for the integration tests: spawned, fed, read to the end, ended by pid.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace sdmp::integration {

struct RunResult {
  int exit_code;  // 128 + signal when a signal ended it
  std::string out;
  std::string err;
};

// Runs a program of the build (by its name in bin/) to its end.
RunResult run(const std::string& program, const std::vector<std::string>& arguments,
              const std::string& input = "");

// A program that goes on: its standard error can be waited on. The destructor ends it.
class Process {
 public:
  Process(const std::string& program, const std::vector<std::string>& arguments);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  // Reads standard error until a line contains `text`; that line. nullopt when the program ends
  // or the deadline passes first.
  std::optional<std::string> wait_for_line(
      const std::string& text, std::chrono::seconds deadline = std::chrono::seconds(20));
  void signal(int number);
  // Waits for its end; the exit code as in RunResult.
  int wait();
  const std::string& log() const { return log_; }

 private:
  pid_t pid_ = -1;
  int err_ = -1;
  std::string log_;
  std::size_t searched_ = 0;
};

// A fresh directory, removed at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A home made by `sdmp init`, and what tests do with it through the programs.
class TestHome {
 public:
  TestHome(const TemporaryDirectory& directory, const std::string& name,
           const std::string& suite = "modern");

  const std::string& path() const { return path_; }
  const std::string& user() const { return user_; }
  const std::string& node() const { return node_; }
  // Trusts the users of other homes; expects success.
  void trust(const std::vector<const TestHome*>& others) const;
  // `sdmp COMMAND... --home HOME`.
  RunResult sdmp(std::vector<std::string> arguments, const std::string& input = "") const;
  std::string bundle() const;  // a file
  // The URIs printed.
  std::vector<std::string> publish_lines(const std::vector<std::string>& lines) const;
  std::vector<std::string> log() const;  // the journal's lines

 private:
  std::string path_;
  std::string user_;
  std::string node_;
};

// sdmpd on a home, ready, on an ephemeral loopback port.
class Daemon {
 public:
  explicit Daemon(const TestHome& home, const std::string& listen = "127.0.0.1:0",
                  std::vector<std::string> extra = {});
  const std::string& address() const { return address_; }
  Process& process() { return process_; }

 private:
  Process process_;
  std::string address_;
};

std::vector<std::string> split_lines(const std::string& text);
// A whole file; empty when it is not there.
std::string read_all(const std::filesystem::path& path);

}  // namespace sdmp::integration
