#include <atomic>
#include <cerrno>
#include <list>
#include <thread>

#include <poll.h>
#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/relay/control.h"
#include "engine/relay/control_commands.h"
#include "engine/relay/control_socket.h"

namespace sdmp::relay {
namespace {

// A client that takes no answer for so long is given up: stopping must not wait for it.
constexpr timeval kSendTimeout{.tv_sec = 5, .tv_usec = 0};
// After accept() failed for want of descriptors.
constexpr int kAcceptPauseMs = 100;

std::unexpected<std::string> failed(const std::string& what, const std::filesystem::path& path) {
  const int error = errno;
  return std::unexpected("cannot " + what + " the control socket " + path.string() + ": " +
                         system_error_text(error));
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

Outcome<UniqueFd> listen_at(const std::filesystem::path& path) {
  const auto address = socket_address(path);
  if (!address) return std::unexpected(address.error());
  {
    const UniqueFd probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (probe && connect(probe.get(), generic(*address), sizeof *address) == 0) {
      return std::unexpected("another process serves the control socket " + path.string());
    }
  }
  // Nobody listens: what is there was left behind by a process that was killed.
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return failed("replace", path);
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // Before bind(), so that the file never has another mode.
  if (!fd || fchmod(fd.get(), 0600) != 0 ||
      bind(fd.get(), generic(*address), sizeof *address) != 0 || listen(fd.get(), 16) != 0) {
    return failed("create", path);
  }
  return fd;
}

}  // namespace

struct ControlServer::State {
  State(std::filesystem::path socket_path, Node& the_node, UniqueFd listen_fd)
      : path(std::move(socket_path)), node(the_node), listener(std::move(listen_fd)) {}

  struct Client {
    UniqueFd fd;
    std::atomic<bool> done{false};
    std::thread thread;
  };

  void accept_clients();
  void accept_client();
  void serve(Client& client);
  void reap();

  const std::filesystem::path path;
  Node& node;
  UniqueFd listener;
  UniqueFd stop{eventfd(0, EFD_CLOEXEC)};
  std::list<Client> clients;  // the accepting thread's, until it has been joined
  std::thread thread;
};

ControlServer::ControlServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

Outcome<std::unique_ptr<ControlServer>> ControlServer::start(const std::filesystem::path& socket,
                                                             Node& node) {
  auto fd = listen_at(socket);
  if (!fd) return std::unexpected(fd.error());
  auto state = std::make_unique<State>(socket, node, std::move(*fd));
  if (!state->stop) return failed("serve", socket);
  std::unique_ptr<ControlServer> server(new ControlServer(std::move(state)));
  State& running = *server->state_;
  running.thread = std::thread([&running] {
    pthread_setname_np(pthread_self(), "sdmp-control");
    running.accept_clients();
  });
  return server;
}

ControlServer::~ControlServer() {
  // Never read again: it stays readable for every thread that polls it.
  eventfd_write(state_->stop.get(), 1);
  if (state_->thread.joinable()) state_->thread.join();
  for (State::Client& client : state_->clients) client.thread.join();
  unlink(state_->path.c_str());
}

void ControlServer::State::accept_clients() {
  while (true) {
    pollfd waits[2] = {{stop.get(), POLLIN, 0}, {listener.get(), POLLIN, 0}};
    if (poll(waits, 2, -1) < 0 && errno != EINTR) return;
    if (waits[0].revents != 0) return;
    reap();
    if (waits[1].revents != 0) accept_client();
  }
}

void ControlServer::State::accept_client() {
  UniqueFd fd(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!fd) {
    if (errno != EMFILE && errno != ENFILE) return;
    pollfd wait = {stop.get(), POLLIN, 0};
    poll(&wait, 1, kAcceptPauseMs);
    return;
  }
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &kSendTimeout, sizeof kSendTimeout);
  if (clients.size() >= kControlClientsMax) {
    write_line(fd.get(), R"({"ok":false,"error":"too many clients at once; try again later"})");
    return;
  }
  Client& client = clients.emplace_back();
  client.fd = std::move(fd);
  client.thread = std::thread([this, &client] {
    serve(client);
    client.done.store(true);
  });
}

void ControlServer::State::reap() {
  for (auto it = clients.begin(); it != clients.end();) {
    if (it->done.load()) {
      it->thread.join();
      it = clients.erase(it);
    } else {
      ++it;
    }
  }
}

void ControlServer::State::serve(Client& client) {
  const int fd = client.fd.get();
  LineReader reader(fd, stop.get(), kControlLineBytesMax);
  ControlCommands commands(
      node, [fd](std::string_view line) { return write_line(fd, line); }, fd, stop.get());
  std::string line;
  while (true) {
    const ReadLine got = reader.next(line);
    if (got == ReadLine::kTooLong) {
      write_line(fd, R"({"ok":false,"error":"the request is longer than )" +
                         std::to_string(kControlLineBytesMax >> 20) +
                         R"( MiB; send it in parts"})");
    }
    if (got != ReadLine::kLine) break;
    if (!commands.handle(line)) break;
  }
  // The descriptor is closed when the thread is reaped; the client learns of the end now.
  shutdown(fd, SHUT_RDWR);
}

}  // namespace sdmp::relay
