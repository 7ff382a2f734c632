#include "engine/load/html_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/load/sample_report.h"

namespace sdmp::load {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(HtmlTables, TilesShowTheKeyFigures) {
  const std::string tiles = tiles_html(sample_report());
  EXPECT_THAT(tiles, HasSubstr("<dt>Rate</dt><dd>100 <small>/s</small></dd>"));
  EXPECT_THAT(tiles, HasSubstr("<dt>Latency p99</dt><dd>9.90 <small>ms</small></dd>"));
  EXPECT_THAT(tiles, HasSubstr("<dt>Arrived</dt><dd>100 <small>%</small></dd>"));
  EXPECT_THAT(tiles, HasSubstr("<dt>Server CPU per message</dt><dd>50.0 <small>µs</small></dd>"));
  EXPECT_THAT(tiles, HasSubstr("9.10 KiB per session"));
}

TEST(HtmlTables, NearlyAllIsNotAll) {
  Report report = sample_report();
  report.stats.verified.expected = 1'000'000;
  report.stats.verified.received = 999'999;
  EXPECT_THAT(tiles_html(report), HasSubstr("&gt;99.99 <small>%</small>"));
}

TEST(HtmlTables, WhatWasNotMeasuredIsLeftOut) {
  const Report report = empty_report();
  EXPECT_THAT(tiles_html(report), HasSubstr("<dt>Rate</dt><dd>–</dd>"));
  EXPECT_THAT(tiles_html(report), Not(HasSubstr("Latency")));
  EXPECT_THAT(tiles_html(report), Not(HasSubstr("Server")));
  EXPECT_EQ(latency_table_html(report), "");
  EXPECT_EQ(verification_table_html(report), "");
  EXPECT_EQ(configuration_table_html(report), "");
  EXPECT_THAT(error_table_html(report), HasSubstr("None."));
  EXPECT_THAT(cost_table_html(report), HasSubstr("Client CPU"));
}

TEST(HtmlTables, FaultsStandOut) {
  Report report = sample_report();
  report.stats.verified.missing = 3;
  report.stats.errors[static_cast<std::size_t>(ErrorKind::kTimeout)] = 1234;
  EXPECT_THAT(verification_table_html(report), HasSubstr("Missing</th><td class=\"fault\">3</td>"));
  EXPECT_THAT(verification_table_html(report), HasSubstr("Corrupt</th><td>0</td>"));
  report.reads_back = false;
  EXPECT_THAT(verification_table_html(report), HasSubstr("Corrupt</th><td>not checked</td>"));
  EXPECT_THAT(error_table_html(report),
              HasSubstr("No answer in time</th><td class=\"fault\">1,234</td>"));
}

TEST(HtmlTables, LatencyHasARowPerWayToCount) {
  const std::string table = latency_table_html(sample_report());
  EXPECT_THAT(table, HasSubstr("Latency</th><td>1,000</td><td>10.0 µs</td>"));
  EXPECT_THAT(table, HasSubstr("Service time"));
  EXPECT_THAT(table, HasSubstr("Client lag"));
  EXPECT_THAT(table, Not(HasSubstr("Bystanders")));
}

TEST(HtmlTables, CostsAndExtras) {
  Report report = sample_report();
  report.extras = {{"ramp_s", 3.5, "s"}};
  const std::string table = cost_table_html(report);
  EXPECT_THAT(table, HasSubstr("Server CPU per message</th><td>50.0 µs"));
  EXPECT_THAT(table, HasSubstr("Client CPU per message</th><td>20.0 µs"));
  EXPECT_THAT(table, HasSubstr("ramp_s</th><td>3.50 s"));
}

TEST(HtmlTables, OptionsAreEscaped) {
  EXPECT_THAT(configuration_table_html(sample_report()),
              HasSubstr("<td class=\"text\">a&lt;b&gt;&amp;&quot;c&quot;</td>"));
}

}  // namespace
}  // namespace sdmp::load
