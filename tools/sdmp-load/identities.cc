#include "tools/sdmp-load/identities.h"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <vector>

#include "engine/relay/file.h"

namespace sdmp::tools {
namespace {

constexpr std::size_t kKeyFileBytesMax = 16 * 1024;

int fail(const std::string& message) {
  std::cerr << "sdmp-load: " << message << '\n';
  return 1;
}

std::string node_file(std::size_t index) {
  std::string number = std::to_string(index + 1);
  number.insert(0, 5 - std::min<std::size_t>(5, number.size()), '0');
  return "node-" + number + ".pem";
}

relay::Outcome<codec::PrivateKey> load_key(const std::filesystem::path& path) {
  auto pem = relay::read_private_file(path, kKeyFileBytesMax);
  if (!pem) return std::unexpected(pem.error());
  auto key = codec::PrivateKey::parse_pem(*pem);
  codec::wipe({reinterpret_cast<std::uint8_t*>(pem->data()), pem->size()});
  if (!key) return std::unexpected(path.string() + ": " + std::string(explain(key.error())));
  return *std::move(key);
}

relay::Outcome<void> save_key(const std::filesystem::path& path, const codec::PrivateKey& key) {
  return relay::write_new_file(path, key.to_pem().bytes(), 0600);
}

}  // namespace

int run_prepare(std::size_t nodes, const std::string& suite, const std::filesystem::path& bundle,
                const std::filesystem::path& keys) {
  std::error_code error;
  if (std::filesystem::exists(bundle, error)) {
    return fail(bundle.string() + " exists already: choose another --out, or remove it first");
  }
  std::filesystem::create_directories(keys, error);
  if (!error) {
    std::filesystem::permissions(keys, std::filesystem::perms::owner_all, error);
  }
  if (error) return fail("cannot make " + keys.string() + ": " + error.message());
  const auto identities = load::TestIdentities::generate(
      nodes, suite == "classic" ? codec::Suite::kClassic : codec::Suite::kModern);
  if (!identities) return fail("cannot make keys: " + std::string(explain(identities.error())));
  auto saved = save_key(keys / "user.pem", identities->user());
  for (std::size_t i = 0; saved && i < nodes; ++i) {
    saved = save_key(keys / node_file(i), identities->nodes()[i]);
  }
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  if (saved) {
    saved = relay::write_new_file(bundle, codec::as_bytes(identities->bundle(now)), 0644);
  }
  if (!saved) return fail(saved.error());
  std::cerr << "sdmp-load: " << nodes << (nodes == 1 ? " node" : " nodes") << " of one user in "
            << keys.string() << "; on the server: sdmp trust add " << bundle.string()
            << "\nsdmp-load: then: sdmp export > server.sdmp there, and here: sdmp-load fan-in "
               "--peer ADDR:PORT --server server.sdmp --keys "
            << keys.string() << '\n';
  return 0;
}

relay::Outcome<load::TestIdentities> load_identities(const std::filesystem::path& keys) {
  auto user = load_key(keys / "user.pem");
  if (!user) {
    return std::unexpected(user.error() +
                           " (--keys names the folder that `sdmp-load prepare` made)");
  }
  std::vector<codec::PrivateKey> nodes;
  for (std::size_t i = 0; std::filesystem::exists(keys / node_file(i)); ++i) {
    auto node = load_key(keys / node_file(i));
    if (!node) return std::unexpected(node.error());
    nodes.push_back(*std::move(node));
  }
  if (nodes.empty()) return std::unexpected("no " + node_file(0) + " in " + keys.string());
  return load::TestIdentities(*std::move(user), std::move(nodes));
}

}  // namespace sdmp::tools
