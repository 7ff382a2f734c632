#include "engine/relay/control_commands.h"

#include "engine/relay/control.h"
#include "engine/relay/control_dial.h"

namespace sdmp::relay {
namespace {

using codec::json::Value;

std::optional<std::string_view> string_member(Value request, std::string_view member) {
  const auto value = request.find(member);
  if (!value || !value->is_string()) return std::nullopt;
  return value->string();
}

}  // namespace

bool ControlCommands::fail(std::string_view error) {
  std::string line = R"({"ok":false,"error":)";
  codec::json::append_string(error, line);
  return send_(line + "}");
}

bool ControlCommands::handle(std::string_view request) {
  const auto parsed = document_.parse_copy(request);
  if (!parsed) return fail("the request is no JSON: " + std::string(explain(parsed.error())));
  const auto command = string_member(*parsed, "command");
  if (!command) return fail("the request has no \"command\"");
  if (*command == "append") return append(*parsed);
  if (*command == "status") {
    return send_(R"({"ok":true,"metrics":)" + metrics_json(node_.metrics()) + "}");
  }
  if (*command == "metrics") {
    std::string line = R"({"ok":true,"text":)";
    codec::json::append_string(metrics_prometheus(node_.metrics()), line);
    return send_(line + "}");
  }
  if (*command == "dial") return dial(*parsed);
  if (*command == "reset_peer") return reset_peer(*parsed);
  return fail("there is no command \"" + std::string(*command) +
              "\"; there are append, status, metrics, dial and reset_peer");
}

bool ControlCommands::append(Value request) {
  const auto containers = request.find("containers");
  if (!containers || !containers->is_array()) return fail("append needs an array \"containers\"");
  std::vector<BundleLine> lines;
  for (auto value = containers->first_child(); value; value = value->next_sibling()) {
    if (!value->is_string()) return fail("\"containers\" holds strings only");
    lines.push_back({lines.size() + 1, value->string()});
  }
  // Whoever sends it may have verified it: the store believes only what this process has seen.
  store::Reader reader = node_.store().reader();
  auto resources = verify_bundle(lines, "the request", reader);
  reader.release();
  if (!resources) return fail(resources.error());
  const LocalOutcomes outcomes = node_.ledger().submit(std::move(*resources)).get();
  std::string line = R"({"ok":true,"outcomes":[)";
  for (const protocol::StoreOutcome outcome : outcomes) {
    if (line.back() != '[') line += ',';
    line += '"' + std::string(name(outcome)) + '"';
  }
  return send_(line + "]}");
}

bool ControlCommands::reset_peer(Value request) {
  const auto text = string_member(request, "node");
  const auto node = text ? codec::Fingerprint::parse(*text)
                         : codec::Result<codec::Fingerprint>(std::unexpect, codec::Error::kBase64);
  if (!node) return fail("reset_peer needs \"node\", a fingerprint");
  if (!node_.ledger().reset_peer(*node).get()) {
    return fail("the store refused; the daemon's log says why");
  }
  return send_(R"({"ok":true})");
}

bool ControlCommands::dial(Value request) {
  const auto text = string_member(request, "peer");
  if (!text) return fail("dial needs \"peer\", an ADDR:PORT");
  const auto peer = parse_peer_address(*text);
  if (!peer) return fail(peer.error());
  const auto watch = request.find("watch");
  const auto timeout = request.find("timeout_ms");
  const auto timeout_ms = timeout ? timeout->integer() : kDialTimeoutMs;
  if (!timeout_ms || *timeout_ms < 1 || *timeout_ms > kDialTimeoutMsMax) {
    return fail("\"timeout_ms\" is an integer from 1 to " + std::to_string(kDialTimeoutMsMax));
  }
  ControlDial dial(node_, send_, client_fd_, stop_fd_);
  const auto answer =
      dial.run(*peer, watch && watch->type() == codec::json::Type::kTrue, *timeout_ms);
  return answer ? send_(*answer) : fail(answer.error());
}

}  // namespace sdmp::relay
