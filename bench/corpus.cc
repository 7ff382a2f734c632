#include "bench/corpus.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>

#include "codec/base64url.h"
#include "codec/container.h"
#include "codec/json.h"
#include "codec/sync_message.h"

namespace sdmp::bench {
namespace {

using codec::Schema;

constexpr const char* kTextDirectory = "/usr/share/common-licenses";
constexpr std::size_t kEd25519SignatureBytes = 64;
constexpr std::size_t kRsa3072SignatureBytes = 384;
// Below this an RSA-3072 signature leaves no room for what it signs.
constexpr std::size_t kRsaFrom = 1024;

// std::uniform_int_distribution differs between libraries; this does not.
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : generator_(seed) {}
  std::size_t below(std::size_t bound) { return generator_() % bound; }
  codec::ByteVector octets(std::size_t count) {
    codec::ByteVector result(count);
    for (std::uint8_t& octet : result) octet = static_cast<std::uint8_t>(generator_() >> 56);
    return result;
  }
  template <class Digest>
  Digest digest() {
    Digest result;
    std::ranges::copy(octets(result.octets.size()), result.octets.begin());
    return result;
  }

 private:
  std::mt19937_64 generator_;
};

struct Signer {
  codec::Fingerprint publisher;
  std::string_view algorithm;
  std::size_t signature_bytes;
};

class Writer {
 public:
  Writer(std::string_view text, std::uint64_t seed) : text_(text), noise_(seed) {
    for (Signer& signer : modern_) {
      signer = {noise_.digest<codec::Fingerprint>(), "EdDSA", kEd25519SignatureBytes};
    }
    for (Signer& signer : classic_) {
      signer = {noise_.digest<codec::Fingerprint>(), "RS512", kRsa3072SignatureBytes};
    }
  }

  std::string container(std::size_t bytes, std::size_t turn) {
    const bool rsa = bytes >= kRsaFrom && turn % 2 == 1;
    const Signer& signer = rsa ? classic_[noise_.below(8)] : modern_[noise_.below(8)];
    const codec::UnixMillis created = 1'795'000'000'000 + noise_.below(1'000'000'000);
    switch (turn / 2 % 4) {
      case 0:
        return fit(bytes, [&](std::size_t content) { return post(signer, created, content); });
      case 1:
        if (bytes < 2048) return request(signer, created, bytes);
        return fit(bytes, [&, inner = signer](std::size_t content) {
          return answer(signer, created, post(inner, created - 60'000, content));
        });
      case 2:
        if (bytes < 1024) return answer(signer, created, {});
        return update(signer, created, bytes);
      default:
        return fit(bytes, [&](std::size_t content) { return post(signer, created, content); });
    }
  }

 private:
  // As sign_jws writes it.
  std::string seal(const Signer& signer, std::string_view payload) {
    std::string header = R"({"alg":")";
    header.append(signer.algorithm).append(R"(","kid":")").append(signer.publisher.text());
    header.append(R"("})");
    std::string text = R"({"payload":")";
    text.append(codec::base64url_encode(codec::as_bytes(payload)));
    text.append(R"(","signatures":[{"protected":")");
    text.append(codec::base64url_encode(codec::as_bytes(header)));
    text.append(R"(","signature":")");
    text.append(codec::base64url_encode(noise_.octets(signer.signature_bytes)));
    return text.append(R"("}]})");
  }

  std::string message(const Signer& signer, codec::UnixMillis created, Schema schema,
                      const std::string& body) {
    const std::array schemas{codec::name(schema)};
    return seal(signer, codec::build_payload(signer.publisher, created, schemas, body));
  }

  std::string post(const Signer& signer, codec::UnixMillis created, std::size_t content) {
    const std::size_t size = std::min(content, text_.size() - 1);
    const std::size_t at = noise_.below(text_.size() - size);
    std::string body = R"("post":{"content":)";
    codec::json::append_string(text_.substr(at, size), body);
    const std::array schemas{codec::name(Schema::kResource), codec::name(Schema::kPost)};
    return seal(signer, codec::build_payload(signer.publisher, created, schemas, body + "}"));
  }

  std::string answer(const Signer& signer, codec::UnixMillis created, std::string_view content) {
    const bool pushed = !content.empty();
    const auto status = pushed ? codec::ResponseStatus::kOk : codec::ResponseStatus::kNotFound;
    const std::string request = std::to_string(noise_.below(100'000));
    return message(signer, created, Schema::kResourceResponse,
                   codec::resource_response_body(status, request, content));
  }

  std::string request(const Signer& signer, codec::UnixMillis created, std::size_t bytes) {
    if (bytes < 1024) {
      return message(signer, created, Schema::kJournalRequest,
                     codec::journal_request_body(noise_.digest<codec::LineNumber>(), 1000));
    }
    return message(signer, created, Schema::kResourceRequest,
                   codec::resource_request_body(std::to_string(noise_.below(100'000)),
                                                modern_[noise_.below(8)].publisher,
                                                noise_.digest<codec::Identifier>()));
  }

  std::string update(const Signer& signer, codec::UnixMillis created, std::size_t bytes) {
    const std::size_t frame = 700 + signer.signature_bytes * 4 / 3;
    const std::size_t line = (codec::kJournalLineSize + 3) * 4 / 3;
    std::vector<codec::JournalEntry> entries(
        std::max<std::size_t>(1, bytes > frame ? (bytes - frame) / line : 1));
    for (codec::JournalEntry& entry : entries) {
      entry.number = noise_.digest<codec::LineNumber>();
      entry.publisher = modern_[noise_.below(8)].publisher;
      entry.resource = noise_.digest<codec::Identifier>();
    }
    return message(signer, created, Schema::kJournalUpdate,
                   codec::journal_update_body(noise_.digest<codec::LineNumber>().text(), entries));
  }

  // Calls `make` with the length of content that brings its result to `bytes`, as near as two
  // corrections get.
  template <class Make>
  std::string fit(std::size_t bytes, Make make) {
    std::size_t content = 1;
    std::string result = make(content);
    const std::size_t empty = result.size();
    if (empty >= bytes) return result;
    content = (bytes - empty) / 2;
    for (int round = 0; round < 2; ++round) {
      result = make(content);
      const double per_octet =
          static_cast<double>(result.size() - empty) / static_cast<double>(content);
      content = static_cast<std::size_t>(static_cast<double>(bytes - empty) / per_octet);
    }
    return make(content);
  }

  std::string_view text_;
  Noise noise_;
  std::array<Signer, 8> modern_;
  std::array<Signer, 8> classic_;
};

}  // namespace

std::string read_texts(const std::filesystem::path& directory,
                       const std::vector<std::string>& names) {
  std::string result;
  for (const std::string& name : names) {
    std::ifstream file(directory / name, std::ios::binary);
    if (!file) {
      std::fprintf(stderr, "%s: no such text; Debian's package base-files has it\n",
                   (directory / name).c_str());
      std::exit(1);
    }
    result.append(std::istreambuf_iterator<char>(file), {});
  }
  return result;
}

std::string training_text() {
  return read_texts(kTextDirectory, {"Apache-2.0", "GFDL-1.3", "GPL-2", "LGPL-2.1", "MPL-1.1"});
}

std::string measured_text() {
  return read_texts(kTextDirectory, {"Artistic", "CC0-1.0", "GPL-3", "MPL-2.0"});
}

std::vector<std::string> make_containers(std::string_view text, std::size_t bytes,
                                         std::size_t count, std::uint64_t seed) {
  Writer writer(text, seed);
  std::vector<std::string> result;
  result.reserve(count);
  for (std::size_t turn = 0; turn < count; ++turn) result.push_back(writer.container(bytes, turn));
  return result;
}

}  // namespace sdmp::bench
