// `--self`: a throw-away relay in a temporary home, on cores of its own.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/load/identity.h"
#include "tools/sdmp-load/child_process.h"

namespace sdmp::tools {

struct SelfOptions {
  std::string suite = "modern";
  std::string listen = "127.0.0.1:0";
  int shards = 1;
  std::vector<int> cores;               // of the relay; empty: anywhere
  std::vector<std::string> sdmpd = {};  // further options of sdmpd
};

// The destructor stops the relay and removes the home.
class SelfRelay {
 public:
  // Trusts `identities`. An error is a sentence.
  static relay::Outcome<SelfRelay> start(const SelfOptions& options,
                                         const load::TestIdentities& identities);
  SelfRelay(SelfRelay&& other) noexcept = default;
  ~SelfRelay();

  const std::string& address() const { return address_; }
  const std::string& bundle() const { return bundle_; }  // what `sdmp export` prints
  ChildProcess& process() { return *process_; }

 private:
  SelfRelay() = default;

  // Empty once moved from.
  std::string directory_;
  std::optional<ChildProcess> process_;
  std::string address_;
  std::string bundle_;
};

}  // namespace sdmp::tools
