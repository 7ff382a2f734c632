#include "tools/sdmp-load/child_process.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sdmp::tools {
namespace {

struct Pipe {
  relay::UniqueFd read_end;
  relay::UniqueFd write_end;
  bool open() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
    return true;
  }
};

void run_on(const std::vector<int>& cores) {
  if (cores.empty()) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : cores) CPU_SET(core, &set);
  sched_setaffinity(0, sizeof set, &set);
}

// In the child: never returns.
[[noreturn]] void become(const std::vector<std::string>& command, int out, int err) {
  std::vector<char*> argv;
  for (const auto& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const int null = ::open("/dev/null", O_RDWR);
  dup2(null, 0);
  dup2(out < 0 ? null : out, 1);
  dup2(err, 2);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execv(argv[0], argv.data());
  _exit(127);
}

std::string read_to_end(int fd) {
  std::string text;
  char buffer[65536];
  for (ssize_t n; (n = read(fd, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(n));
  }
  return text;
}

std::string system_words(const char* what) {
  return std::string(what) + ": " + std::strerror(errno);
}

}  // namespace

relay::Outcome<std::string> sibling_program(const std::string& name) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto path = self.parent_path() / name;
  if (error || !std::filesystem::exists(path)) {
    return std::unexpected("--self needs the program " + name + " beside this one (" +
                           path.string() + " is not there): build or install it too");
  }
  return path.string();
}

relay::Outcome<std::string> run_program(const std::vector<std::string>& command) {
  Pipe out;
  if (!out.open()) return std::unexpected(system_words("pipe"));
  // Errors go to a file of their own kind of memory: two pipes could fill up against each other.
  const relay::UniqueFd err(memfd_create("stderr", MFD_CLOEXEC));
  if (!err) return std::unexpected(system_words("memfd_create"));
  const pid_t pid = fork();
  if (pid < 0) return std::unexpected(system_words("fork"));
  if (pid == 0) become(command, out.write_end.get(), err.get());
  out.write_end.reset();
  std::string text = read_to_end(out.read_end.get());
  int status = 0;
  waitpid(pid, &status, 0);
  lseek(err.get(), 0, SEEK_SET);
  const std::string words = read_to_end(err.get());
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return std::unexpected(command[0] + " " + command[1] + " failed: " + words);
  }
  return text;
}

relay::Outcome<ChildProcess> ChildProcess::start(const std::vector<std::string>& command,
                                                 const std::vector<int>& cores) {
  Pipe err;
  if (!err.open()) return std::unexpected(system_words("pipe"));
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return std::unexpected(system_words("fork"));
  if (pid == 0) {
    setpgid(0, 0);
    // However this process ends, its relay does not stay behind; nor when it has ended already.
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(127);
    run_on(cores);
    become(command, -1, err.write_end.get());
  }
  return ChildProcess(pid, std::move(err.read_end));
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), errors_(std::move(other.errors_)) {}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) {
    kill(pid_, SIGTERM);
    // One that was stopped would not hear it.
    kill(pid_, SIGCONT);
    if (errors_) read_to_end(errors_.get());
    errors_.reset();
    waitpid(pid_, nullptr, 0);
  }
}

relay::Outcome<std::string> ChildProcess::wait_for_line(const std::string& text,
                                                        std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  std::string log;
  while (true) {
    std::size_t begin = 0;
    for (std::size_t newline; (newline = log.find('\n', begin)) != std::string::npos;
         begin = newline + 1) {
      const std::string line = log.substr(begin, newline - begin);
      if (line.find(text) != std::string::npos) return line;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    pollfd fd{errors_.get(), POLLIN, 0};
    char buffer[4096];
    if (left.count() <= 0 || poll(&fd, 1, static_cast<int>(left.count())) == 0) {
      return std::unexpected("it was not ready in time: " + log);
    }
    const ssize_t n = read(errors_.get(), buffer, sizeof buffer);
    if (n <= 0) return std::unexpected(log);
    log.append(buffer, static_cast<std::size_t>(n));
  }
}

void ChildProcess::drain_output() {
  pollfd fd{errors_.get(), POLLIN, 0};
  char buffer[4096];
  while (errors_ && poll(&fd, 1, 0) > 0 && read(errors_.get(), buffer, sizeof buffer) > 0) {
  }
}

}  // namespace sdmp::tools
