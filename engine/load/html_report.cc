#include "engine/load/html_report.h"

#include <optional>
#include <span>

#include "engine/load/format.h"
#include "engine/load/html_style.h"
#include "engine/load/html_tables.h"
#include "engine/load/load_charts.h"
#include "engine/load/svg_chart.h"

namespace sdmp::load {
namespace {

std::string head(const Report& report, const Verdict& verdict) {
  const std::string scenario = escaped(report.scenario);
  const bool passed = verdict.passed();
  std::string about = "Against " + report.server + ", started " + report.started +
                      ", measured for " + trimmed(report.measured_s, 1) + " s of " +
                      trimmed(report.elapsed_s, 1) + " s.";
  std::string html =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>" +
      scenario + (passed ? " passed" : " failed") + " – sdmp-load</title>\n<style>" + kStyle +
      "</style>\n</head>\n<body>\n<main>\n<header>\n"
      "<div class=\"tool\">sdmp-load</div>\n<h1>" +
      scenario;
  html += passed ? " <span class=\"badge good\">Passed</span>"
                 : " <span class=\"badge bad\">Failed</span>";
  if (report.interrupted) html += " <span class=\"badge warn\">Interrupted</span>";
  return html + "</h1>\n<p class=\"about\">" + escaped(about) + "</p>\n</header>\n";
}

std::string notes(std::string_view style, std::span<const std::string> sentences) {
  if (sentences.empty()) return "";
  std::string html = "<ul class=\"notes " + std::string(style) + "\">\n";
  for (const auto& sentence : sentences) {
    html += "<li>" + escaped(sentence) + "</li>\n";
  }
  return html + "</ul>\n";
}

std::string figure(const std::string& title, const std::optional<Chart>& chart) {
  std::string html = "<section>\n<div class=\"title\"><h2>" + escaped(title) + "</h2>";
  if (!chart) return html + "</div>\n<p class=\"about\">No samples.</p>\n</section>\n";
  if (chart->lines.size() > 1) {
    html += "<div class=\"legend\">";
    for (std::size_t i = 0; i < chart->lines.size(); ++i) {
      html += "<span class=\"hue-" + std::to_string(i + 1) + "\">" + escaped(chart->lines[i].name) +
              "</span>";
    }
    html += "</div>";
  }
  html += "</div>\n" + svg(*chart);
  if (!chart->note.empty()) html += "<p class=\"small\">" + escaped(chart->note) + "</p>\n";
  return html + "</section>\n";
}

}  // namespace

std::string html_report(const Report& report, const Verdict& verdict) {
  std::string html = head(report, verdict);
  html += notes("bad", verdict.failures());
  html += notes("warn", report.warnings);
  html += tiles_html(report);
  html += figure(capitalized(report.counted) + " per second", throughput_chart(report));
  html += figure("Latency over time", latency_chart(report));
  html += figure("Latency by percentile", percentile_chart(report));
  html += latency_table_html(report);
  html += "<div class=\"pair\">\n<div>\n" + verification_table_html(report) +
          error_table_html(report) + "</div>\n<div>\n" + cost_table_html(report) +
          "</div>\n</div>\n";
  html += configuration_table_html(report);
  return html + "</main>\n</body>\n</html>\n";
}

}  // namespace sdmp::load
