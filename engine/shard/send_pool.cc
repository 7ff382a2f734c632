#include "engine/shard/send_pool.h"

#include <algorithm>

namespace sdmp::shard {

std::unique_ptr<SendBuffer> SendPool::take(std::size_t bytes) {
  std::size_t capacity = bytes;
  for (std::size_t i = 0; i < kClasses.size(); ++i) {
    if (bytes > kClasses[i]) continue;
    if (!kept_[i].empty()) {
      auto buffer = std::move(kept_[i].back());
      kept_[i].pop_back();
      spare_[i] = std::min(spare_[i], kept_[i].size());
      kept_bytes_ -= buffer->capacity;
      return buffer;
    }
    capacity = kClasses[i];
    break;
  }
  auto buffer = std::make_unique<SendBuffer>();
  buffer->memory = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
  buffer->capacity = capacity;
  return buffer;
}

void SendPool::give_back(std::unique_ptr<SendBuffer> buffer) {
  if (!buffer || kept_bytes_ + buffer->capacity > kKeptBytesMax) return;
  for (std::size_t i = 0; i < kClasses.size(); ++i) {
    if (buffer->capacity != kClasses[i]) continue;
    buffer->begin = 0;
    buffer->end = 0;
    kept_bytes_ += buffer->capacity;
    kept_[i].push_back(std::move(buffer));
    return;
  }
}

void SendPool::trim() {
  for (std::size_t i = 0; i < kClasses.size(); ++i) {
    kept_bytes_ -= spare_[i] * kClasses[i];
    kept_[i].resize(kept_[i].size() - spare_[i]);
    spare_[i] = kept_[i].size();
  }
}

}  // namespace sdmp::shard
