// The slots of a shard's connections: stable addresses, reused, each use with a generation of its
// own so that what comes late for an earlier one is recognized.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/shard/connection.h"
#include "engine/shard/ledger_port.h"

namespace sdmp::shard {

// Thread rule: one thread.
class ConnectionTable {
 public:
  ConnectionTable();
  ~ConnectionTable();

  // A fresh connection in a slot of its own; phase kFree until the caller sets it.
  Connection& add();
  // Precondition: nothing of it is with the kernel, in a timer wheel, in sessions() or in
  // awaited().
  void remove(Connection& connection);

  // nullptr for a slot that is free or used by another generation.
  Connection* find(std::uint32_t slot, std::uint32_t generation);
  Connection* find(const ring::UserData& data) { return find(data.slot, data.generation); }
  Connection* find(const SessionToken& token) { return find(token.slot, token.generation); }
  Connection* at(std::uint32_t slot);  // nullptr when free

  std::uint32_t size() const { return used_; }
  // One past the highest slot ever used: for going through all with at().
  std::uint32_t slots() const { return slots_; }

  // Slots of the established sessions, densely, in no order. Changes with the next
  // enter/leave_session.
  std::span<const std::uint32_t> sessions() const { return sessions_; }
  void enter_session(Connection& connection);
  void leave_session(Connection& connection);

  // Accepted connections that have not sent their connection object.
  std::size_t awaited() const { return awaited_; }
  void begin_awaiting(Connection& connection);
  void end_awaiting(Connection& connection);  // nothing when it is not awaited

 private:
  struct Slot {
    Slab<Connection>::Pointer connection;
    // Never 0: that is the listeners' and the waker's, whose cancellations complete like any other.
    std::uint32_t generation = 1;
  };
  Slab<Connection> slab_;
  std::vector<Slot> table_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> sessions_;
  std::uint32_t slots_ = 0;
  std::uint32_t used_ = 0;
  std::size_t awaited_ = 0;
};

}  // namespace sdmp::shard
