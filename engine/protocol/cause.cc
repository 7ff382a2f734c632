#include "engine/protocol/cause.h"

#include "codec/check.h"

namespace sdmp::protocol {
namespace {

struct Words {
  Cause cause;
  std::string_view name;
  std::string_view explanation;
};

constexpr Words kWords[] = {
    {Cause::kNone, "none", "nothing went wrong"},
    {Cause::kNotAnObject, "not_an_object", "the peer sent something else than a connection object"},
    {Cause::kObjectTooLong, "object_too_long",
     "the connection object does not end within 16384 bytes"},
    {Cause::kObjectInvalid, "object_invalid", "the connection object is not valid"},
    {Cause::kBytesBehindObject, "bytes_behind_object",
     "the peer sent more behind its connection object before it had the answer"},
    {Cause::kClockSkew, "clock_skew",
     "the connection object was created more than 300 s away from this node's clock"},
    {Cause::kGroupNotAccepted, "group_not_accepted",
     "g and p name no group that is accepted here, or not the one that was offered"},
    {Cause::kPublisherUnknown, "publisher_unknown",
     "the publisher is no trusted and unexpired identity"},
    {Cause::kPublisherNotANode, "publisher_not_a_node", "the publisher is a user, not a node"},
    {Cause::kPublisherIsSelf, "publisher_is_self", "the publisher is this very node"},
    {Cause::kPublisherUnexpected, "publisher_unexpected",
     "another node answered than the one that was dialled"},
    {Cause::kReplayed, "replayed", "the connection object has been seen before"},
    {Cause::kSignatureInvalid, "signature_invalid",
     "the signature of the connection object does not verify"},
    {Cause::kPublicValueInvalid, "public_value_invalid",
     "N is out of range or leads to a zero secret"},
    {Cause::kHandshakeDeadline, "handshake_deadline", "the handshake was not done in time"},
    {Cause::kTooManySessions, "too_many_sessions",
     "the node has as many sessions as one node may have"},
    {Cause::kCrowdedOut, "crowded_out",
     "of too many who had not sent their connection object it had waited longest"},
    {Cause::kRefusedByPeer, "refused_by_peer", "the peer refused the connection"},
    {Cause::kClosedByPeer, "closed_by_peer", "the peer closed the connection"},
    {Cause::kFrameInvalid, "frame_invalid", "a frame is not valid"},
    {Cause::kContainerInvalid, "container_invalid", "a frame holds no valid container"},
    {Cause::kContainerSignature, "container_signature",
     "the signature of a container does not verify"},
    {Cause::kNotSignedByPeer, "not_signed_by_peer",
     "a synchronization message is signed by someone else than the peer"},
    {Cause::kSendStalled, "send_stalled", "the peer has not taken a byte for too long"},
    {Cause::kTrustLost, "trust_lost", "the node is not trusted any more"},
    {Cause::kShuttingDown, "shutting_down", "this node is shutting down"},
    {Cause::kLocalFailure, "local_failure", "this node could not go on"},
};

constexpr bool in_order_of_value() {
  std::size_t value = 0;
  for (const Words& words : kWords) {
    if (static_cast<std::size_t>(words.cause) != value++) return false;
  }
  return value == static_cast<std::size_t>(Cause::kLocalFailure) + 1;
}
static_assert(in_order_of_value(), "kWords is indexed by the value of Cause");

const Words& words_of(Cause cause) {
  const auto index = static_cast<std::size_t>(cause);
  SDMP_CHECK(index < std::size(kWords));
  return kWords[index];
}

}  // namespace

std::string_view name(Cause cause) {
  return words_of(cause).name;
}

std::string_view explain(Cause cause) {
  return words_of(cause).explanation;
}

std::string describe(const Failure& failure) {
  std::string text(explain(failure.cause));
  if (failure.detail) {
    text += ": ";
    text += codec::explain(*failure.detail);
  }
  return text;
}

}  // namespace sdmp::protocol
