// A node's home directory: node.toml, keys/user.pem, keys/node.pem, store/, control.sock.
//
// Directories are 0700, private keys 0600 and refused with any wider mode. Files are created whole
// (written beside, synced, renamed): an interrupted `init` leaves no half home.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "codec/key.h"
#include "engine/relay/outcome.h"

namespace sdmp::relay {

struct InitOptions {
  std::string name;  // node_information's name; default: the host's name
  codec::Suite suite = codec::Suite::kModern;
  std::string listen = "[::]:7367";
  std::vector<std::string> announce;  // node_information's ips; default: derived from listen
};

class Home {
 public:
  // $XDG_DATA_HOME/sdmp, or ~/.local/share/sdmp.
  static std::filesystem::path default_directory();
  // Writes node.toml, the keys and a store that holds user identity, node identity, the publisher
  // relationship and node_information, in this order. Refuses a directory that has a node.toml.
  static Outcome<Home> create(const std::filesystem::path& directory, const InitOptions& options);
  // Checks that it is a home and loads the keys.
  static Outcome<Home> open(const std::filesystem::path& directory);

  const std::filesystem::path& directory() const { return directory_; }
  std::filesystem::path config_file() const { return directory_ / "node.toml"; }
  std::filesystem::path store_directory() const { return directory_ / "store"; }
  std::filesystem::path control_socket() const { return directory_ / "control.sock"; }
  const codec::PrivateKey& user_key() const { return user_key_; }
  const codec::PrivateKey& node_key() const { return node_key_; }
  const codec::Fingerprint& user() const { return user_key_.public_key().fingerprint(); }
  const codec::Fingerprint& node() const { return node_key_.public_key().fingerprint(); }

 private:
  Home(std::filesystem::path directory, codec::PrivateKey user_key, codec::PrivateKey node_key)
      : directory_(std::move(directory)),
        user_key_(std::move(user_key)),
        node_key_(std::move(node_key)) {}
  std::filesystem::path directory_;
  codec::PrivateKey user_key_;
  codec::PrivateKey node_key_;
};

}  // namespace sdmp::relay
