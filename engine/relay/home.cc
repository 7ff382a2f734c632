#include "engine/relay/home.h"

#include <cstdlib>
#include <utility>

#include <pwd.h>
#include <unistd.h>

#include "engine/relay/file.h"

namespace sdmp::relay {
namespace {

// An RSA-4096 key is 3.3 KB as PEM.
constexpr std::size_t kKeyFileBytesMax = 16 * 1024;

Outcome<codec::PrivateKey> load_key(const std::filesystem::path& path) {
  auto pem = read_private_file(path, kKeyFileBytesMax);
  if (!pem) return std::unexpected(pem.error());
  auto key = codec::PrivateKey::parse_pem(*pem);
  codec::wipe({reinterpret_cast<std::uint8_t*>(pem->data()), pem->size()});
  if (!key) {
    return std::unexpected(path.string() +
                           " is damaged: " + std::string(codec::explain(key.error())) +
                           "; restore it from a copy (a lost key cannot be made again)");
  }
  return std::move(*key);
}

}  // namespace

std::filesystem::path Home::default_directory() {
  // The XDG base directory specification ignores relative paths.
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && data[0] == '/') {
    return std::filesystem::path(data) / "sdmp";
  }
  const char* home = std::getenv("HOME");
  if (home == nullptr || home[0] != '/') {
    const passwd* user = getpwuid(getuid());
    home = user != nullptr ? user->pw_dir : "/";
  }
  return std::filesystem::path(home) / ".local" / "share" / "sdmp";
}

Outcome<Home> Home::open(const std::filesystem::path& directory) {
  codec::crypto_init();
  std::error_code error;
  if (!std::filesystem::is_regular_file(directory / "node.toml", error)) {
    return std::unexpected(directory.string() +
                           " is not a node's home: no node.toml there; make one with `sdmp init "
                           "--home " +
                           directory.string() + "`");
  }
  auto user_key = load_key(directory / "keys" / "user.pem");
  if (!user_key) return std::unexpected(user_key.error());
  auto node_key = load_key(directory / "keys" / "node.pem");
  if (!node_key) return std::unexpected(node_key.error());
  if (user_key->public_key().fingerprint() == node_key->public_key().fingerprint()) {
    return std::unexpected((directory / "keys").string() +
                           ": user.pem and node.pem hold the same key; a user and a node need one "
                           "each");
  }
  return Home(directory, std::move(*user_key), std::move(*node_key));
}

Outcome<std::unique_ptr<store::Store>> open_store(const Home& home,
                                                  const store::StoreOptions& options) {
  auto store = store::Store::open(home.store_directory(), home.node(), options);
  if (store) return std::move(*store);
  if (store.error().kind == store::StoreError::Kind::kForeign) {
    return std::unexpected("keys/node.pem and store/ in " + home.directory().string() +
                           " do not belong together: " + store.error().message);
  }
  return std::unexpected(store.error().message);
}

}  // namespace sdmp::relay
