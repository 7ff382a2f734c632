// What the ledger still has to tell one shard. A mailbox that is full never makes the ledger wait
// and never loses anything: commits that pile up are merged into one.
//
// Thread rule: the ledger's thread.
#pragma once

#include <deque>
#include <functional>

#include "engine/shard/ledger_port.h"

namespace sdmp::relay {

class LedgerOutbox {
 public:
  LedgerOutbox(shard::LedgerPort& port, std::function<void()> wake)
      : port_(port), wake_(std::move(wake)) {}

  void commit(shard::Committed committed);
  void tell(shard::ToShard message) { waiting_.push_back(std::move(message)); }
  // Hands over what the mailbox takes and wakes the shard when it took something. True when
  // nothing waits any longer.
  bool flush();

  // Fresh lines kept while a shard does not take its commits. They say who sent a resource: of
  // older ones that is forgotten, and who sent it may get it back.
  static constexpr std::size_t kFreshMax = 4096;

 private:
  shard::LedgerPort& port_;
  std::function<void()> wake_;
  std::deque<shard::ToShard> waiting_;
};

}  // namespace sdmp::relay
