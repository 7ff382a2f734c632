#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/check.h"
#include "codec/resource.h"
#include "engine/relay/address.h"
#include "engine/relay/clock.h"
#include "engine/relay/config.h"
#include "engine/relay/file.h"
#include "engine/relay/home.h"

namespace sdmp::relay {
namespace {

namespace fs = std::filesystem;

constexpr int kRsaBits = 3072;
constexpr std::size_t kNameBytesMax = 256;

// What goes into a new home, all of it made before anything is written.
struct Contents {
  codec::PrivateKey user_key;
  codec::PrivateKey node_key;
  std::string config;
  std::vector<std::string> containers;  // in journal order
};

std::unexpected<std::string> system_failed(const std::string& what, const fs::path& path) {
  const int error = errno;
  return std::unexpected("cannot " + what + " " + path.string() + ": " + system_error_text(error));
}

Outcome<std::string> choose_name(const std::string& wanted) {
  std::string name = wanted;
  if (name.empty()) {
    char host[HOST_NAME_MAX + 1] = "";
    if (gethostname(host, sizeof host - 1) != 0 || host[0] == '\0') return std::string("sdmp node");
    name = host;
  }
  const bool control = std::ranges::any_of(
      name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (control || name.size() > kNameBytesMax || !codec::json::is_utf8(name)) {
    return std::unexpected("a node's name is at most " + std::to_string(kNameBytesMax) +
                           " bytes of UTF-8 without control characters");
  }
  return name;
}

Outcome<std::vector<std::string>> choose_ips(const InitOptions& options, const Address& listen) {
  if (options.announce.empty()) return announced_addresses(listen);
  std::vector<std::string> ips;
  for (const std::string& text : options.announce) {
    auto peer = parse_peer_address(text);
    if (!peer) return std::unexpected("announce: " + peer.error());
    if (peer->pinned) return std::unexpected("announce: \"" + text + "\": only ADDR:PORT");
    ips.push_back(peer->address.text());
  }
  return ips;
}

Outcome<codec::PrivateKey> make_key(codec::Suite suite) {
  const auto type =
      suite == codec::Suite::kModern ? codec::KeyType::kEd25519 : codec::KeyType::kRsa;
  auto key = codec::PrivateKey::generate(type, kRsaBits);
  if (!key) {
    return std::unexpected("cannot make a key: " + std::string(codec::explain(key.error())));
  }
  return std::move(*key);
}

Outcome<Contents> make_contents(const InitOptions& options) {
  auto listen = parse_address(options.listen);
  if (!listen) return std::unexpected("listen: " + listen.error());
  auto name = choose_name(options.name);
  if (!name) return std::unexpected(name.error());
  auto ips = choose_ips(options, *listen);
  if (!ips) return std::unexpected(ips.error());
  auto user_key = make_key(options.suite);
  if (!user_key) return std::unexpected(user_key.error());
  auto node_key = make_key(options.suite);
  if (!node_key) return std::unexpected(node_key.error());

  using codec::IdentityType;
  const codec::Fingerprint node = node_key->public_key().fingerprint();
  const codec::UnixMillis expires = unix_now() + kIdentityLifetimeMs;
  ClockSequence created;
  std::vector<std::string> containers;
  containers.push_back(
      codec::build_identity(*user_key, IdentityType::kUser, created.next(), expires));
  containers.push_back(
      codec::build_identity(*node_key, IdentityType::kNode, created.next(), expires));
  containers.push_back(codec::build_relationship(*user_key, created.next(),
                                                 codec::RelationshipType::kPublisher, node));
  containers.push_back(codec::build_node_information(*node_key, created.next(), *name, *ips));
  return Contents{std::move(*user_key), std::move(*node_key),
                  default_config_text(*name, options.suite, listen->text()), std::move(containers)};
}

Outcome<void> fill_store(const fs::path& directory, const Contents& contents) {
  const auto failed = [](const store::StoreError& error) { return std::unexpected(error.message); };
  auto store = store::Store::open(directory, contents.node_key.public_key().fingerprint());
  if (!store) return failed(store.error());
  auto batch = (*store)->begin();
  if (!batch) return failed(batch.error());
  codec::ContainerReader reader;
  for (const std::string& text : contents.containers) {
    const auto container = reader.parse_copy(text);
    SDMP_CHECK(container);
    const auto outcome = batch->append({.publisher = container->publisher,
                                        .identifier = container->identifier(),
                                        .container = text,
                                        .updates = {},
                                        .schemas = container->schemas});
    if (!outcome) return failed(outcome.error());
    SDMP_CHECK(*outcome == store::AppendOutcome::kAppended);
  }
  if (auto committed = batch->commit(); !committed) return failed(committed.error());
  return {};
}

Outcome<void> write_home(const fs::path& directory, const Contents& contents) {
  const fs::path keys = directory / "keys";
  if (mkdir(keys.c_str(), 0700) != 0) return system_failed("create", keys);
  const auto write_key = [&](const char* name, const codec::PrivateKey& key) {
    return write_new_file(keys / name, key.to_pem().bytes(), 0600);
  };
  if (auto done = write_key("user.pem", contents.user_key); !done) return done;
  if (auto done = write_key("node.pem", contents.node_key); !done) return done;
  if (auto done = sync_directory(keys); !done) return done;
  const fs::path store = directory / "store";
  if (mkdir(store.c_str(), 0700) != 0) return system_failed("create", store);
  if (auto done = fill_store(store, contents); !done) return done;
  if (auto done = sync_directory(store); !done) return done;
  const auto config =
      write_new_file(directory / "node.toml", codec::as_bytes(contents.config), 0600);
  if (!config) return config;
  return sync_directory(directory);
}

// A directory that is gone at the end unless it was given away.
struct TemporaryDirectory {
  fs::path path;
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!path.empty()) fs::remove_all(path, ignored);
  }
};

// "Not there" and "empty" are the two states that a home can be made from.
Outcome<void> check_target(const fs::path& directory) {
  std::error_code error;
  const fs::file_status status = fs::status(directory, error);
  if (!fs::exists(status)) return {};
  if (!fs::is_directory(status)) {
    return std::unexpected(directory.string() + " exists and is no directory; choose another");
  }
  if (fs::exists(directory / "node.toml", error)) {
    return std::unexpected(directory.string() +
                           " is a node's home already (it has a node.toml); choose another "
                           "directory with --home");
  }
  const bool empty = fs::is_empty(directory, error);
  if (error) {
    return std::unexpected("cannot read " + directory.string() + ": " + error.message());
  }
  if (!empty) {
    return std::unexpected(directory.string() +
                           " is not empty and no node's home; choose an empty or new directory");
  }
  return {};
}

dev_t device_of(const fs::path& path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0 ? status.st_dev : 0;
}

// For a directory that cannot be replaced whole, because it is a mount point: its entries one by
// one, node.toml, which makes it a home, last.
Outcome<void> move_entries(const fs::path& from, const fs::path& to) {
  for (const char* entry : {"keys", "store", "node.toml"}) {
    if (std::rename((from / entry).c_str(), (to / entry).c_str()) != 0) {
      return system_failed("create", to / entry);
    }
  }
  if (chmod(to.c_str(), 0700) != 0) return system_failed("set the mode of", to);
  return sync_directory(to);
}

Outcome<void> build_at(const fs::path& directory, const Contents& contents) {
  const fs::path parent = directory.parent_path();
  std::error_code error;
  fs::create_directories(parent, error);
  if (error) {
    return std::unexpected("cannot create " + parent.string() + ": " + error.message());
  }
  const auto make_temporary = [](const fs::path& where) {
    std::string name = (where / (".sdmp-init-" + std::string(6, 'X'))).string();
    return mkdtemp(name.data()) != nullptr ? fs::path(name) : fs::path();
  };
  const bool mounted = fs::exists(directory, error) && device_of(directory) != device_of(parent);
  TemporaryDirectory temporary{make_temporary(mounted ? directory : parent)};
  if (temporary.path.empty()) return system_failed("create a directory in", parent);
  if (auto done = write_home(temporary.path, contents); !done) return done;
  if (mounted) return move_entries(temporary.path, directory);
  // rename() replaces an empty directory and refuses any other: the home appears at once.
  if (std::rename(temporary.path.c_str(), directory.c_str()) != 0) {
    return system_failed("create", directory);
  }
  temporary.path.clear();
  return sync_directory(parent);
}

}  // namespace

Outcome<Home> Home::create(const fs::path& directory, const InitOptions& options) {
  codec::crypto_init();
  std::error_code error;
  fs::path target = fs::weakly_canonical(fs::absolute(directory, error), error);
  if (error) return std::unexpected("cannot use " + directory.string() + ": " + error.message());
  if (!target.has_filename()) target = target.parent_path();
  if (auto usable = check_target(target); !usable) return std::unexpected(usable.error());
  auto contents = make_contents(options);
  if (!contents) return std::unexpected(contents.error());
  if (auto built = build_at(target, *contents); !built) return std::unexpected(built.error());
  return Home(directory, std::move(contents->user_key), std::move(contents->node_key));
}

}  // namespace sdmp::relay
