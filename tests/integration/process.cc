#include "tests/integration/process.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sdmp::integration {
namespace {

struct Pipe {
  int read_end = -1;
  int write_end = -1;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
    read_end = ends[0];
    write_end = ends[1];
  }
};

pid_t spawn(const std::string& program, const std::vector<std::string>& arguments, int in, int out,
            int err) {
  const std::string path = std::string(SDMP_BIN_DIR) + "/" + program;
  std::vector<char*> argv;
  argv.push_back(const_cast<char*>(path.c_str()));
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid != 0) return pid;
  dup2(in, 0);
  dup2(out, 1);
  dup2(err, 2);
  execv(path.c_str(), argv.data());
  _exit(127);
}

int exit_code_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

RunResult run(const std::string& program, const std::vector<std::string>& arguments,
              const std::string& input) {
  Pipe in;
  Pipe out;
  Pipe err;
  const pid_t pid = spawn(program, arguments, in.read_end, out.write_end, err.write_end);
  close(in.read_end);
  close(out.write_end);
  close(err.write_end);
  fcntl(in.write_end, F_SETFL, O_NONBLOCK);

  RunResult result{};
  std::size_t written = 0;
  pollfd fds[3] = {
      {in.write_end, POLLOUT, 0}, {out.read_end, POLLIN, 0}, {err.read_end, POLLIN, 0}};
  const auto finish = [](pollfd& fd) {
    close(fd.fd);
    fd.fd = -1;
  };
  if (input.empty()) finish(fds[0]);
  while (fds[1].fd >= 0 || fds[2].fd >= 0) {
    if (poll(fds, 3, -1) < 0) continue;
    if (fds[0].fd >= 0 && fds[0].revents != 0) {
      const ssize_t n = write(fds[0].fd, input.data() + written, input.size() - written);
      if (n > 0) written += static_cast<std::size_t>(n);
      if (written == input.size() || (n < 0 && errno != EAGAIN)) finish(fds[0]);
    }
    for (int i = 1; i <= 2; ++i) {
      if (fds[i].fd < 0 || fds[i].revents == 0) continue;
      char buffer[65536];
      const ssize_t n = read(fds[i].fd, buffer, sizeof buffer);
      if (n <= 0) {
        finish(fds[i]);
      } else {
        (i == 1 ? result.out : result.err).append(buffer, static_cast<std::size_t>(n));
      }
    }
  }
  if (fds[0].fd >= 0) finish(fds[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  result.exit_code = exit_code_of(status);
  return result;
}

Process::Process(const std::string& program, const std::vector<std::string>& arguments) {
  Pipe err;
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  pid_ = spawn(program, arguments, null, null, err.write_end);
  close(null);
  close(err.write_end);
  err_ = err.read_end;
}

Process::~Process() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    wait();
  }
  close(err_);
}

std::optional<std::string> Process::wait_for_line(const std::string& text,
                                                  std::chrono::seconds deadline) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (true) {
    for (std::size_t newline; (newline = log_.find('\n', searched_)) != std::string::npos;) {
      const std::string line = log_.substr(searched_, newline - searched_);
      searched_ = newline + 1;
      if (line.find(text) != std::string::npos) return line;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    pollfd fd{err_, POLLIN, 0};
    if (left.count() <= 0 || poll(&fd, 1, static_cast<int>(left.count())) == 0) return std::nullopt;
    char buffer[4096];
    const ssize_t n = read(err_, buffer, sizeof buffer);
    if (n <= 0) return std::nullopt;
    log_.append(buffer, static_cast<std::size_t>(n));
  }
}

void Process::signal(int number) {
  kill(pid_, number);
}

int Process::wait() {
  int status = 0;
  // What it still prints must not block its end.
  char buffer[4096];
  for (ssize_t n; (n = read(err_, buffer, sizeof buffer)) > 0;) {
    log_.append(buffer, static_cast<std::size_t>(n));
  }
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return exit_code_of(status);
}

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "sdmp-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) std::abort();
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::filesystem::remove_all(path_);
}

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string read_all(const std::filesystem::path& path) {
  std::ifstream in(path);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

TestHome::TestHome(const TemporaryDirectory& directory, const std::string& name,
                   const std::string& suite)
    : path_((directory.path() / name).string()) {
  const auto made = run("sdmp", {"init", "--home", path_, "--name", name, "--suite", suite,
                                 "--listen", "127.0.0.1:0"});
  EXPECT_EQ(made.exit_code, 0) << made.err;
  for (const auto& line : split_lines(made.out)) {
    if (line.starts_with("user  ")) user_ = line.substr(6);
    if (line.starts_with("node  ")) node_ = line.substr(6);
  }
  EXPECT_EQ(node_.size(), 86u) << made.out;
}

RunResult TestHome::sdmp(std::vector<std::string> arguments, const std::string& input) const {
  arguments.insert(arguments.end(), {"--home", path_});
  return run("sdmp", arguments, input);
}

std::string TestHome::bundle() const {
  const auto exported = sdmp({"export"});
  EXPECT_EQ(exported.exit_code, 0) << exported.err;
  const std::string file = path_ + ".sdmp";
  std::ofstream(file) << exported.out;
  return file;
}

void TestHome::trust(const std::vector<const TestHome*>& others) const {
  std::vector<std::string> arguments = {"trust", "add"};
  for (const auto* other : others) arguments.push_back(other->bundle());
  const auto added = sdmp(arguments);
  EXPECT_EQ(added.exit_code, 0) << added.err;
}

std::vector<std::string> TestHome::publish_lines(const std::vector<std::string>& lines) const {
  std::string input;
  for (const auto& line : lines) input += line + "\n";
  const auto published = sdmp({"publish", "--stdin-lines"}, input);
  EXPECT_EQ(published.exit_code, 0) << published.err;
  return split_lines(published.out);
}

std::vector<std::string> TestHome::log() const {
  const auto printed = sdmp({"log"});
  EXPECT_EQ(printed.exit_code, 0) << printed.err;
  return split_lines(printed.out);
}

namespace {
std::vector<std::string> daemon_arguments(const TestHome& home, const std::string& listen,
                                          std::vector<std::string> extra) {
  std::vector<std::string> arguments = {"--home", home.path(), "--listen", listen};
  arguments.insert(arguments.end(), extra.begin(), extra.end());
  return arguments;
}
}  // namespace

Daemon::Daemon(const TestHome& home, const std::string& listen, std::vector<std::string> extra)
    : process_("sdmpd", daemon_arguments(home, listen, std::move(extra))) {
  const auto ready = process_.wait_for_line("ready, listening on ");
  EXPECT_TRUE(ready) << process_.log();
  if (!ready) return;
  const std::size_t start = ready->find("listening on ") + 13;
  address_ = ready->substr(start, ready->find(',', start) - start);
}

}  // namespace sdmp::integration
