#include "tools/sdmp-load/self_relay.h"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>

#include "engine/relay/file.h"

namespace sdmp::tools {
namespace {

constexpr std::chrono::seconds kReadyLimit(30);

relay::Outcome<std::string> make_directory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "sdmp-load-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    return std::unexpected("cannot make a folder in " +
                           std::filesystem::temp_directory_path().string() + ": " +
                           relay::system_error_text(errno));
  }
  return pattern;
}

// As many sessions of few nodes as any load may need; the rest stays as any relay has it.
void append_limits(const std::filesystem::path& config) {
  std::string text;
  {
    std::ifstream in(config);
    text.assign(std::istreambuf_iterator<char>(in), {});
  }
  const std::string section = "[limits]\n";
  const std::size_t place = text.find(section);
  text.insert(place + section.size(), "sessions_per_node = 1000000000\nconnections = 1000000000\n");
  std::ofstream(config) << text;
}

}  // namespace

relay::Outcome<SelfRelay> SelfRelay::start(const SelfOptions& options,
                                           const load::TestIdentities& identities) {
  const auto sdmp = sibling_program("sdmp");
  const auto sdmpd = sibling_program("sdmpd");
  if (!sdmp) return std::unexpected(sdmp.error());
  if (!sdmpd) return std::unexpected(sdmpd.error());
  SelfRelay relay;
  auto directory = make_directory();
  if (!directory) return std::unexpected(directory.error());
  relay.directory_ = *directory;
  const std::string home = *directory + "/relay";
  const std::string bundle = *directory + "/nodes.sdmp";
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  const auto written = relay::write_new_file(bundle, codec::as_bytes(identities.bundle(now)), 0600);
  if (!written) return std::unexpected(written.error());
  const std::vector<std::string> steps[] = {
      {*sdmp, "init", "--home", home, "--name", "sdmp-load", "--suite", options.suite, "--listen",
       options.listen},
      {*sdmp, "trust", "add", bundle, "--home", home},
  };
  for (const auto& step : steps) {
    const auto done = run_program(step);
    if (!done) return std::unexpected(done.error());
  }
  const auto exported = run_program({*sdmp, "export", "--home", home});
  if (!exported) return std::unexpected(exported.error());
  relay.bundle_ = *exported;
  append_limits(home + "/node.toml");
  std::vector<std::string> command = {*sdmpd,
                                      "--home",
                                      home,
                                      "--listen",
                                      options.listen,
                                      "--shards",
                                      std::to_string(options.shards),
                                      "--log-level",
                                      "error"};
  command.insert(command.end(), options.sdmpd.begin(), options.sdmpd.end());
  auto process = ChildProcess::start(command, options.cores);
  if (!process) return std::unexpected(process.error());
  relay.process_.emplace(*std::move(process));
  const auto ready = relay.process_->wait_for_line("ready, listening on ", kReadyLimit);
  if (!ready) return std::unexpected("the relay did not start: " + ready.error());
  const std::size_t begin = ready->find("listening on ") + 13;
  relay.address_ = ready->substr(begin, ready->find(',', begin) - begin);
  return relay;
}

SelfRelay::~SelfRelay() {
  process_.reset();
  std::error_code error;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, error);
}

}  // namespace sdmp::tools
