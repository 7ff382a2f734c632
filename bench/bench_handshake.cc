// handshake/responder/<suite>: the whole state machine of the accepting side, from the initiator's
// connection object to its answer and the session's keys; handshake/both/<suite>: that of both
// sides. Beside them, by turns and over the same octets, the sum of their primitives: for each side
// one signature, one verification, one key pair and one shared secret.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <sodium.h>

#include "bench/bursts.h"
#include "codec/check.h"
#include "codec/connection_object.h"
#include "codec/key_agreement.h"
#include "engine/load/identity.h"
#include "engine/protocol/handshake.h"

namespace sdmp::bench {
namespace {

using codec::Group;
using protocol::HandshakeState;

constexpr codec::UnixMillis kNow = 1'800'000'000'000;
constexpr std::size_t kHandshakes = 16;
constexpr std::size_t kReplayEntries = 4;

struct Suite {
  const char* name;
  codec::Suite keys;
  Group group;
};
constexpr Suite kSuites[] = {
    {"modern", codec::Suite::kModern, Group::kX25519},
    {"classic", codec::Suite::kClassic, Group::kFfdhe3072},
};

protocol::AgreementSeed seed() {
  protocol::AgreementSeed seed;
  randombytes_buf(seed.writable().data(), seed.size());
  return seed;
}

// A node, and its peers' view of it.
struct Side {
  explicit Side(codec::Suite suite)
      : identities(load::TestIdentities::generate(1, suite).value()),
        known(load::ServerIdentity::from_bundle(identities.bundle(kNow), kNow).value()) {}

  const codec::PrivateKey& key() const { return identities.nodes().front(); }

  load::TestIdentities identities;
  load::ServerIdentity known;
};

class Handshakes {
 public:
  explicit Handshakes(const Suite& suite)
      : suite_(suite), initiator_(suite.keys), responder_(suite.keys), peer_pair_(pair()) {
    for (std::size_t i = 0; i < kHandshakes; ++i) {
      protocol::Initiator initiator(suite.group, {responder_.known.node});
      objects_.push_back(initiator.start(context(initiator_, responder_), seed()));
    }
    // As long as what is signed: the protected header and the payload of an object.
    signature_.resize(initiator_.key().signature_size());
    message_ = codec::as_bytes(objects_.front());
    message_ = message_.first(message_.size() - signature_.size() * 4 / 3);
    initiator_.key().sign(message_, signature_);
  }

  void run(benchmark::State& state, bool both) {
    const auto whole = [this, both](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) both ? shake_hands() : accept(objects_[i]);
    };
    const auto parts = [this, both](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) primitives(both ? 2 : 1);
    };
    std::array<Contender, 2> contenders{{{whole}, {parts}}};
    const int passes = race(contenders, kHandshakes);
    const double whole_ns = contenders[0].least_ns / kHandshakes;
    const double primitives_ns = contenders[1].least_ns / kHandshakes;
    for ([[maybe_unused]] auto iteration : state) state.SetIterationTime(whole_ns * 1e-9);
    state.counters["primitives_ns"] = primitives_ns;
    state.counters["to_primitives"] = whole_ns / primitives_ns;
    state.counters["passes"] = passes;
  }

 private:
  // Every object serves many times.
  void forget_replays() { replay_.emplace(kReplayEntries); }

  protocol::HandshakeContext context(const Side& self, const Side& peer) {
    return {kNow, self.key(), *peer.known.trust, *replay_, reader_};
  }
  codec::EphemeralKey pair() {
    const protocol::AgreementSeed octets = seed();
    return codec::EphemeralKey::generate(
               suite_.group,
               std::span<const std::uint8_t, codec::kAgreementSeedBytes>(octets.bytes()))
        .value();
  }

  std::string respond(const std::string& object) {
    forget_replays();
    protocol::Responder responder;
    responder.receive(codec::as_bytes(object), context(responder_, initiator_));
    std::string answer = responder.compute(context(responder_, initiator_), seed());
    SDMP_CHECK(responder.state() == HandshakeState::kExpectFrames);
    benchmark::DoNotOptimize(responder.take_result());
    return answer;
  }

  void accept(const std::string& object) { benchmark::DoNotOptimize(respond(object)); }

  void shake_hands() {
    protocol::Initiator initiator(suite_.group, {responder_.known.node});
    const std::string answer = respond(initiator.start(context(initiator_, responder_), seed()));
    initiator.receive(codec::as_bytes(answer), context(initiator_, responder_));
    initiator.compute(context(initiator_, responder_));
    SDMP_CHECK(initiator.state() == HandshakeState::kExpectFrames);
    benchmark::DoNotOptimize(initiator.take_result());
  }

  void primitives(int sides) {
    for (int side = 0; side < sides; ++side) {
      SDMP_CHECK(initiator_.key().public_key().verify(message_, signature_));
      benchmark::DoNotOptimize(pair().agree(peer_pair_.public_value()));
      responder_.key().sign(message_, scratch_signature_);
    }
  }

  Suite suite_;
  Side initiator_;
  Side responder_;
  codec::EphemeralKey peer_pair_;
  std::optional<protocol::ReplayCache> replay_{kReplayEntries};
  codec::ContainerReader reader_;
  std::vector<std::string> objects_;
  codec::Bytes message_;
  codec::ByteVector signature_;
  codec::ByteVector scratch_signature_ = codec::ByteVector(responder_.key().signature_size());
};

}  // namespace
}  // namespace sdmp::bench

int main(int argc, char** argv) {
  using namespace sdmp;
  codec::crypto_init();
  for (const bench::Suite& suite : bench::kSuites) {
    for (const bool both : {false, true}) {
      const std::string name =
          std::string("handshake/") + (both ? "both/" : "responder/") + suite.name;
      benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
        bench::Handshakes(suite).run(state, both);
      })->UseManualTime();
    }
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
