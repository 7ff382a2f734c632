#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <iostream>
#include <new>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codec/json.h"
#include "engine/relay/lost_store.h"
#include "tools/sdmp/commands.h"

namespace sdmp::tools {
namespace {

// What a process gets that reads a damaged page as an intact one, or meets an assertion of LMDB.
constexpr std::array kFatal = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};

class SharedLine {
 public:
  SharedLine() {
    void* memory = mmap(nullptr, sizeof(std::atomic<std::uint64_t>), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED) line_ = new (memory) std::atomic<std::uint64_t>(0);
  }
  ~SharedLine() {
    if (line_ != nullptr) munmap(line_, sizeof *line_);
  }
  SharedLine(const SharedLine&) = delete;
  SharedLine& operator=(const SharedLine&) = delete;

  std::atomic<std::uint64_t>* get() const { return line_; }

 private:
  std::atomic<std::uint64_t>* line_ = nullptr;
};

int report_fault(const VerifyCommand& command, std::uint64_t line, const std::string& fault) {
  if (command.json) {
    std::string quoted;
    codec::json::append_string(fault, quoted);
    std::cout << R"({"faulty_line":)" << line << R"(,"fault":)" << quoted << "}\n";
  }
  return fail("journal line " + std::to_string(line) + ": " + fault +
              "; everything before it is intact");
}

int walk(const VerifyCommand& command, const store::VerifyOptions& options) {
  auto opened = open_home(command.home);
  if (!opened) return fail(opened.error());
  const auto report = store::verify(*opened->store, options);
  if (report.faulty_line) return report_fault(command, *report.faulty_line, report.fault);
  if (!options.signatures) return 0;
  if (const auto lost = relay::lost_identities(opened->home, *opened->reader)) return fail(*lost);
  if (command.json) {
    std::cout << R"({"lines":)" << report.lines << R"(,"resources":)" << report.resources << "}\n";
  } else {
    std::cout << "intact: " << report.lines << " journal lines, " << report.resources
              << " resources\n";
  }
  return 0;
}

// The status of a process of its own that walked; nullopt (told) when there was none.
std::optional<int> walk_apart(const VerifyCommand& command, const store::VerifyOptions& options) {
  std::cout.flush();
  const pid_t child = fork();
  if (child == 0) {
    for (const int fatal : kFatal) std::signal(fatal, SIG_DFL);
    const rlimit no_core{};
    setrlimit(RLIMIT_CORE, &no_core);
    const int code = walk(command, options);
    std::cout.flush();
    _exit(code);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) {
    fail(std::string("cannot start a process to read the store in: ") + std::strerror(errno));
    return std::nullopt;
  }
  return status;
}

bool broke_off(int status) {
  return WIFSIGNALED(status) && std::ranges::find(kFatal, WTERMSIG(status)) != kFatal.end();
}

}  // namespace

int run_verify(const VerifyCommand& command) {
  const SharedLine line;
  if (line.get() == nullptr) return fail(std::string("no memory: ") + std::strerror(errno));
  auto status = walk_apart(command, {.signatures = true, .at_line = line.get()});
  if (!status) return 1;
  if (broke_off(*status) && *line.get() == 0) {
    // It ended among the resources, before the first line: the journal may say which line's it was.
    status = walk_apart(command, {.signatures = false, .at_line = line.get()});
    if (!status) return 1;
    if (WIFEXITED(*status) && WEXITSTATUS(*status) == 0) {
      return report_fault(command, 0,
                          "the table resources cannot be read as a whole, though all "
                          "lines of the journal have theirs");
    }
  }
  if (WIFEXITED(*status)) return WEXITSTATUS(*status);
  if (!broke_off(*status)) {
    return fail(fmt::format("it was ended ({})", strsignal(WTERMSIG(*status))));
  }
  return report_fault(
      command, *line.get(),
      fmt::format("the store's file is so damaged that reading it breaks off ({}) here or in a "
                  "table behind it",
                  strsignal(WTERMSIG(*status))));
}

}  // namespace sdmp::tools
