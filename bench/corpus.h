// Containers as the wire carries them, made from real text: what the codec's tables are trained on
// and what its benches measure.
//
// Reproducible: the same text, size, count and seed give the same octets on every machine.
// Fingerprints and signatures are seeded noise of the right length, for a compressor the same as
// real ones; everything else is what the codec's own builders write.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sdmp::bench {

// The text of the given files, one after the other; `directory` is /usr/share/common-licenses on
// every Debian machine. Prints what is missing and exits with 1 when a file cannot be read.
std::string read_texts(const std::filesystem::path& directory,
                       const std::vector<std::string>& names);

// Two sets without a common file, so that tables are never measured on what they were trained on.
std::string training_text();
std::string measured_text();

// `count` containers of about `bytes` octets each, or the smallest of their kind when that is
// larger. By turns: a post, a post pushed in a resource_response, a journal_update, and from the
// smallest sizes requests and answers without content; Ed25519 (64 octets) and RSA-3072 (384
// octets) signatures by halves, where the size has room for the latter.
std::vector<std::string> make_containers(std::string_view text, std::size_t bytes,
                                         std::size_t count, std::uint64_t seed);

}  // namespace sdmp::bench
