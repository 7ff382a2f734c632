#include "engine/protocol/handshake.h"

#include <algorithm>
#include <span>
#include <utility>

#include "codec/check.h"
#include "engine/protocol/limits.h"

namespace sdmp::protocol {
namespace {

// P-HS: the JWS signing input as decoded text, so that white space, escapes or the flattened form
// do not make a new object of an old one.
ReplayKey replay_key(const codec::JwsView& jws) {
  std::string input;
  input.reserve(jws.protected_header.size() + 1 + jws.payload.size());
  input += jws.protected_header;
  input += '.';
  input += jws.payload;
  return ReplayKey::of(input);
}

codec::Result<codec::EphemeralKey> ephemeral_key(codec::Group group, AgreementSeed& seed) {
  return codec::EphemeralKey::generate(
      group, std::span<const std::uint8_t, codec::kAgreementSeedBytes>(seed.writable()));
}

}  // namespace

std::string_view name(HandshakeState state) {
  switch (state) {
    case HandshakeState::kExpectStart:
      return "expect_start";
    case HandshakeState::kExpectObject:
      return "expect_object";
    case HandshakeState::kExpectCompute:
      return "expect_compute";
    case HandshakeState::kExpectFrames:
      return "expect_frames";
    case HandshakeState::kFailed:
      return "failed";
  }
  return "";
}

bool Handshake::owes_nope() const {
  if (state_ != HandshakeState::kFailed) return false;
  if (failure_.cause == Cause::kRefusedByPeer) return false;
  return failure_.cause != Cause::kClosedByPeer || role_ == Role::kResponder;
}

void Handshake::refuse(Cause cause, std::optional<codec::Error> detail) {
  if (state_ == HandshakeState::kExpectFrames || state_ == HandshakeState::kFailed) return;
  fail(cause, detail);
}

void Handshake::end_of_stream() {
  switch (state_) {
    case HandshakeState::kExpectStart:
      fail(Cause::kClosedByPeer);
      return;
    case HandshakeState::kExpectObject:
      if (peer_object_.empty()) {
        fail(Cause::kClosedByPeer);
      } else {
        fail(Cause::kObjectInvalid, codec::Error::kJsonSyntax);
      }
      return;
    case HandshakeState::kExpectCompute:
    case HandshakeState::kExpectFrames:
    case HandshakeState::kFailed:
      return;
  }
}

HandshakeResult Handshake::take_result() {
  SDMP_CHECK(state_ == HandshakeState::kExpectFrames && result_.has_value());
  HandshakeResult result = *std::move(result_);
  result_.reset();
  return result;
}

void Handshake::fail(Cause cause, std::optional<codec::Error> detail) {
  state_ = HandshakeState::kFailed;
  failure_ = {cause, detail};
  peer_object_ = std::string();
  result_.reset();
}

bool Handshake::collect(codec::Bytes bytes, const HandshakeContext& context,
                        std::size_t& consumed) {
  switch (scanner_.scan(bytes, consumed)) {
    case ObjectScanner::Status::kNotAnObject:
      fail(Cause::kNotAnObject);
      return false;
    case ObjectScanner::Status::kTooLong:
      fail(Cause::kObjectTooLong);
      return false;
    case ObjectScanner::Status::kIncomplete:
      // Else doubling would end at nearly twice of what an object may have.
      if (peer_object_.size() + bytes.size() > kConnectionObjectBytesMax / 4) {
        peer_object_.reserve(kConnectionObjectBytesMax);
      }
      peer_object_ += codec::as_text(bytes);
      return false;
    case ObjectScanner::Status::kComplete:
      peer_object_ += codec::as_text(bytes.first(consumed));
      break;
  }
  if (!check_cheaply(context)) return false;
  state_ = HandshakeState::kExpectCompute;
  return true;
}

bool Handshake::check_cheaply(const HandshakeContext& context) {
  const auto container = context.reader.parse_copy(peer_object_);
  if (!container) {
    fail(Cause::kObjectInvalid, container.error());
    return false;
  }
  if (const auto shape = codec::check_connection_shape(*container); !shape) {
    fail(Cause::kObjectInvalid, shape.error());
    return false;
  }
  if (container->created < context.now - kClockSkewMaxMs ||
      container->created > context.now + kClockSkewMaxMs) {
    fail(Cause::kClockSkew);
    return false;
  }
  if (!check_parameters(*container)) return false;
  if (!check_publisher(container->publisher, context)) return false;
  replay_key_ = replay_key(container->jws);
  if (context.replay.seen(replay_key_, context.now)) {
    fail(Cause::kReplayed);
    return false;
  }
  peer_ = container->publisher;
  return true;
}

bool Handshake::check_parameters(const codec::Container& container) {
  auto parameters = codec::read_connection(container);
  if (!parameters) {
    const codec::Error error = parameters.error();
    fail(error == codec::Error::kGroup         ? Cause::kGroupNotAccepted
         : error == codec::Error::kPublicValue ? Cause::kPublicValueInvalid
                                               : Cause::kObjectInvalid,
         error);
    return false;
  }
  if (offered_group_ && parameters->group != *offered_group_) {
    fail(Cause::kGroupNotAccepted);
    return false;
  }
  peer_parameters_ = *std::move(parameters);
  return true;
}

bool Handshake::check_publisher(const codec::Fingerprint& publisher,
                                const HandshakeContext& context) {
  if (publisher == context.node_key.public_key().fingerprint()) {
    fail(Cause::kPublisherIsSelf);
    return false;
  }
  if (!expected_.empty() && std::ranges::find(expected_, publisher) == expected_.end()) {
    fail(Cause::kPublisherUnexpected);
    return false;
  }
  const TrustEntry* entry = context.trust.find_valid(publisher, context.now);
  if (entry == nullptr) {
    fail(Cause::kPublisherUnknown);
    return false;
  }
  if (!entry->may_connect) {
    fail(Cause::kPublisherNotANode);
    return false;
  }
  return true;
}

// The reader is scratch that others have used since, and trust may have been swapped: both are
// asked again. The replay cache decides between two connections that got here with one object.
bool Handshake::check_signature(const HandshakeContext& context) {
  const auto container = context.reader.parse_copy(peer_object_);
  SDMP_CHECK(container.has_value());
  if (!check_publisher(peer_, context)) return false;
  const TrustEntry* entry = context.trust.find_valid(peer_, context.now);
  if (const auto verified = container->verify(*entry->key); !verified) {
    fail(Cause::kSignatureInvalid, verified.error());
    return false;
  }
  if (!context.replay.enter(replay_key_, container->created, context.now)) {
    fail(Cause::kReplayed);
    return false;
  }
  return true;
}

std::optional<codec::SecretBytes> Handshake::agree(const codec::EphemeralKey& own) {
  auto shared = own.agree(peer_parameters_.public_value);
  if (!shared) {
    fail(shared.error() == codec::Error::kPublicValue ? Cause::kPublicValueInvalid
                                                      : Cause::kLocalFailure,
         shared.error());
    return std::nullopt;
  }
  return *std::move(shared);
}

void Handshake::establish(codec::Bytes shared_secret, std::string_view own_object) {
  const codec::Bytes own = codec::as_bytes(own_object);
  const codec::Bytes peer = codec::as_bytes(peer_object_);
  const bool initiates = role_ == Role::kInitiator;
  result_ = HandshakeResult{
      peer_,
      derive_session_keys(role_, shared_secret, initiates ? own : peer, initiates ? peer : own),
      peer_parameters_.group};
  peer_object_ = std::string();
  state_ = HandshakeState::kExpectFrames;
}

Responder::Responder() : Handshake(Role::kResponder, HandshakeState::kExpectObject) {}

void Responder::receive(codec::Bytes bytes, const HandshakeContext& context) {
  switch (state_) {
    case HandshakeState::kExpectObject: {
      std::size_t consumed = 0;
      // The object is judged before what lies behind it, so that the cause does not depend on how
      // the stream was split.
      if (collect(bytes, context, consumed) && consumed < bytes.size()) {
        fail(Cause::kBytesBehindObject);
      }
      return;
    }
    case HandshakeState::kExpectCompute:
      if (!bytes.empty()) fail(Cause::kBytesBehindObject);
      return;
    case HandshakeState::kFailed:
      return;
    case HandshakeState::kExpectStart:
    case HandshakeState::kExpectFrames:
      break;
  }
  SDMP_CHECK(false && "Responder::receive: the handshake is over");
}

std::string Responder::compute(const HandshakeContext& context, AgreementSeed seed) {
  if (state_ == HandshakeState::kFailed) return {};
  SDMP_CHECK(state_ == HandshakeState::kExpectCompute);
  if (!check_signature(context)) return {};
  const auto own = ephemeral_key(peer_parameters_.group, seed);
  if (!own) {
    fail(Cause::kLocalFailure, own.error());
    return {};
  }
  const auto shared = agree(*own);
  if (!shared) return {};
  std::string object = codec::build_connection_object(context.node_key, context.now, own->group(),
                                                      own->public_value());
  establish(shared->bytes(), object);
  return object;
}

Initiator::Initiator(codec::Group group, std::vector<codec::Fingerprint> expected)
    : Handshake(Role::kInitiator, HandshakeState::kExpectStart) {
  SDMP_CHECK(!expected.empty());
  expected_ = std::move(expected);
  offered_group_ = group;
}

std::string Initiator::start(const HandshakeContext& context, AgreementSeed seed) {
  if (state_ == HandshakeState::kFailed) return {};
  SDMP_CHECK(state_ == HandshakeState::kExpectStart);
  auto own = ephemeral_key(*offered_group_, seed);
  if (!own) {
    fail(Cause::kLocalFailure, own.error());
    return {};
  }
  own_object_ = codec::build_connection_object(context.node_key, context.now, own->group(),
                                               own->public_value());
  ephemeral_ = *std::move(own);
  state_ = HandshakeState::kExpectObject;
  return own_object_;
}

std::size_t Initiator::receive(codec::Bytes bytes, const HandshakeContext& context) {
  switch (state_) {
    case HandshakeState::kExpectObject: {
      const bool at_start = peer_object_.empty() && !bytes.empty();
      if (at_start && (nope_matched_ > 0 || bytes.front() == kNope[0])) {
        match_nope(bytes);
        return bytes.size();
      }
      std::size_t consumed = 0;
      collect(bytes, context, consumed);
      return consumed;
    }
    case HandshakeState::kExpectCompute:
    case HandshakeState::kExpectFrames:
      return 0;
    case HandshakeState::kFailed:
      return bytes.size();
    case HandshakeState::kExpectStart:
      break;
  }
  SDMP_CHECK(false && "Initiator::receive: start() comes first");
  return 0;
}

void Initiator::match_nope(codec::Bytes bytes) {
  for (const std::uint8_t byte : bytes) {
    if (byte != static_cast<std::uint8_t>(kNope[nope_matched_])) {
      fail(Cause::kNotAnObject);
      return;
    }
    if (++nope_matched_ == std::size(kNope)) {
      fail(Cause::kRefusedByPeer);
      return;
    }
  }
}

void Initiator::compute(const HandshakeContext& context) {
  if (state_ == HandshakeState::kFailed) return;
  SDMP_CHECK(state_ == HandshakeState::kExpectCompute);
  if (!check_signature(context)) return;
  const auto shared = agree(*ephemeral_);
  ephemeral_.reset();
  if (!shared) return;
  establish(shared->bytes(), own_object_);
  own_object_ = std::string();
}

}  // namespace sdmp::protocol
