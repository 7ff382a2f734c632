// The control socket HOME/control.sock (Unix, 0600): how `sdmp` works on a home whose sdmpd runs.
//
// One request per line, one or more answer lines, all JSON (docs/operations.md has the table). The
// last answer to a request is the one that begins with {"ok":
//   {"command":"append","containers":["…", …]}  → {"ok":true,"outcomes":["journalled", …]}
//   {"command":"status"}                        → {"ok":true,"metrics":{…}}
//   {"command":"metrics"}                       → {"ok":true,"text":"…prometheus…"}
//   {"command":"dial","peer":"ADDR:PORT","watch":false} → progress lines, then {"ok":true,…}
//                                               or {"ok":false,"error":"…",…}, with the figures too
//   {"command":"reset_peer","node":"FINGERPRINT"} → {"ok":true}
//   errors: {"ok":false,"error":"…"}
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/relay/home.h"
#include "engine/relay/node.h"
#include "engine/relay/outcome.h"

namespace sdmp::relay {

// A request is one line of at most so many octets; a larger bundle is split by whoever has it.
inline constexpr std::size_t kControlLineBytesMax = std::size_t{64} << 20;
// Clients at once; each has a thread. More are told so.
inline constexpr std::size_t kControlClientsMax = 32;

// Serves the socket: one thread accepts, one more per client; all sleep in poll().
class ControlServer {
 public:
  // A socket file that nobody listens on is replaced. Errors: the path is too long for a socket,
  // somebody listens there, the system refuses.
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

  // Sends one request line, gives every answer line to `on_line`, up to the last answer, or until
  // `on_line` returns false or `stop_fd` (-1: none) becomes readable.
  Outcome<void> request(std::string_view line, const std::function<bool(std::string_view)>& on_line,
                        int stop_fd = -1);

 private:
  explicit ControlClient(int fd) : fd_(fd) {}
  int fd_ = -1;
};

// The name of an outcome in answers: "journalled", "duplicate", "foreign_update", "failed".
std::string_view name(protocol::StoreOutcome outcome);
// nullopt: no such name.
std::optional<protocol::StoreOutcome> outcome_by_name(std::string_view text);

// Appends verified resources to a home's store: through its running node when there is one, else
// directly under the store's lock, waiting some seconds for another command to give it back. The
// one way in which tools write. The caller has no Store of this home open (LMDB allows one per
// process).
Outcome<LocalOutcomes> append_to_home(const Home& home, std::vector<VerifiedResource> resources);

}  // namespace sdmp::relay
