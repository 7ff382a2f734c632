// The handshake's two roles: arbitrary bytes in arbitrary splits, and arbitrary payloads signed by
// a trusted key, which get past the signature check.
#include <cstdint>
#include <cstdlib>

#include "tests/engine/protocol/testing.h"

using namespace sdmp;
using namespace sdmp::protocol;
using namespace sdmp::protocol::testing;

namespace {

struct World {
  TestNode relay{1};
  TestNode node{2};
  TestSide relay_side{relay, {&node}};
  TestSide node_side{node, {&relay}};
};
World& world() {
  static World instance;
  return instance;
}

void check_outcome(const Handshake& handshake) {
  if (handshake.state() == HandshakeState::kFailed) {
    if (handshake.failure().cause == Cause::kNone) std::abort();
  }
}

void drive_responder(codec::Bytes bytes, std::uint8_t stride) {
  Responder responder;
  const auto context = world().relay_side.context();
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t piece = std::min<std::size_t>(1 + stride, bytes.size() - at);
    if (responder.state() != HandshakeState::kExpectObject) break;
    responder.receive(bytes.subspan(at, piece), context);
    at += piece;
  }
  if (responder.state() == HandshakeState::kExpectCompute) {
    const std::string answer = responder.compute(context, make_seed(7));
    const bool established = responder.state() == HandshakeState::kExpectFrames;
    if (established == answer.empty()) std::abort();
  }
  check_outcome(responder);
}

void drive_initiator(codec::Bytes bytes, std::uint8_t stride) {
  Initiator initiator(codec::Group::kX25519, {world().relay.fingerprint()});
  const auto context = world().node_side.context();
  if (initiator.start(context, make_seed(9)).empty()) std::abort();
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t piece = std::min<std::size_t>(1 + stride, bytes.size() - at);
    if (initiator.state() != HandshakeState::kExpectObject) break;
    const std::size_t used = initiator.receive(bytes.subspan(at, piece), context);
    if (used > piece) std::abort();
    at += piece;
  }
  if (initiator.state() == HandshakeState::kExpectCompute) initiator.compute(context);
  check_outcome(initiator);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const codec::Bytes rest(data + 2, size - 2);
  switch (data[0] % 4) {
    case 0:
      drive_responder(rest, data[1]);
      break;
    case 1:
      drive_initiator(rest, data[1]);
      break;
    case 2: {
      const std::string object = codec::sign_jws(codec::as_text(rest), world().node.key);
      drive_responder(codec::as_bytes(object), data[1]);
      break;
    }
    default: {
      const std::string object = codec::sign_jws(codec::as_text(rest), world().relay.key);
      drive_initiator(codec::as_bytes(object), data[1]);
      break;
    }
  }
  return 0;
}
