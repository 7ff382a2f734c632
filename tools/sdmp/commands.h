// The commands of `sdmp`: each takes parsed options, prints data on stdout and messages on stderr,
// and returns the process's exit code (0 success, 1 failure; 2, usage, is main's).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codec/key.h"
#include "engine/relay/bundle.h"
#include "engine/relay/home.h"
#include "engine/store/store.h"

namespace sdmp::tools {

// "sdmp: MESSAGE" on stderr; returns 1.
int fail(const std::string& message);

// What a home with keys and without a store is: one that lost it, or one where it is begun.
enum class NoStore : std::uint8_t { kIsLost, kIsBegun };

// A home opened for reading, whether or not its daemon runs.
struct OpenHome {
  relay::Home home;
  std::unique_ptr<store::Store> store;
  std::optional<store::Reader> reader;

  // Before anything is written: a process may have a store open only once (LMDB).
  void close();
};
relay::Outcome<OpenHome> open_home(const std::filesystem::path& directory,
                                   NoStore no_store = NoStore::kIsLost);

// Whole file, or standard input for "-". The error names the file.
relay::Outcome<std::string> read_file(const std::string& path);

// Verifies containers that we just made or read, closes the home for reading and appends them in
// one transaction; when it succeeds all are in the store, and what is wrong with any of them is
// found before one is written. Bundles may hold each other's identities.
struct Appended {
  codec::Fingerprint publisher;
  codec::Identifier identifier;
};
relay::Outcome<std::vector<Appended>> append_bundles(OpenHome& opened,
                                                     std::span<const relay::Bundle> bundles);
// One alone; `source` names it in errors.
relay::Outcome<std::vector<Appended>> append_containers(OpenHome& opened, const std::string& bundle,
                                                        const std::string& source);

struct InitCommand {
  std::filesystem::path home;
  std::string name;
  std::string suite = "modern";
  std::string listen = "[::]:7367";
  std::vector<std::string> announce;
};
int run_init(const InitCommand& command);

int run_export(const std::filesystem::path& home);

int run_trust_add(const std::filesystem::path& home, const std::vector<std::string>& files);
int run_trust_list(const std::filesystem::path& home, bool json);
int run_trust_remove(const std::filesystem::path& home, const std::string& fingerprint);

int run_import(const std::filesystem::path& home, const std::vector<std::string>& files);

struct PublishCommand {
  std::filesystem::path home;
  std::string post;
  std::string file;
  bool stdin_lines = false;
  std::string title;
  std::vector<std::string> updates;  // URIs or identifiers that this post replaces
};
int run_publish(const PublishCommand& command);
int run_delete(const std::filesystem::path& home, const std::vector<std::string>& uris);

struct SyncCommand {
  std::filesystem::path home;
  std::string peer;
  bool watch = false;
  bool json = false;
  std::int64_t timeout_s = 30;
};
int run_sync(const SyncCommand& command);

struct ShowCommand {
  std::filesystem::path home;
  std::string uri;
  bool container = false;
  bool content = false;
};
int run_show(const ShowCommand& command);

struct LogCommand {
  std::filesystem::path home;
  bool json = false;
  bool peers = false;
  std::uint64_t since = 0;
  std::uint64_t limit = 0;  // 0: all
};
int run_log(const LogCommand& command);

struct VerifyCommand {
  std::filesystem::path home;
  bool json = false;
};
int run_verify(const VerifyCommand& command);

struct InspectCommand {
  std::string file;  // - is standard input
  std::filesystem::path home;
  std::string key;  // hexadecimal, as many digits as a key and an iv have, or both empty
  std::string iv;
  std::uint64_t counter = 0;
  bool packed = false;
  bool json = false;
};
int run_inspect(const InspectCommand& command);

int run_status(const std::filesystem::path& home, bool prometheus);
int run_reset_peer(const std::filesystem::path& home, const std::string& fingerprint);

}  // namespace sdmp::tools
