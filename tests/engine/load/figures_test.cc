#include "engine/load/figures.h"

#include <fstream>
#include <iterator>
#include <set>

#include <gtest/gtest.h>

#include "tests/engine/load/sample_report.h"

namespace sdmp::load {
namespace {

std::optional<double> value_of(const Report& report, std::string_view name) {
  for (const auto& figure : figures(report)) {
    if (figure.name == name) return figure.value;
  }
  ADD_FAILURE() << "no figure " << name;
  return std::nullopt;
}

TEST(Figures, NamesAreUniqueAndTheSameForEveryRun) {
  const auto all = figures(sample_report());
  const auto none = figures(Report{});
  ASSERT_EQ(all.size(), none.size());
  std::set<std::string> names;
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].name, none[i].name);
    EXPECT_EQ(all[i].kind, none[i].kind);
    EXPECT_TRUE(names.insert(all[i].name).second) << all[i].name;
  }
}

TEST(Figures, WhatTheRunMeasured) {
  const Report report = sample_report();
  EXPECT_EQ(value_of(report, "rate"), 100);
  EXPECT_EQ(value_of(report, "messages_per_s"), 100);
  EXPECT_EQ(value_of(report, "handshakes_per_s"), 0.8);
  EXPECT_EQ(value_of(report, "bytes_per_s"), 102'400);
  EXPECT_NEAR(*value_of(report, "latency_us.p99"), 9'900'000, 9'900);
  EXPECT_NEAR(*value_of(report, "service_us.p50"), 2'500'000, 2'500);
  EXPECT_EQ(value_of(report, "latency_us.max"), 10'000'000);
  EXPECT_EQ(value_of(report, "verified.missing"), 0);
  EXPECT_EQ(value_of(report, "errors.timeout"), 0);
  EXPECT_EQ(value_of(report, "server.cpu_us_per_message"), 50);
  EXPECT_EQ(value_of(report, "client.cpu_us_per_operation"), 20);
}

TEST(Figures, WhatItDidNotMeasureIsAbsent) {
  const Report report = empty_report();
  for (const char* name : {"rate", "bytes_per_s", "latency_us.p50", "latency_us.min",
                           "bystander_us.max", "verified.missing", "server.rss_bytes",
                           "server.cpu_us_per_message", "client.cpu_us_per_operation"}) {
    EXPECT_FALSE(value_of(report, name)) << name;
  }
  EXPECT_EQ(value_of(report, "latency_us.count"), 0);
  EXPECT_EQ(value_of(report, "errors.total"), 0);
  EXPECT_FALSE(value_of(sample_report(), "server.cpu_us_per_handshake"));
}

TEST(Figures, WhatNobodyReadsBackIsNotCalledIntact) {
  Report report = sample_report();
  EXPECT_EQ(value_of(report, "verified.corrupt"), 0);
  report.reads_back = false;
  EXPECT_FALSE(value_of(report, "verified.corrupt"));
  EXPECT_EQ(value_of(report, "verified.missing"), 0);
}

TEST(Figures, ExtrasAreFiguresToo) {
  Report report = empty_report();
  report.extras = {{"ramp_s", 3.5, "s"}};
  EXPECT_EQ(value_of(report, "extras.ramp_s"), 3.5);
}

TEST(Figures, ErrorsHaveWords) {
  for (std::size_t i = 0; i < kErrorKinds; ++i) {
    EXPECT_FALSE(explain(static_cast<ErrorKind>(i)).empty());
  }
  EXPECT_EQ(singular("messages"), "message");
  EXPECT_EQ(singular("deliveries"), "delivery");
}

TEST(Figures, TheDocumentNamesThemAll) {
  std::ifstream file(SDMP_SOURCE_DIR "/docs/load-report.md");
  const std::string document(std::istreambuf_iterator<char>(file), {});
  for (const auto& figure : figures(Report{})) {
    const std::size_t dot = figure.name.find('.');
    const std::string group = dot == std::string::npos ? "" : figure.name.substr(0, dot);
    const std::string member = group.empty() ? figure.name : figure.name.substr(dot + 1);
    EXPECT_NE(document.find("`" + group), std::string::npos) << figure.name;
    EXPECT_NE(document.find("`" + member + "`"), std::string::npos) << figure.name;
  }
}

}  // namespace
}  // namespace sdmp::load
