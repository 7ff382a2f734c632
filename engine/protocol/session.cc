#include "engine/protocol/session.h"

#include <algorithm>

namespace sdmp::protocol {
namespace {

bool is_sync(codec::Schema schema) {
  switch (schema) {
    case codec::Schema::kJournalRequest:
    case codec::Schema::kJournalUpdate:
    case codec::Schema::kResourceRequest:
    case codec::Schema::kResourceResponse:
      return true;
    default:
      return false;
  }
}

std::unexpected<Failure> refuse(Cause cause, codec::Error detail) {
  return std::unexpected(Failure{cause, detail});
}

}  // namespace

codec::Result<std::optional<codec::MutableBytes>> FrameAssembler::next(
    codec::MutableBytes& stream, const codec::FrameLimits& limits) {
  if (held_is_done_) {
    held_.reset();
    held_is_done_ = false;
  }
  if (!held_) {
    if (stream.empty()) return std::nullopt;
    if (stream.size() >= codec::kFrameHeaderBytes) {
      const auto size = codec::read_frame_header(stream.first<codec::kFrameHeaderBytes>(), limits);
      if (!size) return std::unexpected(size.error());
      if (stream.size() >= *size) {
        const codec::MutableBytes frame = stream.first(*size);
        stream = stream.subspan(*size);
        return frame;
      }
    }
    held_ = std::make_unique<codec::ByteVector>();
  }
  const auto take = [&](std::size_t wanted) {
    const std::size_t count = std::min(wanted, stream.size());
    held_->insert(held_->end(), stream.begin(),
                  stream.begin() + static_cast<std::ptrdiff_t>(count));
    stream = stream.subspan(count);
  };
  if (held_->size() < codec::kFrameHeaderBytes) take(codec::kFrameHeaderBytes - held_->size());
  if (held_->size() < codec::kFrameHeaderBytes) return std::nullopt;
  const auto size =
      codec::read_frame_header(codec::Bytes(*held_).first<codec::kFrameHeaderBytes>(), limits);
  if (!size) return std::unexpected(size.error());
  // Capacity follows what has arrived: doubling, but never beyond the frame.
  const std::size_t arrived = std::min(*size, held_->size() + stream.size());
  if (held_->capacity() < arrived) held_->reserve(std::min(*size, 2 * arrived));
  take(*size - held_->size());
  if (held_->size() < *size) return std::nullopt;
  held_is_done_ = true;
  return codec::MutableBytes(*held_);
}

SessionScratch::SessionScratch(const codec::FrameLimits& frame_limits,
                               const codec::AeadBackend& aead)
    : limits(frame_limits),
      keys(aead),
      arena(frame_limits.inflated_bytes + codec::PaddedText::kPadding) {}

std::expected<std::optional<Message>, Failure> Session::receive(codec::MutableBytes& stream,
                                                                const TrustTable& trust,
                                                                codec::UnixMillis now,
                                                                SessionScratch& scratch) {
  const auto frame = assembler_.next(stream, scratch.limits);
  if (!frame) return refuse(Cause::kFrameInvalid, frame.error());
  if (!*frame) return std::nullopt;
  if (!trust.may_connect(peer_, now)) {
    return std::unexpected(Failure{Cause::kTrustLost, std::nullopt});
  }
  const auto packed = codec::open_frame(keys_.receive.next_frame(scratch.keys), **frame);
  if (!packed) return refuse(Cause::kFrameInvalid, packed.error());
  const auto text = codec::unpack_text(scratch.inflater, *packed, scratch.limits, scratch.arena);
  if (!text) return refuse(Cause::kFrameInvalid, text.error());
  const auto container = scratch.container.parse(*text);
  if (!container) return refuse(Cause::kContainerInvalid, container.error());

  const bool sync = is_sync(container->first_schema());
  if (sync && container->publisher != peer_) {
    return std::unexpected(Failure{Cause::kNotSignedByPeer, std::nullopt});
  }
  // What means nothing here may come from anybody, but a signature that we can check must hold
  // (P-FRAME).
  if (const TrustEntry* signer = trust.find(container->publisher); signer && signer->key) {
    const auto verified = container->verify(*signer->key);
    if (!verified) return refuse(Cause::kContainerSignature, verified.error());
  }
  return Message{sync ? MessageKind::kSync : MessageKind::kIgnored, *container};
}

}  // namespace sdmp::protocol
