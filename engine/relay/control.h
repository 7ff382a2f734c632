// The control socket HOME/control.sock (Unix, 0600): how `sdmp` works on a home whose sdmpd runs.
//
// One request per line, one or more answer lines, all JSON (docs/operations.md has the table):
//   {"command":"append","containers":["…", …]}  → {"ok":true,"outcomes":["journalled", …]}
//   {"command":"status"}                        → {"ok":true,"metrics":{…}}
//   {"command":"metrics"}                       → {"ok":true,"text":"…prometheus…"}
//   {"command":"dial","peer":"ADDR:PORT","watch":false} → progress lines, then {"ok":true,…}
//   {"command":"reset_peer","node":"FINGERPRINT"} → {"ok":true}
//   errors: {"ok":false,"error":"…"}
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/relay/home.h"
#include "engine/relay/node.h"
#include "engine/relay/outcome.h"

namespace sdmp::relay {

// Serves the socket on a thread of its own, blocking, one client at a time per worker.
class ControlServer {
 public:
  static Outcome<std::unique_ptr<ControlServer>> start(const std::filesystem::path& socket,
                                                       Node& node);
  ~ControlServer();  // removes the socket, joins

 private:
  struct State;
  explicit ControlServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The other end.
class ControlClient {
 public:
  // Nothing listens there: nullopt is not an error, the home just has no running node.
  static Outcome<std::optional<ControlClient>> connect(const std::filesystem::path& socket);
  ControlClient(ControlClient&& other) noexcept;
  ControlClient& operator=(ControlClient&& other) noexcept;
  ~ControlClient();

  // Sends one request line, gives every answer line to `on_line` until it returns false.
  Outcome<void> request(std::string_view line,
                        const std::function<bool(std::string_view)>& on_line);

 private:
  explicit ControlClient(int fd) : fd_(fd) {}
  int fd_ = -1;
  std::string buffer_;
};

// Appends verified resources to a home's store: through its running node when there is one, else
// directly under the store's lock. The one way in which tools write.
Outcome<LocalOutcomes> append_to_home(const Home& home, std::vector<VerifiedResource> resources);

}  // namespace sdmp::relay
