// An established session's stream: whole frames out of bytes, containers out of frames (TCP-9,
// P-FRAME), and the keys for sending.
//
// A frame that lies whole in the bytes given is opened in place and never copied before inflation;
// only one that straddles is assembled, in memory that is returned when the frame is done and that
// grows with what has arrived, not with what a header claims.
#pragma once

#include <expected>
#include <memory>
#include <optional>

#include "codec/container.h"
#include "codec/frame.h"
#include "codec/sync_message.h"
#include "engine/protocol/cause.h"
#include "engine/protocol/key_schedule.h"
#include "engine/protocol/trust.h"

namespace sdmp::protocol {

// Cuts a stream into frames.
class FrameAssembler {
 public:
  // Takes the next whole frame from the front of `stream`, which shrinks by what was consumed; the
  // frame is valid (and writable) until the next call. nullopt: `stream` is used up, more is
  // needed. kFrameHeader, kFrameTooLarge.
  codec::Result<std::optional<codec::MutableBytes>> next(codec::MutableBytes& stream,
                                                         const codec::FrameLimits& limits);
  // Octets held of a frame that is not complete.
  std::size_t held_bytes() const { return held_ ? held_->size() : 0; }

 private:
  std::unique_ptr<codec::ByteVector> held_;
  bool held_is_done_ = false;  // *held_ was handed out as a frame by the last call
};

// Scratch of one thread that sessions use by turns.
struct SessionScratch {
  explicit SessionScratch(const codec::FrameLimits& limits,
                          const codec::AeadBackend& aead = *codec::aead_backend({}));
  codec::FrameLimits limits;
  codec::Inflater inflater;
  codec::AeadKeyPool keys;           // of both directions
  codec::ByteVector arena;           // the inflated text of the frame at hand
  codec::ContainerReader container;  // the message
  codec::ContainerReader content;    // a resource inside it
  codec::JournalUpdate update;       // the entries of a journal_update
};

enum class MessageKind : std::uint8_t {
  kSync,     // one of the four, signed by the peer and verified
  kIgnored,  // a valid container that means nothing here (P-FRAME)
};

struct Message {
  MessageKind kind;
  codec::Container container;  // views into the scratch; until the next receive
};

class Session {
 public:
  Session(codec::Fingerprint peer, SessionKeys keys) : peer_(peer), keys_(std::move(keys)) {}

  const codec::Fingerprint& peer() const { return peer_; }

  // The next message of `stream`, which shrinks by what was consumed; nullopt when more bytes are
  // needed. A Failure ends the session: silent close.
  std::expected<std::optional<Message>, Failure> receive(codec::MutableBytes& stream,
                                                         const TrustTable& trust,
                                                         codec::UnixMillis now,
                                                         SessionScratch& scratch);
  codec::FrameKey next_send_key(SessionScratch& scratch) {
    return keys_.send.next_frame(scratch.keys);
  }
  // The session has ended: nothing of it stays in the scratch.
  void forget_keys(SessionScratch& scratch) {
    keys_.send.forget(scratch.keys);
    keys_.receive.forget(scratch.keys);
  }
  std::size_t held_bytes() const { return assembler_.held_bytes(); }

 private:
  codec::Fingerprint peer_;
  SessionKeys keys_;
  FrameAssembler assembler_;
};

}  // namespace sdmp::protocol
