#include "tests/engine/load/test_server.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "codec/batch.h"
#include "codec/resource.h"
#include "codec/sync_message.h"
#include "engine/load/wire.h"
#include "engine/protocol/limits.h"
#include "engine/protocol/session.h"
#include "tests/engine/protocol/testing.h"

namespace sdmp::load::testing {
namespace {

using Greeting = Misconduct::Greeting;
using protocol::testing::TestNode;

const TestNode& server_node() {
  static const TestNode node(501);
  return node;
}

std::shared_ptr<const protocol::TrustTable> trust_in(const TestIdentities& clients) {
  protocol::TrustFacts facts = protocol::testing::trust_facts(server_node(), {});
  const auto fingerprint = clients.user().public_key().fingerprint();
  const auto add = [&facts](const codec::PrivateKey& key, codec::IdentityType type) {
    const codec::Bytes spki = key.public_key().spki();
    facts.identities.push_back({key.public_key().fingerprint(), type, protocol::testing::kExpires,
                                codec::ByteVector(spki.begin(), spki.end())});
  };
  add(clients.user(), codec::IdentityType::kUser);
  facts.relationships.push_back(
      {server_node().user.fingerprint(), codec::RelationshipType::kConnection, fingerprint});
  for (const codec::PrivateKey& node : clients.nodes()) {
    add(node, codec::IdentityType::kNode);
    facts.relationships.push_back(
        {fingerprint, codec::RelationshipType::kPublisher, node.public_key().fingerprint()});
  }
  return protocol::TrustTable::compute(facts);
}

// The lowest bit of an octet of the content: in the base64url of the payload the fourth character
// of a group stands for it.
std::string with_one_octet_altered(std::string container) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const std::size_t begin = std::string_view(R"({"payload":")").size();
  const std::size_t groups = (container.find('"', begin) - begin) / 4;
  char& octet = container[begin + groups * 7 / 8 * 4 + 3];
  octet = kAlphabet[kAlphabet.find(octet) ^ 1];
  return container;
}

struct Peer {
  int fd = -1;
  bool ended = false;  // behind its output
  protocol::Responder handshake;
  std::optional<protocol::Session> session;
  codec::Fingerprint node;
  bool following = false;     // is told new lines
  bool wants_pushes = false;  // one that asked for no lines is sent no resources either
  codec::ByteVector output;
  std::size_t sent = 0;
  std::set<std::string> spoiled;  // resources of which it has had an altered copy
};

}  // namespace

codec::UnixMillis unix_now() {
  return Clock::read().unix_ms;
}

struct TestServer::State {
  State(const TestIdentities& clients, const Misconduct& wanted)
      : misconduct(wanted),
        trust(trust_in(clients)),
        scratch(std::make_unique<protocol::SessionScratch>(codec::FrameLimits{})),
        packing(codec::frame_bytes(std::size_t{codec::FrameLimits{}.blocks} * codec::kBlockBytes)) {
  }
  ~State() {
    for (const auto& peer : peers) ::close(peer->fd);
    ::close(listener);
    ::close(wake);
  }

  void loop();
  void pause();
  void accept_one();
  void read_from(Peer& peer);
  void greet(Peer& peer, codec::MutableBytes bytes);
  void hear(Peer& peer, codec::MutableBytes bytes);
  void handle(Peer& peer, const codec::Container& container);
  void take_post(Peer& peer, std::string text);
  void journal(Peer* peer, const std::string& key, bool broken);
  void pass_on(const Peer* from, const std::string& key);
  void announce();
  void answer_journal(Peer& peer, const codec::JournalRequest& request);
  void answer_resource(Peer& peer, const codec::ResourceRequest& request);
  std::string copy_for(Peer& peer, const std::string& key);
  codec::Bytes pack(codec::Schema schema, const std::string& body, const codec::PrivateKey& key);
  void send(Peer& peer, codec::Schema schema, const std::string& body);
  void seal(Peer& peer, codec::Bytes packed);
  void flush(Peer& peer);
  bool due(std::uint64_t every) const { return every > 0 && conduct.posts % every == 0; }

  struct Stored {
    codec::Fingerprint publisher;
    codec::Identifier identifier;
    std::string text;
    bool spoiled = false;
    bool withheld = false;
  };

  Misconduct misconduct;
  Conduct conduct;
  std::shared_ptr<const protocol::TrustTable> trust;
  std::unique_ptr<protocol::SessionScratch> scratch;
  codec::BatchEncoder encoder{codec::kCompressFast};
  codec::ByteVector packing;
  protocol::ReplayCache replay{100'000};
  codec::ContainerReader reader;
  codec::ContainerReader content_reader;
  std::uint64_t seeds = 0;
  int listener = -1;
  int wake = eventfd(0, EFD_CLOEXEC);
  std::vector<std::unique_ptr<Peer>> peers;
  std::map<std::string, Stored> stored;  // by identifier's text
  std::vector<codec::JournalEntry> entries;
  std::size_t announced = 0;                           // of entries
  std::map<codec::Fingerprint, std::string> swapping;  // waits for the publisher's next one
};

TestServer::TestServer(const TestIdentities& clients, const Misconduct& misconduct,
                       const std::string& listen)
    : bundle_(protocol::testing::bundle_of(server_node())),
      identity_(ServerIdentity::from_bundle(bundle_, unix_now()).value()),
      state_(std::make_unique<State>(clients, misconduct)) {
  state_->listener = ring::listen_on(ring::SocketAddress::parse(listen).value()).value();
  address_ = ring::SocketAddress::of_socket(state_->listener);
}

TestServer::~TestServer() {
  stop();
}

void TestServer::fill(std::size_t posts, const std::function<std::string(std::size_t)>& make) {
  for (std::size_t i = 0; i < posts; ++i) {
    const std::string text = make(i);
    const auto container = state_->content_reader.parse_copy(text).value();
    const codec::Identifier identifier = container.identifier();
    ++state_->conduct.posts;
    State::Stored& post =
        state_->stored[identifier.text()] = {container.publisher, identifier, text};
    post.spoiled = state_->due(state_->misconduct.alter_every);
    post.withheld = state_->due(state_->misconduct.withhold_every);
    state_->conduct.withheld += post.withheld ? 1 : 0;
    state_->journal(nullptr, identifier.text(), state_->due(state_->misconduct.contradict_every));
  }
  state_->announced = state_->entries.size();
}

void TestServer::start() {
  thread_ = std::thread([this] { state_->loop(); });
}

Conduct TestServer::stop() {
  if (thread_.joinable()) {
    const std::uint64_t one = 1;
    if (::write(state_->wake, &one, sizeof one) != sizeof one) std::abort();
    thread_.join();
  }
  return state_->conduct;
}

void TestServer::State::loop() {
  while (true) {
    std::vector<pollfd> fds = {{wake, POLLIN, 0}, {listener, POLLIN, 0}};
    for (const auto& peer : peers) {
      const bool has_output = peer->sent < peer->output.size();
      fds.push_back({peer->fd, static_cast<short>(POLLIN | (has_output ? POLLOUT : 0)), 0});
    }
    if (poll(fds.data(), fds.size(), -1) < 0) continue;
    if (fds[0].revents != 0) return;
    for (std::size_t i = 2; i < fds.size(); ++i) {
      Peer& peer = *peers[i - 2];
      if ((fds[i].revents & POLLOUT) != 0) flush(peer);
      if ((fds[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !peer.ended) read_from(peer);
    }
    announce();
    if (fds[1].revents != 0) accept_one();
    for (const auto& peer : peers) {
      flush(*peer);
      if (peer->ended) ::close(peer->fd);
    }
    std::erase_if(peers, [](const auto& peer) { return peer->ended; });
    if (misconduct.pause_at > 0 && conduct.posts >= misconduct.pause_at) pause();
  }
}

// Until the time is over or the test is.
void TestServer::State::pause() {
  misconduct.pause_at = 0;
  pollfd fd{wake, POLLIN, 0};
  poll(&fd, 1, static_cast<int>(misconduct.pause.count()));
}

void TestServer::State::accept_one() {
  const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return;
  ring::set_stream_options(fd);
  peers.push_back(std::make_unique<Peer>());
  peers.back()->fd = fd;
}

void TestServer::State::read_from(Peer& peer) {
  std::vector<std::uint8_t> buffer(256 * 1024);
  const ssize_t n = recv(peer.fd, buffer.data(), buffer.size(), 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) {
    peer.ended = true;
    return;
  }
  const codec::MutableBytes bytes(buffer.data(), static_cast<std::size_t>(n));
  peer.session ? hear(peer, bytes) : greet(peer, bytes);
}

void TestServer::State::greet(Peer& peer, codec::MutableBytes bytes) {
  const Greeting greeting = conduct.sessions >= misconduct.honest_sessions    ? Greeting::kNope
                            : conduct.sessions < misconduct.greeting_sessions ? misconduct.greeting
                                                                              : Greeting::kHonest;
  if (greeting == Greeting::kSilent) return;
  const auto say = [&peer](std::string_view text) {
    const codec::Bytes octets = codec::as_bytes(text);
    peer.output.insert(peer.output.end(), octets.begin(), octets.end());
  };
  static const TestNode stranger(502);
  const codec::PrivateKey& own =
      greeting == Greeting::kWrongNode ? stranger.key : server_node().key;
  const protocol::HandshakeContext context{unix_now(), own, *trust, replay, reader};
  peer.handshake.receive(bytes, context);
  if (peer.handshake.state() == protocol::HandshakeState::kExpectObject) return;
  if (greeting == Greeting::kHttp) say("HTTP/1.1 400 Bad Request\r\n\r\n");
  const bool refuses = greeting == Greeting::kHttp || greeting == Greeting::kCloses;
  const std::string answer =
      refuses || greeting == Greeting::kNope
          ? ""
          : peer.handshake.compute(context, protocol::testing::make_seed(++seeds));
  if (answer.empty()) {
    if (!refuses) say(std::string_view(protocol::kNope, sizeof protocol::kNope));
    peer.ended = true;
    ++conduct.sessions;
    return;
  }
  say(answer);
  ++conduct.sessions;
  auto result = peer.handshake.take_result();
  peer.node = result.peer;
  peer.session.emplace(result.peer, std::move(result.keys));
  if (greeting == Greeting::kCloseBehind) peer.ended = true;
  if (greeting == Greeting::kBadFrame) say(std::string("\0\0\0\1", 4) + std::string(272, 'x'));
  if (greeting == Greeting::kBadMessage) {
    seal(peer,
         pack(codec::Schema::kJournalRequest,
              codec::journal_request_body(codec::since_beginning(peer.node), 0), stranger.key));
  }
  send(peer, codec::Schema::kJournalRequest,
       codec::journal_request_body(codec::since_beginning(peer.node), std::nullopt));
  if (misconduct.asks_back) {
    send(peer, codec::Schema::kResourceRequest,
         codec::resource_request_body("1", peer.node, codec::Identifier()));
  }
}

void TestServer::State::hear(Peer& peer, codec::MutableBytes bytes) {
  while (!peer.ended) {
    const auto message = peer.session->receive(bytes, *trust, unix_now(), *scratch);
    if (!message) peer.ended = true;
    if (!message || !*message) return;
    if ((*message)->kind == protocol::MessageKind::kSync) handle(peer, (*message)->container);
  }
}

void TestServer::State::handle(Peer& peer, const codec::Container& container) {
  switch (container.first_schema()) {
    case codec::Schema::kJournalRequest:
      answer_journal(peer, codec::read_journal_request(container).value());
      return;
    case codec::Schema::kResourceRequest:
      answer_resource(peer, codec::read_resource_request(container).value());
      return;
    case codec::Schema::kResourceResponse: {
      const auto response = codec::read_resource_response(container);
      if (response && response->content) take_post(peer, std::string(response->content->raw()));
      return;
    }
    default:
      return;
  }
}

void TestServer::State::take_post(Peer& peer, std::string text) {
  const auto content = content_reader.parse_copy(text);
  if (!content) return;
  const codec::Identifier identifier = content->identifier();
  const std::string key = identifier.text();
  if (stored.contains(key)) return;
  ++conduct.posts;
  if (due(misconduct.ignore_every)) {
    ++conduct.ignored;
    // Known, so that it is the same one that is ignored when it comes again.
    stored[key] = {};
    return;
  }
  const bool closes = std::exchange(misconduct.close_publisher_at,
                                    conduct.posts == misconduct.close_publisher_at
                                        ? 0
                                        : misconduct.close_publisher_at) == conduct.posts;
  if (closes) {
    peer.ended = true;
    ++conduct.closed;
    if (misconduct.refuses_after_closing) misconduct.greeting = Greeting::kNope;
    // It comes again, and counts as new then.
    if (!misconduct.journals_before_closing) {
      --conduct.posts;
      return;
    }
  }
  Stored& post = stored[key] = {content->publisher, identifier, std::move(text)};
  post.spoiled = due(misconduct.alter_every);
  post.withheld = due(misconduct.withhold_every);
  conduct.withheld += post.withheld ? 1 : 0;
  if (due(misconduct.swap_every)) {
    ++conduct.swapped;
    swapping[post.publisher] = key;
    return;
  }
  journal(&peer, key, due(misconduct.contradict_every));
  if (due(misconduct.journal_twice_every)) {
    ++conduct.journalled_twice;
    journal(nullptr, key, false);
  }
  const auto before = swapping.extract(post.publisher);
  if (before) journal(&peer, before.mapped(), false);
  if (conduct.posts != misconduct.close_others_at) return;
  misconduct.close_others_at = 0;
  for (const auto& other : peers) {
    if (other.get() == &peer || !other->following) continue;
    other->ended = true;
    // What was pushed and not read yet goes with it.
    other->output.clear();
    other->sent = 0;
    ++conduct.closed;
  }
}

void TestServer::State::journal(Peer* peer, const std::string& key, bool broken) {
  const Stored& post = stored[key];
  codec::LineNumber number = entries.empty() ? codec::number_after(server_node().fingerprint())
                                             : codec::number_after(entries.back());
  if (broken) {
    number.octets.front() ^= 1;
    ++conduct.contradicted;
  }
  entries.push_back({number, post.publisher, post.identifier});
  ++conduct.journalled;
  if (misconduct.announces_first) announce();
  if (peer != nullptr) pass_on(peer, key);
}

std::string TestServer::State::copy_for(Peer& peer, const std::string& key) {
  const Stored& post = stored[key];
  if (!post.spoiled || !peer.spoiled.insert(key).second) return post.text;
  ++conduct.altered;
  return with_one_octet_altered(post.text);
}

void TestServer::State::pass_on(const Peer* from, const std::string& key) {
  if (misconduct.announces_only || stored[key].withheld) return;
  for (const auto& peer : peers) {
    if (peer.get() == from || !peer->wants_pushes || peer->ended) continue;
    if (peer->node == stored[key].publisher) continue;
    const int copies = due(misconduct.duplicate_every) ? 2 : 1;
    conduct.duplicated += static_cast<std::uint64_t>(copies - 1);
    for (int i = 0; i < copies; ++i) {
      send(*peer, codec::Schema::kResourceResponse,
           codec::resource_response_body(std::nullopt, std::nullopt, copy_for(*peer, key)));
    }
  }
}

void TestServer::State::announce() {
  while (announced < entries.size()) {
    const std::size_t count =
        std::min<std::size_t>(entries.size() - announced, protocol::kUpdateEntriesMax);
    const codec::LineNumber since = announced == 0
                                        ? codec::since_beginning(server_node().fingerprint())
                                        : entries[announced - 1].number;
    const std::string body =
        codec::journal_update_body(since.text(), std::span(entries).subspan(announced, count));
    // The same octets for all, as a relay's are.
    const codec::Bytes packed = pack(codec::Schema::kJournalUpdate, body, server_node().key);
    for (const auto& peer : peers) {
      if (peer->following && !peer->ended) seal(*peer, packed);
    }
    announced += count;
  }
}

void TestServer::State::answer_journal(Peer& peer, const codec::JournalRequest& request) {
  if (misconduct.knows_no_journal) {
    send(peer, codec::Schema::kResourceResponse,
         codec::resource_response_body(codec::ResponseStatus::kNotFound, "journal", ""));
    return;
  }
  // What has come in this turn is told to this one by the answer, to the others before it.
  announce();
  const auto known = std::ranges::find(entries, request.since, &codec::JournalEntry::number);
  const auto begin =
      static_cast<std::size_t>(known == entries.end() ? 0 : known - entries.begin() + 1);
  const std::size_t limit =
      std::min<std::uint64_t>(request.limit.value_or(UINT64_MAX), misconduct.page);
  const std::size_t count = std::min(entries.size() - begin, limit);
  send(peer, codec::Schema::kJournalUpdate,
       codec::journal_update_body(request.since_text, std::span(entries).subspan(begin, count)));
  peer.following = true;
  peer.wants_pushes = request.limit != 0;
}

void TestServer::State::answer_resource(Peer& peer, const codec::ResourceRequest& request) {
  ++conduct.answers;
  const std::string key = request.resource.text();
  const auto found = stored.find(key);
  const bool known = found != stored.end() && !found->second.withheld;
  const std::string identifier(request.identifier);
  const auto status = known ? codec::ResponseStatus::kOk : codec::ResponseStatus::kNotFound;
  send(peer, codec::Schema::kResourceResponse,
       codec::resource_response_body(status, identifier, known ? copy_for(peer, key) : ""));
}

codec::Bytes TestServer::State::pack(codec::Schema schema, const std::string& body,
                                     const codec::PrivateKey& key) {
  const std::string_view schemas[] = {codec::name(schema)};
  return encoder.pack(codec::build_container(key, unix_now(), schemas, body), packing).value();
}

void TestServer::State::send(Peer& peer, codec::Schema schema, const std::string& body) {
  seal(peer, pack(schema, body, server_node().key));
}

void TestServer::State::seal(Peer& peer, codec::Bytes packed) {
  const std::size_t begin = peer.output.size();
  peer.output.resize(begin + codec::frame_bytes(packed.size()));
  codec::seal_frame(peer.session->next_send_key(*scratch), packed, peer.output.data() + begin);
}

void TestServer::State::flush(Peer& peer) {
  while (peer.sent < peer.output.size()) {
    const ssize_t n = ::send(peer.fd, peer.output.data() + peer.sent,
                             peer.output.size() - peer.sent, MSG_NOSIGNAL);
    if (n <= 0) return;
    peer.sent += static_cast<std::size_t>(n);
  }
  peer.output.clear();
  peer.sent = 0;
}

}  // namespace sdmp::load::testing
