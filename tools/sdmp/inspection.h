// The layers that `sdmp inspect` explains: frames (P-FRAME), packed text (TCP-8), containers
// (CON-1) and the containers within them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/frame.h"
#include "codec/secret.h"
#include "tools/sdmp/commands.h"
#include "tools/sdmp/explanation.h"

namespace sdmp::tools {

// One direction's key and iv (P-SEC), and the counter of the next frame that they open.
struct CaptureKey {
  codec::Secret<codec::kAeadKeyBytes> key;
  codec::Secret<codec::kAeadNonceBytes> iv;
  std::uint64_t counter = 0;
};

// P-SEC: after so many frames there is another key.
inline constexpr std::uint64_t kRatchetFrames = std::uint64_t{1} << 20;

struct Inspection {
  OpenHome* opened = nullptr;  // where publishers' keys are looked up; nullptr: nowhere
  std::map<codec::Fingerprint, codec::PublicKey> keys;  // of the identities seen
  std::optional<CaptureKey> key;
  std::size_t offset = 0;           // of the item that is being explained, in the input
  std::vector<std::string> faults;  // one sentence each, with the offset

  // Says in the layer, and in the list of faults, what is wrong with it.
  void fault(Layer& layer, const std::string& words);
};

std::string hexadecimal(codec::Bytes octets);

// Adds what a container's text is, down to the containers within it.
void explain_container(Inspection& inspection, std::string_view text, Layer& layer);

// Adds the layers of packed text: DEFLATE, padding, the container.
void explain_packed(Inspection& inspection, codec::Bytes packed, Layer& layer);

// Adds the layers of one whole frame, as deep as the inspection's key leads; advances its counter.
void explain_frame(Inspection& inspection, codec::Bytes frame, Layer& layer);

}  // namespace sdmp::tools
