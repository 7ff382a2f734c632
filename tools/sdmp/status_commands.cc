#include <iostream>

#include "codec/json.h"
#include "engine/relay/control.h"
#include "tools/sdmp/commands.h"

namespace sdmp::tools {
namespace {

// Asks the home's running node; the answer's line when it said ok.
relay::Outcome<std::string> ask(const std::filesystem::path& directory,
                                const std::string& request) {
  auto home = relay::Home::open(directory);
  if (!home) return std::unexpected(home.error());
  auto client = relay::ControlClient::connect(home->control_socket());
  if (!client) return std::unexpected(client.error());
  if (!*client) {
    return std::unexpected("no sdmpd runs on " + directory.string() +
                           ": start one with `sdmpd --home " + directory.string() + "`");
  }
  std::string answer;
  const auto done = (*client)->request(request, [&answer](std::string_view line) {
    answer = line;
    return true;
  });
  if (!done) return std::unexpected(done.error());
  codec::json::Document document;
  const auto value = document.parse_copy(answer);
  const auto error = value ? value->find("error") : std::nullopt;
  if (error && error->is_string()) return std::unexpected(std::string(error->string()));
  return answer;
}

}  // namespace

int run_status(const std::filesystem::path& directory, bool prometheus) {
  const auto answer =
      ask(directory, prometheus ? R"({"command":"metrics"})" : R"({"command":"status"})");
  if (!answer) return fail(answer.error());
  codec::json::Document document;
  const auto value = document.parse_copy(*answer);
  const auto member = value ? value->find(prometheus ? "text" : "metrics") : std::nullopt;
  if (!member) return fail("the running node gave no figures; is it of this version?");
  if (prometheus) {
    std::cout << member->string();
  } else {
    std::cout << member->raw() << '\n';
  }
  return 0;
}

int run_reset_peer(const std::filesystem::path& directory, const std::string& text) {
  const auto fingerprint = codec::Fingerprint::parse(text);
  if (!fingerprint) {
    return fail("'" + text +
                "' is not a fingerprint (86 characters of base64url): "
                "`sdmp log --peers` prints them");
  }
  auto home = relay::Home::open(directory);
  if (!home) return fail(home.error());
  auto client = relay::ControlClient::connect(home->control_socket());
  if (!client) return fail(client.error());
  if (*client) {
    const auto answer =
        ask(directory, R"({"command":"reset_peer","node":")" + fingerprint->text() + "\"}");
    return answer ? 0 : fail(answer.error());
  }
  const auto lock = store::StoreLock::acquire(home->store_directory());
  if (!lock) return fail(lock.error().message);
  auto store = store::Store::open(home->store_directory(), home->node());
  if (!store) return fail(store.error().message);
  auto batch = (*store)->begin();
  if (!batch) return fail(batch.error().message);
  if (const auto reset = batch->reset_peer(*fingerprint); !reset) {
    return fail(reset.error().message);
  }
  const auto committed = batch->commit();
  return committed ? 0 : fail(committed.error().message);
}

}  // namespace sdmp::tools
