// What a message of the server says, read once however many sessions it came to: a relay that packs
// once and seals per session sends the same octets to all of them, so that a text which is equal,
// octet for octet, to one that was understood needs no second look. That keeps a client's share of
// a fan-out small without believing anything.
#pragma once

#include <array>
#include <string>
#include <unordered_map>
#include <vector>

#include "codec/container.h"
#include "codec/frame.h"
#include "codec/sync_message.h"
#include "engine/load/identity.h"
#include "engine/load/plan.h"
#include "engine/load/publications.h"

namespace sdmp::load {

// One message of the server.
struct Arrived {
  enum class Kind : std::uint8_t {
    kIgnored,  // valid, nothing for us
    kBad,      // malformed, or not signed by the server
    kJournalRequest,
    kJournalUpdate,
    kResource,         // pushed, or the answer 200
    kNotFound,         // the answer 400 or 404
    kResourceRequest,  // of something that we never announced
  };
  Kind kind = Kind::kIgnored;
  // kJournalRequest: its `since`; answers: data.request; kResourceRequest: its identifier.
  std::string text;

  // kJournalUpdate.
  codec::LineNumber since;
  codec::LineNumber first;  // on its first line
  codec::LineNumber last;   // on its last line
  codec::LineNumber next;   // that the line behind it will carry
  bool chain_holds = true;  // from line to line
  struct Line {
    codec::Identifier resource;
    codec::Fingerprint publisher;
    std::optional<Tag> tag;  // of this run
  };
  std::vector<Line> lines;  // in the journal's order
  std::vector<Tag> tags;    // of this run, by publisher, then in the journal's order

  // kResource.
  codec::Identifier resource;
  std::optional<Tag> tag;   // of this run
  Publication publication;  // with a tag
  // As it was published; of what this run did not publish: signed by one of our nodes, or nobody's
  // that we know.
  bool intact = false;
};

// Thread rule: one thread.
class Inbox {
 public:
  // All must outlive it.
  Inbox(const ServerIdentity& server, const TestIdentities& identities,
        const Publications& publications, SignatureCheck signatures);

  // The text of one opened frame; valid until the next call. An error ends the session.
  codec::Result<const Arrived*> understand(codec::Bytes packed);
  // Packed texts that were read, and those that were known.
  std::uint64_t read() const { return read_; }
  std::uint64_t known() const { return known_; }

 private:
  // Texts of a fan-out come to all sessions soon one after another.
  static constexpr std::size_t kKept = 4096;
  struct Kept {
    codec::ByteVector packed;
    Arrived arrived;
  };

  void read_message(const codec::Container& container, Arrived& out);
  void read_update(const codec::Container& container, Arrived& out);
  void read_response(const codec::Container& container, Arrived& out);
  bool signature_due();
  bool is_intact(const codec::Container& content, const Arrived& arrived,
                 std::string_view text) const;

  const ServerIdentity& server_;
  std::unordered_map<codec::Fingerprint, codec::PublicKey, codec::DigestHash> publishers_;
  const Publications& publications_;
  SignatureCheck signatures_;
  codec::FrameLimits limits_;
  codec::Inflater inflater_;
  codec::ByteVector arena_;
  codec::ContainerReader reader_;
  codec::ContainerReader content_reader_;
  codec::JournalUpdate update_;
  std::array<Kept, kKept> kept_;
  std::uint64_t read_ = 0;
  std::uint64_t known_ = 0;
};

}  // namespace sdmp::load
