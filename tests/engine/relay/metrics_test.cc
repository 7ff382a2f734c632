#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/json.h"
#include "engine/protocol/cause.h"
#include "engine/relay/node.h"

namespace sdmp::relay {
namespace {

using ::testing::HasSubstr;

NodeMetrics sample() {
  NodeMetrics metrics;
  metrics.shards.resize(2);
  metrics.shards[0].accepted = 3;
  metrics.shards[1].accepted = 4;
  metrics.shards[1].sessions = 2;
  metrics.shards[0].failures[static_cast<std::size_t>(protocol::Cause::kReplayed)] = 5;
  metrics.shards[1].sync.journals_forked = 1;
  metrics.ledger.journal_size = 12;
  metrics.uptime_ms = 1500;
  return metrics;
}

TEST(Metrics, AreOneFlatJsonObject) {
  codec::json::Document document;
  const std::string text = metrics_json(sample());
  const auto value = document.parse_copy(text);
  ASSERT_TRUE(value) << text;
  const auto number = [&](std::string_view name) {
    const auto member = value->find(name);
    return member ? member->integer().value_or(-1) : -2;
  };
  EXPECT_EQ(number("accepted"), 7);
  EXPECT_EQ(number("sessions"), 2);
  EXPECT_EQ(number("failures_replayed"), 5);
  EXPECT_EQ(number("failures_signature_invalid"), 0);
  EXPECT_EQ(number("failures_local_failure"), 0);
  EXPECT_EQ(number("journals_forked"), 1);
  EXPECT_EQ(number("journal_lines"), 12);
  EXPECT_EQ(number("uptime_ms"), 1500);
  EXPECT_EQ(number("shards"), 2);
}

TEST(Metrics, EveryPrometheusSeriesHasHelpAndType) {
  const std::string text = metrics_prometheus(sample());
  EXPECT_THAT(text, HasSubstr("# TYPE sdmp_accepted_total counter\nsdmp_accepted_total 7\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE sdmp_sessions gauge\nsdmp_sessions 2\n"));
  EXPECT_THAT(text, HasSubstr("sdmp_failures_total{cause=\"replayed\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("sdmp_shard_sessions{shard=\"1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("sdmp_uptime_seconds 1.500\n"));
  std::string current;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.starts_with("# HELP ")) {
      current = line.substr(7, line.find(' ', 7) - 7);
    } else if (!line.starts_with("#")) {
      EXPECT_EQ(line.substr(0, line.find_first_of(" {")), current) << line;
    }
  }
}

}  // namespace
}  // namespace sdmp::relay
