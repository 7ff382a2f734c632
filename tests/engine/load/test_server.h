// A small SDMP server for the tests of the load tester: real loopback sockets, honest handshakes,
// a journal in memory, one thread. It takes pushes, announces and pushes them on, answers requests,
// and misbehaves exactly as often as it is asked to, which it counts.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "engine/load/identity.h"
#include "engine/ring/socket.h"

namespace sdmp::load::testing {

// "One in so many" counts the pushed posts that are new, from 1; 0: never.
struct Misconduct {
  enum class Greeting : std::uint8_t {
    kHonest,
    kNope,         // refuses every connection object
    kHttp,         // is another kind of server
    kWrongNode,    // answers as a node that nobody asked for
    kCloses,       // closes when the object is there
    kCloseBehind,  // an honest handshake, then the end
    kSilent,       // says nothing
    kBadFrame,     // an honest handshake, then octets that are no frame of the session
    kBadMessage,   // an honest handshake, then a message that another node has signed
  };
  Greeting greeting = Greeting::kHonest;
  std::uint64_t honest_sessions = UINT64_MAX;    // all after them get `nope`
  std::uint64_t greeting_sessions = UINT64_MAX;  // so many get it, all after them an honest one

  std::uint64_t ignore_every = 0;         // thrown away
  std::uint64_t withhold_every = 0;       // journalled, and then not known: 404
  std::uint64_t alter_every = 0;          // the first copy for each has one octet altered
  std::uint64_t duplicate_every = 0;      // pushed to the others twice
  std::uint64_t journal_twice_every = 0;  // two lines name it
  std::uint64_t swap_every = 0;           // journalled behind the publisher's next one
  std::uint64_t contradict_every = 0;     // its line does not continue the one before it
  bool announces_only = false;            // the others have to ask for everything
  bool announces_first = false;           // each is pushed behind its line, not before it
  bool asks_back = false;                 // asks for what nobody announced
  // At this post once; 0: never. Its session ends without an answer to what it pushed last.
  std::uint64_t close_publisher_at = 0;
  bool journals_before_closing = false;
  bool refuses_after_closing = false;  // then everybody gets `nope`
  std::uint64_t close_others_at = 0;   // and their answers and pushes are lost
  std::uint64_t pause_at = 0;          // nothing is read or sent for `pause`
  std::chrono::milliseconds pause{0};
  std::size_t page = 1024;        // lines in an answer, at most
  bool knows_no_journal = false;  // journal requests are answered 404
};

// What it did.
struct Conduct {
  std::uint64_t sessions = 0;
  std::uint64_t posts = 0;  // new ones, the ignored included
  std::uint64_t journalled = 0;
  std::uint64_t answers = 0;  // to resource requests
  std::uint64_t ignored = 0;
  std::uint64_t withheld = 0;
  std::uint64_t altered = 0;     // copies
  std::uint64_t duplicated = 0;  // copies too many
  std::uint64_t journalled_twice = 0;
  std::uint64_t swapped = 0;
  std::uint64_t contradicted = 0;
  std::uint64_t closed = 0;  // in the middle
};

class TestServer {
 public:
  // Trusts `clients`.
  explicit TestServer(const TestIdentities& clients, const Misconduct& misconduct = {},
                      const std::string& listen = "127.0.0.1:0");
  ~TestServer();

  // As its clients must know it.
  const ServerIdentity& identity() const { return identity_; }
  const ring::SocketAddress& address() const { return address_; }
  // What `sdmp export` would print.
  const std::string& bundle() const { return bundle_; }
  // Posts that are in the journal from the start, by the first of the clients' nodes.
  void fill(std::size_t posts, const std::function<std::string(std::size_t)>& make);
  // Once, after fill().
  void start();
  // Ends it.
  Conduct stop();

 private:
  struct State;
  std::string bundle_;
  ServerIdentity identity_;
  ring::SocketAddress address_;
  std::unique_ptr<State> state_;
  std::thread thread_;
};

// The clock that containers are dated with.
codec::UnixMillis unix_now();

}  // namespace sdmp::load::testing
