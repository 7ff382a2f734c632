#include "engine/load/html_tables.h"

#include <utility>
#include <vector>

#include "engine/load/figures.h"
#include "engine/load/format.h"
#include "engine/load/svg_chart.h"

namespace sdmp::load {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kCorrupt = "Corrupt";

std::string section(std::string_view title, const std::string& content) {
  return "<section>\n<div class=\"title\"><h2>" + escaped(title) + "</h2></div>\n" + content +
         "</section>\n";
}

// Number and unit apart: the unit is set smaller.
std::string with_small_unit(const std::string& text) {
  const std::size_t space = text.rfind(' ');
  if (space == std::string::npos) return escaped(text);
  return escaped(text.substr(0, space)) + " <small>" + escaped(text.substr(space + 1)) + "</small>";
}

std::string tile(std::string_view label, const std::string& figure, std::string_view below) {
  return "<div class=\"tile\"><dt>" + escaped(label) + "</dt><dd>" + with_small_unit(figure) +
         "</dd><dd class=\"below\">" + escaped(below) + "</dd></div>\n";
}

struct Cell {
  std::string text;
  std::string_view style = "";  // class of the <td>
};

// The first column names the row.
class Table {
 public:
  void head(std::initializer_list<std::string_view> names) {
    rows_ += "<thead><tr>";
    for (const auto name : names) rows_ += "<th scope=\"col\">" + escaped(name) + "</th>";
    rows_ += "</tr></thead>\n<tbody>\n";
    has_head_ = true;
  }
  void row(std::string_view name, const std::vector<Cell>& cells) {
    if (!has_head_) head({});
    rows_ += "<tr><th scope=\"row\">" + escaped(name) + "</th>";
    for (const auto& [text, style] : cells) {
      rows_ += style.empty() ? "<td>" : "<td class=\"" + std::string(style) + "\">";
      rows_ += escaped(text) + "</td>";
    }
    rows_ += "</tr>\n";
    empty_ = false;
  }
  std::string under(std::string_view title) const {
    return empty_ ? "" : section(title, "<table>\n" + rows_ + "</tbody>\n</table>\n");
  }

 private:
  std::string rows_;
  bool has_head_ = false;
  bool empty_ = true;
};

std::string at_percentile(const Histogram& of, double percent) {
  return duration(static_cast<double>(of.percentile(percent)));
}

std::string resident(const ServerUse& use) {
  return use.rss_bytes ? bytes(static_cast<double>(*use.rss_bytes)) : "–";
}

std::string cpu_share(double cpu_s, double measured_s) {
  if (measured_s <= 0) return significant(cpu_s) + " s";
  return significant(cpu_s) + " s, " + trimmed(100 * cpu_s / measured_s, 1) + " % of a core";
}

}  // namespace

std::string tiles_html(const Report& report) {
  const Stats& stats = report.stats;
  std::string tiles;
  tiles += tile("Rate", report.measured_s > 0 ? amount(report.rate()) + " /s" : "–",
                grouped(report.count()) + " " + report.counted);
  if (stats.latency.count() > 0) {
    tiles += tile("Latency p50", at_percentile(stats.latency, 50),
                  "service " + at_percentile(stats.service, 50));
    tiles += tile("Latency p99", at_percentile(stats.latency, 99),
                  "service " + at_percentile(stats.service, 99));
    tiles += tile("Latency p99.9", at_percentile(stats.latency, 99.9),
                  "max " + duration(static_cast<double>(stats.latency.max())));
  }
  if (verifies(report)) {
    const Verified& verified = stats.verified;
    const double share = verified.expected > 0 ? 100 * static_cast<double>(verified.received) /
                                                     static_cast<double>(verified.expected)
                                               : 0;
    // Rounding must not make all of nearly all.
    const std::string shown =
        verified.received < verified.expected && share > 99.99 ? ">99.99" : trimmed(share, 2);
    tiles += tile("Arrived", verified.expected > 0 ? shown + " %" : "–",
                  grouped(verified.received) + " of " + grouped(verified.expected));
  }
  const double tried = attempts(report);
  const auto failed = static_cast<double>(stats.error_count());
  tiles += tile("Errors", grouped(stats.error_count()),
                tried > 0 ? significant(100 * failed / tried) + " % of attempts" : "no attempts");
  if (const auto& use = report.server_use) {
    const auto& each =
        use->cpu_us_per_message ? use->cpu_us_per_message : use->cpu_us_per_handshake;
    if (each) {
      const std::string one = use->cpu_us_per_message ? singular(report.counted) : "handshake";
      tiles += tile("Server CPU per " + one, significant(*each) + " µs",
                    cpu_share(use->cpu_s, report.measured_s));
    }
    tiles += tile("Server memory", resident(*use),
                  use->rss_bytes_per_session ? bytes(*use->rss_bytes_per_session) + " per session"
                                             : "resident");
  }
  return "<dl class=\"tiles\">\n" + tiles + "</dl>\n";
}

std::string latency_table_html(const Report& report) {
  const Stats& stats = report.stats;
  Table table;
  table.head({"", "count", "min", "mean", "p50", "p90", "p99", "p99.9", "p99.99", "max"});
  for (const auto& [label, of] : {std::pair{"Latency", &stats.latency},
                                  {"Service time", &stats.service},
                                  {"Client lag", &stats.lag},
                                  {"Bystanders", &stats.bystander}}) {
    if (of->count() == 0) continue;
    std::vector<Cell> cells{
        {grouped(of->count())}, {duration(static_cast<double>(of->min()))}, {duration(of->mean())}};
    for (const double percent : {50.0, 90.0, 99.0, 99.9, 99.99}) {
      cells.push_back({at_percentile(*of, percent)});
    }
    cells.push_back({duration(static_cast<double>(of->max()))});
    table.row(label, cells);
  }
  return table.under("Latency in figures");
}

std::string verification_table_html(const Report& report) {
  if (!verifies(report)) return "";
  const Verified& verified = report.stats.verified;
  Table table;
  table.row("Expected", {{grouped(verified.expected)}});
  table.row("Received", {{grouped(verified.received)}});
  for (const auto& [label, count] : {std::pair{"Missing"sv, verified.missing},
                                     {"Duplicated"sv, verified.duplicated},
                                     {kCorrupt, verified.corrupt},
                                     {"Out of order"sv, verified.out_of_order},
                                     {"Off the journal's chain"sv, verified.broken_chain}}) {
    const bool checked = label != kCorrupt || report.reads_back;
    table.row(label, {{checked ? grouped(count) : "not checked", count > 0 ? "fault" : ""}});
  }
  return table.under("Verification");
}

std::string error_table_html(const Report& report) {
  const Stats& stats = report.stats;
  if (stats.error_count() == 0) return section("Errors", "<p class=\"about\">None.</p>\n");
  Table table;
  for (std::size_t i = 0; i < kErrorKinds; ++i) {
    if (stats.errors[i] == 0) continue;
    const auto kind = static_cast<ErrorKind>(i);
    table.row(capitalized(explain(kind)), {{grouped(stats.errors[i]), "fault"}});
  }
  return table.under("Errors");
}

std::string cost_table_html(const Report& report) {
  Table table;
  const std::string per_one = "CPU per " + singular(report.counted);
  if (const auto& use = report.server_use) {
    table.row("Server CPU", {{cpu_share(use->cpu_s, report.measured_s)}});
    if (use->cpu_us_per_message) {
      table.row("Server " + per_one, {{significant(*use->cpu_us_per_message) + " µs"}});
    }
    if (use->cpu_us_per_handshake) {
      table.row("Server CPU per handshake", {{significant(*use->cpu_us_per_handshake) + " µs"}});
    }
    table.row("Server memory, resident", {{resident(*use)}});
    if (use->rss_bytes_per_session) {
      table.row("Server memory per session", {{bytes(*use->rss_bytes_per_session)}});
    }
  }
  table.row("Client CPU", {{cpu_share(report.client_cpu_s, report.measured_s)}});
  if (report.count() > 0) {
    const double each = report.client_cpu_s * 1e6 / static_cast<double>(report.count());
    table.row("Client " + per_one, {{significant(each) + " µs"}});
  }
  const Stats& stats = report.stats;
  table.row("Handshakes", {{grouped(stats.handshakes)}});
  if (stats.messages > 0) table.row("Messages", {{grouped(stats.messages)}});
  if (stats.deliveries > 0) table.row("Deliveries", {{grouped(stats.deliveries)}});
  table.row("Sent on TCP", {{bytes(static_cast<double>(stats.bytes_out))}});
  table.row("Received on TCP", {{bytes(static_cast<double>(stats.bytes_in))}});
  for (const auto& extra : report.extras) {
    table.row(extra.name, {{amount(extra.value) + (extra.unit.empty() ? "" : " " + extra.unit)}});
  }
  return table.under("Cost and volume");
}

std::string configuration_table_html(const Report& report) {
  Table table;
  for (const auto& [name, value] : report.options) table.row(name, {{value, "text"}});
  return table.under("Configuration");
}

}  // namespace sdmp::load
