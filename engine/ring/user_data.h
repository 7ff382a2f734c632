// What names an operation while the kernel holds it: the slot of its owner, the slot's generation
// and the kind of operation, packed in the 64 bits of user data. A completion that comes late finds
// another generation and is recognized as nobody's.
#pragma once

#include <cstdint>

namespace sdmp::ring {

enum class Op : std::uint8_t {
  kNone,
  kAccept,
  kConnect,
  kReceive,
  kSend,
  kClose,
  kCancel,
  kWake,
  kPeerAddress,
  kAdopt,
  kExpose,
  kDiscard,
};

// Generations count modulo 2^24: a slot is reused only after the kernel gave back every operation
// of its owner, so that no completion can be 16 million reuses late.
inline constexpr std::uint32_t kGenerationMask = 0x00ff'ffff;

// The slot of operations that belong to no slot: cancellations of them complete with it, and find
// nobody.
inline constexpr std::uint32_t kNobody = 0xffff'ffff;

struct UserData {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;  // at most kGenerationMask
  Op op = Op::kNone;

  bool operator==(const UserData&) const = default;
};

constexpr std::uint64_t pack(const UserData& data) {
  return std::uint64_t{data.slot} | std::uint64_t{data.generation & kGenerationMask} << 32 |
         std::uint64_t{static_cast<std::uint8_t>(data.op)} << 56;
}
constexpr UserData unpack(std::uint64_t bits) {
  return {static_cast<std::uint32_t>(bits),
          static_cast<std::uint32_t>(bits >> 32) & kGenerationMask, static_cast<Op>(bits >> 56)};
}

}  // namespace sdmp::ring
