#include <iostream>

#include <codec/batch.h>

using namespace sdmp::codec;

int main() {
  const std::string_view texts[2] = {R"({"payload":"aGVsbG8"})", R"({"payload":"d29ybGQ"})"};
  // One key per session and direction, expanded once; one nonce per frame, never used twice.
  const std::array<std::uint8_t, kAeadKeyBytes> secrets[2] = {{1}, {2}};
  const AeadBackend& backend = *aead_backend(AeadChoice::kAuto);
  AeadKey expanded[2] = {{backend, secrets[0]}, {backend, secrets[1]}};

  BatchEncoder encoder(kCompressFast);
  ByteVector frames[2];
  std::vector<EncodeItem> sealed;
  for (int i = 0; i < 2; ++i) {
    frames[i].resize(encoder.frame_bound(texts[i].size()));
    sealed.push_back({{secrets[i], {}, &expanded[i]}, texts[i], frames[i]});
  }
  encoder.encode(sealed);

  BatchDecoder decoder;
  ByteVector arena(2 * (FrameLimits().inflated_bytes + PaddedText::kPadding));
  std::vector<DecodeItem> opened;
  for (int i = 0; i < 2; ++i) {
    if (!sealed[i].frame_bytes) return 1;
    const MutableBytes frame(frames[i].data(), *sealed[i].frame_bytes);
    const auto room = MutableBytes(arena).subspan(i * (arena.size() / 2), arena.size() / 2);
    opened.push_back({sealed[i].key, frame, room});
  }
  decoder.decode(opened);

  for (int i = 0; i < 2; ++i) {
    if (!opened[i].text || opened[i].text->view() != texts[i]) return 1;
    std::cout << texts[i].size() << " -> " << *sealed[i].frame_bytes << " octets and back\n";
  }
}
