#include "engine/load/html_report.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/load/sample_report.h"

namespace sdmp::load {
namespace {

using testing::HasSubstr;
using testing::Not;

// Whether every element is closed by its own end tag.
bool is_balanced(std::string_view html) {
  std::vector<std::string_view> open;
  const std::size_t style = html.find("<style>");
  for (std::size_t at = html.find('<'); at != html.npos; at = html.find('<', at + 1)) {
    const std::string_view tag = html.substr(at + 1, html.find('>', at) - at - 1);
    const std::string_view name =
        tag.substr(tag.starts_with('/'), tag.find(' ') - tag.starts_with('/'));
    if (tag.starts_with('!') || tag.ends_with('/') || name == "meta") continue;
    if (!tag.starts_with('/')) {
      open.push_back(name);
    } else {
      if (open.empty() || open.back() != name) return false;
      open.pop_back();
    }
    if (at == style) at = html.find("</style>") - 1;
  }
  return open.empty();
}

TEST(HtmlReport, SaysWhatWasRunAndHowItEnded) {
  const std::string page = html_report(sample_report(), {});
  EXPECT_THAT(page, HasSubstr("<title>fan-in passed – sdmp-load</title>"));
  EXPECT_THAT(page, HasSubstr("<span class=\"badge good\">Passed</span>"));
  EXPECT_THAT(page, HasSubstr("Against [::1]:7367, started 2026-03-01T10:00:00Z, measured for 10 s "
                              "of 12.5 s."));
  EXPECT_THAT(page, HasSubstr("<h2>Messages per second</h2>"));
  EXPECT_THAT(page, HasSubstr("<h2>Latency by percentile</h2>"));
  EXPECT_THAT(page, HasSubstr("Latency counts from when a message was due"));
  EXPECT_TRUE(is_balanced(page));
}

TEST(HtmlReport, FailuresAndWarningsComeFirst) {
  Report report = sample_report();
  report.interrupted = true;
  report.warnings = {"The client was the bottleneck."};
  const std::string page =
      html_report(report, {"Verification failed: 3 missing", {"p99 is > 5 ms"}});
  EXPECT_THAT(page, HasSubstr("<span class=\"badge bad\">Failed</span>"));
  EXPECT_THAT(page, HasSubstr("<span class=\"badge warn\">Interrupted</span>"));
  EXPECT_THAT(page,
              HasSubstr("<li>Verification failed: 3 missing</li>\n<li>p99 is &gt; 5 ms</li>"));
  EXPECT_LT(page.find("The client was the bottleneck."), page.find("class=\"tiles\""));
}

TEST(HtmlReport, LoadsNothingAndRunsNothing) {
  const std::string page = html_report(sample_report(), {});
  for (const char* foreign : {"<script", "http:", "https:", "src=", "<link", "url(", "@import"}) {
    EXPECT_THAT(page, Not(HasSubstr(foreign)));
  }
}

TEST(HtmlReport, NothingFromOutsideIsMarkup) {
  Report report = sample_report();
  const std::string evil = "</style><script>alert('1')</script>";
  report.scenario = report.server = report.counted = report.started = evil;
  report.options = {{evil, evil}};
  report.warnings = {evil};
  report.extras = {{evil, 1, evil}};
  const std::string page = html_report(report, {evil, {evil}});
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_TRUE(is_balanced(page));
}

TEST(HtmlReport, ARunWithoutAnythingIsAPageToo) {
  const std::string page = html_report(empty_report(), {});
  EXPECT_THAT(page, HasSubstr("No samples."));
  EXPECT_THAT(page, Not(HasSubstr("nan")));
  EXPECT_THAT(page, Not(HasSubstr("<svg")));
  EXPECT_TRUE(is_balanced(page));
  Report brief = empty_report();
  brief.intervals.resize(1);
  EXPECT_TRUE(is_balanced(html_report(brief, {})));
}

}  // namespace
}  // namespace sdmp::load
