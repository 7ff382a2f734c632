// Brings what shards say about dials to whoever started them.
//
// Thread rule: any thread; callbacks run on the shard's thread that reports.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>

#include "engine/relay/node.h"
#include "engine/shard/shard.h"

namespace sdmp::relay {

class DialRouter final : public shard::DialObserver {
 public:
  // A new id; its events go to `events` until it ends (keep = false) or remove().
  std::uint64_t add(bool keep, DialEvents events);
  // An event that is on its way may still arrive: callbacks own what they touch.
  void remove(std::uint64_t dial_id);

  void on_established(std::uint64_t dial_id, const codec::Fingerprint& peer) override;
  void on_progress(std::uint64_t dial_id, const protocol::SyncProgress& progress) override;
  void on_ended(std::uint64_t dial_id, const protocol::Failure& failure,
                const std::string& words) override;

 private:
  struct Entry {
    bool keep;
    DialEvents events;
  };
  std::shared_ptr<Entry> find(std::uint64_t dial_id);

  std::mutex mutex_;
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, std::shared_ptr<Entry>> entries_;
};

}  // namespace sdmp::relay
