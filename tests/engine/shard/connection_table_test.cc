#include "engine/shard/connection_table.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "engine/shard/handshake_driver.h"
#include "engine/shard/session_part.h"

namespace sdmp::shard {
namespace {

TEST(ConnectionTable, ReusesSlotsWithAnotherGeneration) {
  ConnectionTable table;
  Connection& first = table.add();
  const SessionToken old{first.slot, first.generation};
  EXPECT_EQ(table.find(old), &first);
  table.remove(first);
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(table.find(old), nullptr);
  Connection& second = table.add();
  EXPECT_EQ(second.slot, old.slot);
  EXPECT_EQ(table.find(old), nullptr) << "late for the first, not meant for the second";
  EXPECT_EQ(table.find(second.data(ring::Op::kSend)), &second);
  EXPECT_EQ(table.slots(), 1u);
}

TEST(ConnectionTable, UnknownSlotsAreNobody) {
  ConnectionTable table;
  EXPECT_EQ(table.find(0, 0), nullptr);
  EXPECT_EQ(table.find(0xffff'ffff, 0), nullptr);
}

TEST(ConnectionTable, AddressesStay) {
  ConnectionTable table;
  Connection& first = table.add();
  for (int i = 0; i < 1000; ++i) table.add();
  EXPECT_EQ(table.at(first.slot), &first);
  EXPECT_EQ(table.size(), 1001u);
}

TEST(ConnectionTable, KeepsTheSessionsDense) {
  ConnectionTable table;
  std::vector<Connection*> all;
  for (int i = 0; i < 10; ++i) all.push_back(&table.add());
  for (Connection* connection : all) table.enter_session(*connection);
  for (const std::size_t i : {std::size_t{3}, std::size_t{9}, std::size_t{0}}) {
    table.leave_session(*all[i]);
  }
  std::vector<std::uint32_t> slots(table.sessions().begin(), table.sessions().end());
  std::ranges::sort(slots);
  EXPECT_EQ(slots, (std::vector<std::uint32_t>{1, 2, 4, 5, 6, 7, 8}));
}

TEST(ConnectionTable, CountsThoseWhoseObjectIsAwaitedOnce) {
  ConnectionTable table;
  Connection& first = table.add();
  Connection& second = table.add();
  table.begin_awaiting(first);
  table.begin_awaiting(second);
  EXPECT_EQ(table.awaited(), 2u);
  table.end_awaiting(first);
  table.end_awaiting(first);
  EXPECT_EQ(table.awaited(), 1u);
  table.end_awaiting(second);
  EXPECT_EQ(table.awaited(), 0u);
  table.remove(first);
  table.remove(second);
}

// The property of the design, measured where it is decided.
TEST(Connection, AnIdleSessionCostsAtMostOneKibibyte) {
  std::cout << "Connection " << sizeof(Connection) << " octets, SessionPart " << sizeof(SessionPart)
            << "\n";
  EXPECT_LE(sizeof(Connection) + sizeof(SessionPart), 800u);
}

}  // namespace
}  // namespace sdmp::shard
