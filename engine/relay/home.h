// A node's home directory: node.toml, keys/user.pem, keys/node.pem, store/, control.sock.
//
// Directories are 0700, private keys 0600 and refused with any wider mode. Files are created whole
// (written beside, synced, renamed): an interrupted `init` leaves no half home.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "codec/key.h"
#include "engine/relay/outcome.h"
#include "engine/store/store.h"

namespace sdmp::relay {

// A new identity expires after ten years (RES-5): long enough that nobody is surprised, short
// enough that a forgotten key ends.
inline constexpr std::int64_t kIdentityLifetimeMs = std::int64_t{3653} * 24 * 60 * 60 * 1000;

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

// The store of a home; an error says so when it belongs to another node than keys/node.pem.
// LMDB allows one open Store per home and process: close the last one first.
Outcome<std::unique_ptr<store::Store>> open_store(const Home& home,
                                                  const store::StoreOptions& options = {});

}  // namespace sdmp::relay
