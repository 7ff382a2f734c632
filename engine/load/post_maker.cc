#include "engine/load/post_maker.h"

#include "codec/resource.h"

namespace sdmp::load {
namespace {

// Common English words: filler compresses about as prose does.
constexpr std::string_view kWords[] = {
    "the",   "of",    "and",   "a",     "to",     "in",   "is",   "you",   "that",   "it",
    "he",    "was",   "for",   "on",    "are",    "as",   "with", "his",   "they",   "at",
    "be",    "this",  "have",  "from",  "or",     "one",  "had",  "by",    "word",   "but",
    "not",   "what",  "all",   "were",  "we",     "when", "your", "can",   "said",   "there",
    "use",   "an",    "each",  "which", "she",    "do",   "how",  "their", "if",     "will",
    "up",    "other", "about", "out",   "many",   "then", "them", "these", "so",     "some",
    "her",   "would", "make",  "like",  "him",    "into", "time", "has",   "look",   "two",
    "more",  "write", "go",    "see",   "number", "no",   "way",  "could", "people", "than",
    "first", "water", "been",  "call",  "who",    "its",  "now",  "find",  "long",   "down",
    "day",   "did",   "get",   "come",  "made",   "may",  "part", "over",  "new",    "sound"};

// How every container of ours begins, and what it has besides payload and signature: the protected
// header and the JSON around them.
constexpr std::string_view kPayloadBegin = R"({"payload":")";
constexpr std::size_t kAroundPayload = 208;

}  // namespace

PostMaker::PostMaker(const Plan& plan, std::string run, std::uint64_t seed)
    : plan_(plan), run_(std::move(run)), generator_(seed) {
  std::vector<double> weights;
  for (const SizeShare& share : plan.sizes) weights.push_back(share.weight);
  sizes_ = std::discrete_distribution<std::size_t>(weights.begin(), weights.end());
}

std::size_t PostMaker::draw_size() {
  return plan_.sizes[plan_.sizes.size() == 1 ? 0 : sizes_(generator_)].octets;
}

void PostMaker::append_filler(std::size_t octets, std::string& content) {
  const std::size_t end = content.size() + octets;
  while (content.size() < end) {
    content += kWords[generator_() % std::size(kWords)];
    content += ' ';
  }
  content.resize(end);
}

std::string PostMaker::make_content(const codec::PrivateKey& publisher, codec::UnixMillis created,
                                    const Tag& tag) {
  std::string content = tag_text(run_, tag);
  if (!plan_.texts.empty()) return content + plan_.texts[next_text_++ % plan_.texts.size()];
  static constexpr std::string_view kSchemas[] = {"resource", "post"};
  const std::size_t payload =
      codec::build_payload(publisher.public_key().fingerprint(), created, kSchemas,
                           R"("post":{"content":")" + content + R"("})")
          .size();
  // In base64url four octets stand for three.
  const std::size_t around = kAroundPayload + (publisher.signature_size() * 4 + 2) / 3;
  const std::size_t size = draw_size();
  const std::size_t room = size > around ? (size - around) * 3 / 4 : 0;
  if (room > payload) append_filler(room - payload, content);
  return content;
}

Post PostMaker::make(const codec::PrivateKey& publisher, codec::UnixMillis created,
                     const Tag& tag) {
  Post post;
  post.text = codec::build_post(publisher, created, "", make_content(publisher, created, tag));
  const std::string_view payload = std::string_view(post.text).substr(kPayloadBegin.size());
  post.identifier.octets = codec::sha512(codec::as_bytes(payload.substr(0, payload.find('"'))));
  return post;
}

}  // namespace sdmp::load
