#include "bench/naive_pipeline.h"

#include <memory>

#include <openssl/evp.h>
#include <zlib.h>

namespace sdmp::bench {
namespace {

using Octets = std::vector<std::uint8_t>;
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

constexpr int kRawDeflate = -15;
constexpr int kZlibMemoryDefault = 8;
constexpr int kTagBytes = 16;
constexpr std::size_t kHeaderBytes = 4;
constexpr std::size_t kBlock = 256;

Octets deflate_text(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kRawDeflate, kZlibMemoryDefault,
               Z_DEFAULT_STRATEGY);
  Octets out(deflateBound(&stream, text.size()));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string inflate_text(const Octets& packed) {
  z_stream stream{};
  inflateInit2(&stream, kRawDeflate);
  stream.next_in = const_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string text;
  std::vector<char> chunk(16384);
  int result = Z_OK;
  while (result == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    result = inflate(&stream, Z_NO_FLUSH);
    text.append(chunk.data(), chunk.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  return result == Z_STREAM_END ? text : std::string();
}

}  // namespace

Octets naive_encode(const std::string& text, std::span<const std::uint8_t> key,
                    std::span<const std::uint8_t> nonce) {
  Octets packed = deflate_text(text);
  packed.resize((packed.size() + kBlock - 1) / kBlock * kBlock);
  const auto blocks = static_cast<std::uint32_t>(packed.size() / kBlock);
  const Octets header = {static_cast<std::uint8_t>(blocks >> 24),
                         static_cast<std::uint8_t>(blocks >> 16),
                         static_cast<std::uint8_t>(blocks >> 8), static_cast<std::uint8_t>(blocks)};

  const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce.data());
  int written = 0;
  EVP_EncryptUpdate(cipher.get(), nullptr, &written, header.data(), static_cast<int>(kHeaderBytes));
  Octets ciphertext(packed.size());
  EVP_EncryptUpdate(cipher.get(), ciphertext.data(), &written, packed.data(),
                    static_cast<int>(packed.size()));
  EVP_EncryptFinal_ex(cipher.get(), ciphertext.data() + written, &written);
  Octets tag(kTagBytes);
  EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag.data());

  Octets frame = header;
  frame.insert(frame.end(), ciphertext.begin(), ciphertext.end());
  frame.insert(frame.end(), tag.begin(), tag.end());
  return frame;
}

std::string naive_decode(const Octets& frame, std::span<const std::uint8_t> key,
                         std::span<const std::uint8_t> nonce) {
  if (frame.size() < kHeaderBytes + kTagBytes) return {};
  const Octets header(frame.begin(), frame.begin() + kHeaderBytes);
  const Octets ciphertext(frame.begin() + kHeaderBytes, frame.end() - kTagBytes);
  Octets tag(frame.end() - kTagBytes, frame.end());

  const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce.data());
  int written = 0;
  EVP_DecryptUpdate(cipher.get(), nullptr, &written, header.data(), static_cast<int>(kHeaderBytes));
  Octets packed(ciphertext.size());
  EVP_DecryptUpdate(cipher.get(), packed.data(), &written, ciphertext.data(),
                    static_cast<int>(ciphertext.size()));
  EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data());
  if (EVP_DecryptFinal_ex(cipher.get(), packed.data() + written, &written) != 1) return {};
  return inflate_text(packed);
}

}  // namespace sdmp::bench
