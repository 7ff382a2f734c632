#include "engine/load/requests.h"

#include <gtest/gtest.h>

#include "codec/sync_message.h"

namespace sdmp::load {
namespace {

Arrived::Line line_of(std::uint8_t number) {
  Arrived::Line line;
  line.resource.octets.fill(number);
  line.publisher.octets.fill(9);
  return line;
}

std::string body_of(std::uint64_t request, std::uint8_t number) {
  const Arrived::Line line = line_of(number);
  return codec::resource_request_body(std::to_string(request), line.publisher, line.resource);
}

bool all(const Arrived::Line&) {
  return true;
}

TEST(Requests, AreMadeInOrderAndAnsweredOnce) {
  Requests requests;
  EXPECT_TRUE(requests.done());
  requests.add(line_of(1));
  requests.add(line_of(2));
  EXPECT_FALSE(requests.done());
  EXPECT_FALSE(requests.waiting());
  EXPECT_EQ(requests.next(50, all), body_of(1, 1));
  EXPECT_EQ(requests.next(60, all), body_of(2, 2));
  EXPECT_FALSE(requests.next(70, all));
  EXPECT_TRUE(requests.waiting());

  const auto second = requests.answered("2");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->line.resource, line_of(2).resource);
  EXPECT_EQ(second->sent_ns, 60);
  EXPECT_FALSE(requests.answered("2"));
  EXPECT_FALSE(requests.answered("")) << "a push";
  EXPECT_FALSE(requests.done());
  EXPECT_TRUE(requests.answered("1"));
  EXPECT_TRUE(requests.done());
}

TEST(Requests, NoMoreThanTheMostWaitForAnAnswer) {
  Requests requests;
  for (std::size_t i = 0; i <= kAskedMax; ++i) requests.add(line_of(1));
  for (std::size_t i = 0; i < kAskedMax; ++i) EXPECT_TRUE(requests.next(0, all));
  EXPECT_FALSE(requests.next(0, all));
  EXPECT_TRUE(requests.answered("5"));
  EXPECT_TRUE(requests.next(0, all));
}

TEST(Requests, WhatIsNoLongerWantedIsNotAskedFor) {
  Requests requests;
  for (std::uint8_t i = 1; i <= 4; ++i) requests.add(line_of(i));
  const auto even = [](const Arrived::Line& line) { return line.resource.octets[0] % 2 == 0; };
  EXPECT_EQ(requests.next(0, even), body_of(1, 2));
  EXPECT_EQ(requests.next(0, even), body_of(2, 4));
  EXPECT_FALSE(requests.next(0, even));
}

TEST(Requests, WhatHadNoAnswerWhenTheSessionEndedIsAskedForAgain) {
  Requests requests;
  requests.add(line_of(1));
  requests.add(line_of(2));
  EXPECT_TRUE(requests.next(0, all));
  requests.lose_answers();
  EXPECT_FALSE(requests.waiting());
  EXPECT_FALSE(requests.answered("1")) << "an answer in the session before";
  EXPECT_EQ(requests.next(0, all), body_of(2, 2));
  EXPECT_EQ(requests.next(0, all), body_of(3, 1));
}

}  // namespace
}  // namespace sdmp::load
