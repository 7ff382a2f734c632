// `sdmpd`: the node and relay daemon. Starts a relay::Node, says when it is ready, waits for a
// signal, drains.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include <malloc.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/relay/config.h"
#include "engine/relay/descriptor_limit.h"
#include "engine/relay/lost_store.h"
#include "engine/relay/node.h"
#include "engine/relay/stop_signals.h"

namespace {

using namespace sdmp;

int fail(const std::string& message, int code = 1) {
  std::cerr << "sdmpd: " << message << '\n';
  return code;
}

// sd_notify(3) without libsystemd: one datagram to $NOTIFY_SOCKET, when there is one.
void notify_service_manager(const char* state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr || (path[0] != '/' && path[0] != '@')) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = std::strlen(path);
  if (length >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = '\0';
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  if (sendto(fd, state, std::strlen(state), MSG_NOSIGNAL,
             reinterpret_cast<const sockaddr*>(&address), size) < 0) {
    spdlog::warn("cannot tell the service manager at {}: {}", path, std::strerror(errno));
  }
  close(fd);
}

struct Options {
  std::string home = relay::Home::default_directory().string();
  std::vector<std::string> listen;
  int shards = -1;
  std::string log_level;
};

void warn_when_store_was_lost(relay::Node& node) {
  store::Reader reader = node.store().reader();
  if (const auto lost = relay::lost_identities(node.home(), reader)) spdlog::warn("{}", *lost);
}

int serve(const Options& options) {
  auto home = relay::Home::open(options.home);
  if (!home) return fail(home.error());
  auto config = relay::load_config(home->config_file());
  if (!config) return fail(config.error());
  if (!options.listen.empty()) config->listen.clear();
  for (const auto& text : options.listen) {
    const auto address = relay::parse_address(text);
    if (!address) return fail("--listen: " + address.error(), 2);
    config->listen.push_back(*address);
  }
  if (options.shards >= 0) config->shards = options.shards;
  if (!options.log_level.empty()) config->log_level = options.log_level;

  const sigset_t signals = relay::block_stop_signals();
  signal(SIGPIPE, SIG_IGN);
  // Set once, the threshold stays where it is: large buffers are mappings of their own and go back
  // to the system when they are freed, so that memory returns to its base after a burst.
  mallopt(M_MMAP_THRESHOLD, 64 * 1024);
  relay::raise_descriptor_limit();
  auto node = relay::Node::start(std::move(*home), std::move(*config),
                                 {.listen = true, .control_socket = true});
  if (!node) return fail(node.error().message, node.error().exit_code);

  warn_when_store_was_lost(**node);

  std::string addresses;
  for (const auto& address : (*node)->listening()) addresses += " " + address.text();
  std::cerr << "sdmpd: ready, listening on" << addresses << ", " << (*node)->shards()
            << ((*node)->shards() == 1 ? " shard" : " shards") << std::endl;
  notify_service_manager("READY=1");

  int signal_number = 0;
  sigwait(&signals, &signal_number);
  notify_service_manager("STOPPING=1");
  std::cerr << "sdmpd: " << (signal_number == SIGINT ? "SIGINT" : "SIGTERM") << ", draining"
            << std::endl;
  (*node)->stop();
  const auto metrics = (*node)->metrics();
  std::cerr << "sdmpd: stopped, journal of " << metrics.ledger.journal_size << " lines is on disk"
            << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  codec::crypto_init();
  CLI::App app("sdmpd: an SDMP 0.10 node and relay");
  app.set_version_flag("--version", "sdmpd 0.1.0 (SDMP 0.10)");
  Options options;
  app.add_option("--home", options.home, "The node's home directory, made by `sdmp init`")
      ->capture_default_str();
  app.add_option("--listen", options.listen, "ADDR:PORT, instead of node.toml's; repeatable");
  app.add_option("--shards", options.shards, "Threads that serve connections (0: one per core)")
      ->check(CLI::Range(0, 256));
  app.add_option("--log-level", options.log_level, "Instead of node.toml's")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    std::cerr << "sdmpd: " << error.what() << "\nsdmpd: `sdmpd --help` lists what there is\n";
    return 2;
  }
  return serve(options);
}
