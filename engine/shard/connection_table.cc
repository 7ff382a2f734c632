#include "engine/shard/connection_table.h"

#include "codec/check.h"
#include "engine/shard/handshake_driver.h"
#include "engine/shard/session_part.h"

namespace sdmp::shard {

Connection::Connection() = default;
Connection::~Connection() = default;

ConnectionTable::ConnectionTable() = default;
ConnectionTable::~ConnectionTable() = default;

Connection& ConnectionTable::add() {
  if (free_.empty()) {
    free_.push_back(slots_++);
    table_.emplace_back();
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  Slot& entry = table_[slot];
  entry.connection = slab_.make();
  entry.connection->slot = slot;
  entry.connection->generation = entry.generation;
  ++used_;
  return *entry.connection;
}

void ConnectionTable::remove(Connection& connection) {
  SDMP_CHECK(connection.operations == 0 && !connection.timer.armed() && !connection.session &&
             !connection.object_awaited);
  Slot& entry = table_[connection.slot];
  entry.generation = entry.generation % ring::kGenerationMask + 1;
  free_.push_back(connection.slot);
  --used_;
  entry.connection.reset();
}

Connection* ConnectionTable::find(std::uint32_t slot, std::uint32_t generation) {
  if (slot >= slots_ || table_[slot].generation != generation) return nullptr;
  return table_[slot].connection.get();
}

Connection* ConnectionTable::at(std::uint32_t slot) {
  return table_[slot].connection.get();
}

void ConnectionTable::enter_session(Connection& connection) {
  connection.session_index = static_cast<std::uint32_t>(sessions_.size());
  sessions_.push_back(connection.slot);
}

void ConnectionTable::leave_session(Connection& connection) {
  SDMP_CHECK(sessions_[connection.session_index] == connection.slot);
  const std::uint32_t last = sessions_.back();
  sessions_[connection.session_index] = last;
  table_[last].connection->session_index = connection.session_index;
  sessions_.pop_back();
}

void ConnectionTable::begin_awaiting(Connection& connection) {
  connection.object_awaited = true;
  ++awaited_;
}

void ConnectionTable::end_awaiting(Connection& connection) {
  if (!connection.object_awaited) return;
  connection.object_awaited = false;
  --awaited_;
}

}  // namespace sdmp::shard
