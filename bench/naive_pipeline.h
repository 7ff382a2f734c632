// The pipeline that one writes first: zlib at its default level and OpenSSL, a fresh context for
// every message, a fresh vector for every step. Its frames are those of codec/frame.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sdmp::bench {

std::vector<std::uint8_t> naive_encode(const std::string& text, std::span<const std::uint8_t> key,
                                       std::span<const std::uint8_t> nonce);
// Empty when the frame is wrong.
std::string naive_decode(const std::vector<std::uint8_t>& frame, std::span<const std::uint8_t> key,
                         std::span<const std::uint8_t> nonce);

}  // namespace sdmp::bench
