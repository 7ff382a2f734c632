#include "engine/load/inbox.h"

#include <algorithm>
#include <cstring>

namespace sdmp::load {
namespace {

constexpr std::uint64_t kSignatureSample = 16;

// The middle of a packed text: its beginning is much the same in all.
std::size_t place_of(codec::Bytes packed) {
  std::uint64_t word = 0;
  std::memcpy(&word, packed.data() + packed.size() / 2, sizeof word);
  return static_cast<std::size_t>((word * 0x9e37'79b9'7f4a'7c15u) >> 32);
}

}  // namespace

Inbox::Inbox(const ServerIdentity& server, const TestIdentities& identities,
             const Publications& publications, SignatureCheck signatures)
    : server_(server),
      publications_(publications),
      signatures_(signatures),
      arena_(limits_.inflated_bytes + codec::PaddedText::kPadding) {
  for (const codec::PrivateKey& node : identities.nodes()) {
    publishers_.emplace(node.public_key().fingerprint(), node.public_key());
  }
}

codec::Result<const Arrived*> Inbox::understand(codec::Bytes packed) {
  Kept& kept = kept_[place_of(packed) % kKept];
  if (kept.packed.size() == packed.size() &&
      std::memcmp(kept.packed.data(), packed.data(), packed.size()) == 0) {
    ++known_;
    return &kept.arrived;
  }
  ++read_;
  kept.packed.clear();
  const auto text = codec::unpack_text(inflater_, packed, limits_, arena_);
  if (!text) return std::unexpected(text.error());
  const auto container = reader_.parse(*text);
  if (!container) return std::unexpected(container.error());
  kept.arrived = {};
  read_message(*container, kept.arrived);
  kept.packed.assign(packed.begin(), packed.end());
  return &kept.arrived;
}

bool Inbox::signature_due() {
  if (signatures_ == SignatureCheck::kSample) return read_ % kSignatureSample == 1;
  return signatures_ == SignatureCheck::kAll;
}

void Inbox::read_message(const codec::Container& container, Arrived& out) {
  out.kind = Arrived::Kind::kBad;
  if (container.publisher != server_.node) return;
  if (signature_due() && !container.verify(server_.key)) return;
  switch (container.first_schema()) {
    case codec::Schema::kJournalRequest:
      if (const auto request = codec::read_journal_request(container)) {
        out.kind = Arrived::Kind::kJournalRequest;
        out.text = request->since_text;
      }
      return;
    case codec::Schema::kJournalUpdate:
      read_update(container, out);
      return;
    case codec::Schema::kResourceRequest:
      if (const auto identifier = codec::read_request_identifier(container)) {
        out.kind = Arrived::Kind::kResourceRequest;
        out.text = *identifier;
      }
      return;
    case codec::Schema::kResourceResponse:
      read_response(container, out);
      return;
    default:
      out.kind = Arrived::Kind::kIgnored;
      return;
  }
}

void Inbox::read_update(const codec::Container& container, Arrived& out) {
  if (!codec::read_journal_update(container, update_)) return;
  out.kind = Arrived::Kind::kJournalUpdate;
  out.since = update_.since;
  if (update_.entries.empty()) return;
  out.first = update_.entries.front().number;
  out.last = update_.entries.back().number;
  for (std::size_t i = 0; i < update_.entries.size(); ++i) {
    const codec::JournalEntry& entry = update_.entries[i];
    if (i > 0 && entry.number != out.next) out.chain_holds = false;
    out.next = codec::number_after(entry);
    out.lines.push_back({entry.resource, entry.publisher, publications_.find(entry.resource)});
    if (out.lines.back().tag) out.tags.push_back(*out.lines.back().tag);
  }
  std::ranges::stable_sort(out.tags, {}, &Tag::publisher);
}

void Inbox::read_response(const codec::Container& container, Arrived& out) {
  const auto response = codec::read_resource_response(container);
  if (!response) return;
  if (response->request) out.text = *response->request;
  if (!response->content) {
    out.kind = response->status ? Arrived::Kind::kNotFound : Arrived::Kind::kIgnored;
    return;
  }
  out.kind = Arrived::Kind::kResource;
  const std::string_view text = response->content->raw();
  const auto content = content_reader_.parse_copy(text);
  if (!content) return;
  out.resource = content->identifier();
  const auto post = content->payload->find("post");
  const auto words = post ? post->find("content") : std::nullopt;
  if (words && words->is_string()) out.tag = read_tag(publications_.run(), words->string());
  if (const auto publication = out.tag ? publications_.find(*out.tag) : std::nullopt) {
    out.publication = *publication;
  } else {
    out.tag.reset();
  }
  out.intact = is_intact(*content, out, text);
}

// A node may write a container anew: then the identifier, which hashes the signed payload, and the
// signature decide.
bool Inbox::is_intact(const codec::Container& content, const Arrived& arrived,
                      std::string_view text) const {
  if (arrived.tag) {
    if (Publications::hash(text) == arrived.publication.text_hash) return true;
    if (publications_.find(arrived.resource) != arrived.tag) return false;
  }
  const auto publisher = publishers_.find(content.publisher);
  // What carries a tag of this run is of one of its nodes.
  if (publisher == publishers_.end()) return !arrived.tag;
  return content.verify(publisher->second).has_value();
}

}  // namespace sdmp::load
