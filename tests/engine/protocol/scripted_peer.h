// One PeerSync under test with a peer that the test plays line by line.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/engine/protocol/fake_node.h"

namespace sdmp::protocol::testing {

// A PeerSync under test whose peer is played by the test: real frames, signed by the peer's key.
class ScriptedPeer {
 public:
  // Publishes nothing and connects at once.
  explicit ScriptedPeer(std::uint64_t seed = 1)
      : us(seed), them(seed + 1), stranger(seed + 2), node(us, make_trust(us, {&them})) {
    connect();
  }

  // A new session; the node keeps its state, as after a restart.
  void connect() {
    link.reset();
    node.claims.clear();
    auto keys = make_session_keys(++sessions_);
    peer_keys_ = std::move(keys.second);
    link = std::make_unique<FakeLink>(node, them.fingerprint(), std::move(keys.first));
  }
  void start() {
    link->start();
    link->outgoing.clear();
  }
  // The peer sends a container; then everything posted is committed, unless `commit` is off.
  std::optional<Failure> deliver(std::string_view text) {
    codec::ByteVector frame = seal(text, peer_keys_.send.next_frame());
    auto failure = link->receive(frame);
    if (commit && !failure) node.commit();
    return failure;
  }
  std::optional<Failure> deliver(std::string_view schema, std::string_view body) {
    const std::array schemas = {schema};
    return deliver(codec::build_container(them.key, kNow, schemas, body));
  }
  void journal_update(const codec::LineNumber& since,
                      std::span<const codec::JournalEntry> entries) {
    const auto failure =
        deliver("journal_update", codec::journal_update_body(since.text(), entries));
    EXPECT_FALSE(failure) << describe(*failure);
  }
  void journal_request(std::string_view since, std::string_view more = "") {
    const auto failure =
        deliver("journal_request", R"("request":{"type":"journal","since":")" + std::string(since) +
                                       "\"" + std::string(more) + "}");
    EXPECT_FALSE(failure) << describe(*failure);
  }
  std::optional<Failure> push(std::string_view content) {
    return deliver("resource_response",
                   codec::resource_response_body(std::nullopt, std::nullopt, content));
  }
  std::optional<Failure> respond(codec::ResponseStatus status, std::string_view request,
                                 std::string_view content = "") {
    return deliver("resource_response", codec::resource_response_body(status, request, content));
  }

  // The peer's journal as the test writes it: a line for each resource.
  codec::JournalEntry append(const codec::Fingerprint& publisher,
                             const codec::Identifier& resource) {
    const codec::LineNumber number =
        lines.empty() ? codec::number_after(them.fingerprint()) : codec::number_after(lines.back());
    lines.push_back({number, publisher, resource});
    return lines.back();
  }
  // One whose content nobody has.
  codec::JournalEntry append(std::string_view name) {
    codec::Identifier resource;
    resource.octets = codec::sha512(codec::as_bytes(name));
    return append(them.fingerprint(), resource);
  }
  codec::JournalEntry append_post(const TestIdentity& publisher, const std::string& text) {
    return append(publisher.fingerprint(), node.reader.parse_copy(text)->identifier());
  }
  std::span<const codec::JournalEntry> from(std::size_t first) const {
    return std::span(lines).subspan(first);
  }
  codec::LineNumber beginning() const { return codec::since_beginning(them.fingerprint()); }
  const PeerCursor& cursor() { return node.cursors[them.fingerprint()]; }
  const std::vector<Wanted>& wanted() { return node.wanted[them.fingerprint()]; }
  const SyncCounters& counters() const { return link->counters; }
  SyncProgress progress() const { return link->sync.progress(); }

  TestNode us;
  TestNode them;
  TestNode stranger;  // nobody trusts it
  FakeNode node;
  std::unique_ptr<FakeLink> link;
  std::vector<codec::JournalEntry> lines;
  bool commit = true;

 private:
  std::uint64_t sessions_ = 0;
  SessionKeys peer_keys_;
};

}  // namespace sdmp::protocol::testing
