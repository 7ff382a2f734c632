// The commands of the control socket, apart from the socket: a request line in, answer lines out.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "codec/json.h"
#include "engine/relay/node.h"

namespace sdmp::relay {

class ControlCommands {
 public:
  // `send` writes one answer line, false when the client is gone. `client_fd` and `stop_fd` become
  // readable when the client leaves and when the node stops: a dial that is watched ends then.
  ControlCommands(Node& node, std::function<bool(std::string_view)> send, int client_fd,
                  int stop_fd)
      : node_(node), send_(std::move(send)), client_fd_(client_fd), stop_fd_(stop_fd) {}

  // False: the client is gone.
  bool handle(std::string_view request);

 private:
  bool append(codec::json::Value request);
  bool dial(codec::json::Value request);
  bool reset_peer(codec::json::Value request);
  bool fail(std::string_view error);

  Node& node_;
  std::function<bool(std::string_view)> send_;
  int client_fd_;
  int stop_fd_;
  codec::json::Document document_;
};

}  // namespace sdmp::relay
