#include "engine/load/svg_chart.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sdmp::load {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

Chart chart_of(std::vector<Point> points) {
  Chart chart;
  chart.title = "rate";
  chart.x = elapsed_axis(10);
  chart.y = count_axis(100);
  chart.lines = {{"rate", std::move(points), false}};
  return chart;
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(SvgChart, LinesRunFromCornerToCorner) {
  const std::string drawn = svg(chart_of({{0, 0}, {10, 100}}));
  EXPECT_THAT(drawn, HasSubstr("<path class=\"line line-1\" d=\"M60 248L926 14\"/>"));
  EXPECT_THAT(drawn, HasSubstr(">10 s</text>"));
  EXPECT_THAT(drawn, HasSubstr(">100</text>"));
  EXPECT_THAT(drawn, HasSubstr("aria-label=\"rate\""));
}

TEST(SvgChart, GapsPartLinesAndLonePointsAreDots) {
  const std::string drawn =
      svg(chart_of({{0, kGap}, {1, 5}, {2, 6}, {3, kGap}, {4, 7}, {5, kGap}, {6, 8}, {7, 9}}));
  EXPECT_EQ(count_of(drawn, "<path class=\"line "), 2u);
  EXPECT_EQ(count_of(drawn, "<circle "), 1u);
  EXPECT_THAT(drawn, Not(HasSubstr("nan")));
  EXPECT_THAT(drawn, Not(HasSubstr("–")));
}

TEST(SvgChart, WithoutPointsThereAreAxes) {
  const std::string drawn = svg(chart_of({}));
  EXPECT_EQ(count_of(drawn, "<path"), 0u);
  EXPECT_GT(count_of(drawn, "<text"), 5u);
}

TEST(SvgChart, BandsAndHovers) {
  Chart chart = chart_of({{0, 1}, {10, 2}});
  chart.lines[0].filled = true;
  chart.bands = {{0, 5, "warm-up"}, {5, 5.1, "narrow"}};
  chart.hovers = {{0, 1, "p99 < 5 ms & \"more\""}};
  const std::string drawn = svg(chart);
  EXPECT_EQ(count_of(drawn, "class=\"band\""), 2u);
  EXPECT_THAT(drawn, HasSubstr(">warm-up</text>"));
  EXPECT_THAT(drawn, Not(HasSubstr("narrow")));
  EXPECT_THAT(drawn, HasSubstr("<title>p99 &lt; 5 ms &amp; &quot;more&quot;</title>"));
  EXPECT_THAT(drawn, HasSubstr("class=\"area line-1\""));
}

TEST(SvgChart, EverythingThatHtmlKnowsIsEscaped) {
  EXPECT_EQ(escaped("<a href='x'>\"&\"</a>"),
            "&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;&lt;/a&gt;");
  EXPECT_EQ(escaped("5 µs"), "5 µs");
}

}  // namespace
}  // namespace sdmp::load
