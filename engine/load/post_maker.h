// The posts of a run: real containers, each different, of a chosen size.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "codec/digest.h"
#include "codec/key.h"
#include "codec/timestamp.h"
#include "engine/load/plan.h"
#include "engine/load/publications.h"

namespace sdmp::load {

// A container that holds any tag: an Ed25519 signature, no filler. With an RSA signature they are
// longer.
inline constexpr std::size_t kPostBytesMin = 640;

struct Post {
  std::string text;  // the container
  codec::Identifier identifier;
};

// Thread rule: one thread at a time.
class PostMaker {
 public:
  // `plan` must outlive it.
  PostMaker(const Plan& plan, std::string run, std::uint64_t seed);

  // A signed container for `tag`, its size drawn from plan.sizes (met within 2 octets, where tag
  // and signature leave room) or its content from plan.texts.
  Post make(const codec::PrivateKey& publisher, codec::UnixMillis created, const Tag& tag);

 private:
  std::size_t draw_size();
  std::string make_content(const codec::PrivateKey& publisher, codec::UnixMillis created,
                           const Tag& tag);
  void append_filler(std::size_t octets, std::string& content);

  const Plan& plan_;
  std::string run_;
  std::mt19937_64 generator_;
  std::discrete_distribution<std::size_t> sizes_;
  std::size_t next_text_ = 0;
};

}  // namespace sdmp::load
