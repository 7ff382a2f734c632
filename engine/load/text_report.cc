#include "engine/load/text_report.h"

#include <algorithm>

#include "engine/load/figures.h"
#include "engine/load/format.h"

namespace sdmp::load {
namespace {

constexpr std::size_t kColumns = 100;
constexpr std::size_t kLabel = 11;
constexpr std::size_t kOptionLines = 3;

// Labels in a column of their own; what does not fit goes on below.
class Page {
 public:
  void empty_line() { text_ += '\n'; }
  void line(std::string_view label, std::string_view content) {
    text_ += left(label, kLabel);
    text_ += content;
    text_ += '\n';
  }
  // Breaks between words.
  void wrapped(std::string_view label, std::string_view content, std::size_t lines = 99) {
    while (lines-- > 1 && width(content) > kColumns - kLabel) {
      std::size_t end = 0;
      for (std::size_t at = content.find(' '); at != content.npos; at = content.find(' ', at + 1)) {
        if (width(content.substr(0, at)) > kColumns - kLabel) break;
        end = at;
      }
      if (end == 0) break;
      line(label, content.substr(0, end));
      content.remove_prefix(end + 1);
      label = "";
    }
    line(label, content);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string seconds(double s) {
  return trimmed(s, 1) + " s";
}

void add_what_was_run(const Report& report, const Verdict& verdict, Page& page) {
  page.line("sdmp-load",
            report.scenario + " against " + report.server + (verdict.passed() ? "" : ": FAILED"));
  page.line("", report.started + ", " + seconds(report.elapsed_s) + ", measured for " +
                    seconds(report.measured_s) + (report.interrupted ? "; interrupted" : ""));
  std::string options;
  for (const auto& [name, value] : report.options) {
    options += (options.empty() ? "" : " ") + name + "=" + value;
  }
  if (!options.empty()) page.wrapped("Options", options, kOptionLines);
}

void add_rates(const Report& report, Page& page) {
  page.empty_line();
  const Stats& stats = report.stats;
  page.line("Rate", report.measured_s > 0 ? amount(report.rate()) + " " + report.counted + "/s (" +
                                                grouped(report.count()) + " in all)"
                                          : "nothing was measured");
  std::string moved;
  const auto add = [&](std::uint64_t count, std::string_view what) {
    if (count > 0 && what != report.counted)
      moved += grouped(count) + " " + std::string(what) + ", ";
  };
  if (report.counted != "sessions") add(stats.handshakes, "handshakes");
  add(stats.messages, "messages");
  add(stats.deliveries, "deliveries");
  moved += bytes(static_cast<double>(stats.bytes_out)) + " sent, " +
           bytes(static_cast<double>(stats.bytes_in)) + " received";
  if (report.measured_s > 0) {
    moved += ", " +
             bytes(static_cast<double>(stats.bytes_out + stats.bytes_in) / report.measured_s) +
             "/s";
  }
  page.line("", moved);
}

void add_durations(std::string_view label, const Histogram& of, Page& page) {
  if (of.count() == 0) return;
  std::string row;
  for (const double percent : {50.0, 90.0, 99.0, 99.9, 99.99}) {
    row += right(duration(static_cast<double>(of.percentile(percent))), kLabel);
  }
  row += right(duration(static_cast<double>(of.max())), kLabel);
  row += right(duration(of.mean()), kLabel);
  page.line(label, row);
}

void add_latency(const Report& report, Page& page) {
  const Stats& stats = report.stats;
  page.empty_line();
  if (stats.latency.count() + stats.bystander.count() == 0) {
    page.line("Latency", "no samples");
    return;
  }
  std::string head;
  for (const char* name : {"p50", "p90", "p99", "p99.9", "p99.99", "max", "mean"}) {
    head += right(name, kLabel);
  }
  page.line("", head);
  add_durations("Latency", stats.latency, page);
  add_durations("Service", stats.service, page);
  add_durations("Client lag", stats.lag, page);
  add_durations("Bystanders", stats.bystander, page);
  if (stats.latency.count() > 0) page.wrapped("", how_latency_counts(report));
}

void add_verified(const Report& report, Page& page) {
  if (!verifies(report)) return;
  const Verified& verified = report.stats.verified;
  page.line("Verified",
            grouped(verified.expected) + " expected, " + grouped(verified.received) + " received");
  std::string text =
      grouped(verified.missing) + " missing, " + grouped(verified.duplicated) + " duplicated, " +
      (report.reads_back ? grouped(verified.corrupt) + " corrupt, " : "content not checked, ") +
      grouped(verified.out_of_order) + " out of order";
  if (verified.broken_chain > 0) {
    text += ", " + grouped(verified.broken_chain) + " off the journal's chain";
  }
  page.line("", text);
}

void add_errors(const Report& report, Page& page) {
  if (report.stats.error_count() == 0) {
    page.line("Errors", "none");
    return;
  }
  std::string_view label = "Errors";
  for (std::size_t i = 0; i < kErrorKinds; ++i) {
    if (report.stats.errors[i] == 0) continue;
    const auto kind = static_cast<ErrorKind>(i);
    page.line(label, grouped(report.stats.errors[i]) + " " + std::string(name(kind)) + ": " +
                         std::string(explain(kind)));
    label = "";
  }
}

std::string cpu(double cpu_s, double measured_s) {
  std::string text = significant(cpu_s) + " s CPU";
  if (measured_s > 0) text += " (" + trimmed(100 * cpu_s / measured_s, 1) + " % of a core)";
  return text;
}

void add_processes(const Report& report, Page& page) {
  const std::string per_one = " µs CPU per ";
  const std::string one = singular(report.counted);
  if (const auto& use = report.server_use) {
    std::string text = cpu(use->cpu_s, report.measured_s);
    if (use->cpu_us_per_message) {
      text += ", " + significant(*use->cpu_us_per_message) + per_one + one;
    }
    if (use->cpu_us_per_handshake) {
      text += ", " + significant(*use->cpu_us_per_handshake) + per_one + "handshake";
    }
    text += use->rss_bytes ? ", RSS " + bytes(static_cast<double>(*use->rss_bytes))
                           : ", and it had ended";
    if (use->rss_bytes_per_session)
      text += ", " + bytes(*use->rss_bytes_per_session) + " per session";
    page.wrapped("Server", text);
  }
  std::string text = cpu(report.client_cpu_s, report.measured_s);
  if (report.count() > 0) {
    text += ", " + significant(report.client_cpu_s * 1e6 / static_cast<double>(report.count())) +
            per_one + one;
  }
  page.line("Client", text);
}

void add_outcome(const Report& report, const Verdict& verdict, Page& page) {
  std::string extras;
  for (const auto& extra : report.extras) {
    extras += (extras.empty() ? "" : ", ") + extra.name + " " + amount(extra.value);
    if (!extra.unit.empty()) extras += " " + extra.unit;
  }
  if (!extras.empty()) page.wrapped("Also", extras);
  if (!report.warnings.empty() || !verdict.passed()) page.empty_line();
  for (const auto& warning : report.warnings) page.wrapped("Warning", warning);
  for (const auto& failure : verdict.failures()) page.wrapped("FAILED", failure);
}

}  // namespace

std::string how_latency_counts(const Report& report) {
  return "Latency counts from when a " + singular(report.counted) +
         " was due, whether or not it could be sent then; service from when it was sent.";
}

std::string text_report(const Report& report, const Verdict& verdict) {
  Page page;
  add_what_was_run(report, verdict, page);
  add_rates(report, page);
  add_latency(report, page);
  page.empty_line();
  add_verified(report, page);
  add_errors(report, page);
  add_processes(report, page);
  add_outcome(report, verdict, page);
  return page.take();
}

// Eighty columns with the longest name of a phase behind them.
std::string progress_head(std::string_view counted) {
  return right("time", 8) + right(std::string(counted) + "/s", 13) + right("sessions", 10) +
         right("in flight", 10) + right("p50", 9) + right("p99", 9) + right("errors", 9);
}

std::string progress_line(const Interval& interval) {
  const auto time = [](std::int64_t ns) {
    return right(ns > 0 ? duration(static_cast<double>(ns)) : "–", 9);
  };
  std::string line = right(trimmed(interval.at_s, 0) + " s", 8) + right(amount(interval.rate), 13) +
                     right(grouped(interval.gauges.sessions), 10) +
                     right(grouped(interval.gauges.in_flight), 10) + time(interval.p50_ns) +
                     time(interval.p99_ns) + right(grouped(interval.errors), 9);
  if (!interval.measured()) line += "  " + std::string(name(interval.stage));
  return line;
}

}  // namespace sdmp::load
