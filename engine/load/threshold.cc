#include "engine/load/threshold.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "engine/load/figures.h"
#include "engine/load/format.h"

namespace sdmp::load {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kExtras = "extras.";

// "<=" before "<": the longest that fits.
constexpr std::pair<std::string_view, Comparison> kComparisons[] = {
    {">=", Comparison::kAtLeast},  {"<=", Comparison::kAtMost}, {"==", Comparison::kEqual},
    {"!=", Comparison::kNotEqual}, {">", Comparison::kAbove},   {"<", Comparison::kBelow}};

constexpr std::pair<std::string_view, double> kTimeUnits[] = {
    {"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"\xCE\xBCs", 1e3}, {"ms", 1e6}, {"s", 1e9}};

// What a short form stands for: by the word, or by the group before the dot.
constexpr std::pair<std::string_view, std::string_view> kShortGroups[] = {
    {"latency.", "latency_us."},
    {"service.", "service_us."},
    {"lag.", "client_lag_us."},
    {"client_lag.", "client_lag_us."},
    {"bystander.", "bystander_us."}};

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string full_name(std::string_view metric) {
  if (metric == "errors") return "errors.total";
  if (is_one_of(metric, {"p50", "p90", "p99", "p999", "p9999", "max", "mean", "min"})) {
    return "latency_us." + std::string(metric);
  }
  if (is_one_of(metric, {"expected", "received", "missing", "duplicated", "corrupt", "out_of_order",
                         "broken_chain"})) {
    return "verified." + std::string(metric);
  }
  for (const auto& [brief, group] : kShortGroups) {
    if (metric.starts_with(brief)) {
      return std::string(group) + std::string(metric.substr(brief.size()));
    }
  }
  return std::string(metric);
}

// A group whose member was misspelt is listed, else what most will look for.
std::string names_there_are(std::string_view unknown) {
  const std::string full = full_name(unknown);
  const std::string group = full.substr(0, full.find('.') + 1);
  std::string list;
  if (!group.empty()) {
    for (const auto& figure : figures(Report{})) {
      if (!figure.name.starts_with(group)) continue;
      list += (list.empty() ? "" : ", ") + figure.name.substr(group.size());
    }
    if (!list.empty()) return group.substr(0, group.size() - 1) + " has " + list;
  }
  return "there are p50, p90, p99, p999, p9999, max, mean (also as service.p99, lag.p99, "
         "bystander.p99), rate, errors, errors.KIND, expected, received, missing, duplicated, "
         "corrupt, out_of_order, server.NAME, extras.NAME and every number of the JSON file";
}

class Parser {
 public:
  explicit Parser(std::string_view expression) : text_(expression) {}

  std::expected<Threshold, std::string> parse() {
    Threshold threshold{std::string(text_), "", "", Comparison::kAbove, 0, "", false};
    skip_spaces();
    const std::size_t metric_at = at_;
    threshold.metric = metric();
    if (threshold.metric.empty()) return wrong("wants a metric, as in 'p99 > 5ms'");
    threshold.figure = full_name(threshold.metric);
    const auto kind = kind_of(threshold.figure);
    if (!kind) {
      at_ = metric_at;
      return wrong("no metric is called '" + threshold.metric + "'; " +
                   names_there_are(threshold.metric));
    }
    skip_spaces();
    const auto* comparison = take_comparison();
    if (comparison == nullptr) {
      return wrong("wants a comparison after " + threshold.metric + ": > >= < <= == !=");
    }
    threshold.comparison = comparison->second;
    skip_spaces();
    if (auto fault = value(threshold, *kind)) return std::unexpected(std::move(*fault));
    return threshold;
  }

 private:
  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  std::string metric() {
    const std::size_t end = text_.find_first_of(" \t<>=!", at_);
    const std::size_t begin = std::exchange(at_, std::min(end, text_.size()));
    return std::string(text_.substr(begin, at_ - begin));
  }

  static std::optional<FigureKind> kind_of(std::string_view figure) {
    // Which extras there are, the scenario says when it has run.
    if (figure.starts_with(kExtras) && figure.size() > kExtras.size()) return FigureKind::kPlain;
    for (const auto& known : figures(Report{})) {
      if (known.name == figure) return known.kind;
    }
    return std::nullopt;
  }

  const std::pair<std::string_view, Comparison>* take_comparison() {
    for (const auto& comparison : kComparisons) {
      if (!text_.substr(at_).starts_with(comparison.first)) continue;
      at_ += comparison.first.size();
      return &comparison;
    }
    return nullptr;
  }

  std::optional<std::string> value(Threshold& threshold, FigureKind kind) {
    const char* const begin = text_.data() + at_;
    const char* const end = text_.data() + text_.size();
    // from_chars also knows "inf" and "nan".
    const bool number = begin != end && (*begin == '.' || (*begin >= '0' && *begin <= '9'));
    const auto [stop, status] =
        number ? std::from_chars(begin, end, threshold.limit, std::chars_format::fixed)
               : std::from_chars_result{begin, std::errc::invalid_argument};
    if (status != std::errc{}) return fault("wants a number after the comparison");
    threshold.limit_text = std::string(begin, stop);
    at_ += static_cast<std::size_t>(stop - begin);
    skip_spaces();
    std::string_view unit = text_.substr(at_);
    while (unit.ends_with(' ') || unit.ends_with('\t')) unit.remove_suffix(1);
    if (kind == FigureKind::kDuration) return time(threshold, unit);
    if (unit == "%" && kind == FigureKind::kErrors) {
      threshold.percent = true;
      threshold.limit_text += " %";
      return std::nullopt;
    }
    if (unit.empty()) return std::nullopt;
    return fault(threshold.metric + " takes a number" +
                 (kind == FigureKind::kErrors ? ", or a percentage of the attempts with %" : "") +
                 ", and no '" + std::string(unit) + "' behind it");
  }

  std::optional<std::string> time(Threshold& threshold, std::string_view unit) {
    for (const auto& [known, scale] : kTimeUnits) {
      if (unit != known) continue;
      threshold.limit *= scale;
      threshold.limit_text += " " + std::string(known);
      return std::nullopt;
    }
    if (unit.empty()) {
      return fault(threshold.metric + " is a time and wants a unit: ns, us, µs, ms or s, as in " +
                   threshold.limit_text + "ms");
    }
    return fault("'" + std::string(unit) + "' is no unit of time; there are ns, us, µs, ms and s");
  }

  std::string fault(const std::string& what) const {
    return "--fail-if '" + std::string(text_) + "', column " +
           std::to_string(width(text_.substr(0, at_)) + 1) + ": " + what;
  }
  std::unexpected<std::string> wrong(const std::string& what) const {
    return std::unexpected(fault(what));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool holds(double value, Comparison comparison, double limit) {
  switch (comparison) {
    case Comparison::kAbove:
      return value > limit;
    case Comparison::kAtLeast:
      return value >= limit;
    case Comparison::kBelow:
      return value < limit;
    case Comparison::kAtMost:
      return value <= limit;
    case Comparison::kEqual:
      return value == limit;
    case Comparison::kNotEqual:
      return value != limit;
  }
  return true;
}

std::string_view words(Comparison comparison) {
  switch (comparison) {
    case Comparison::kAbove:
      return "above";
    case Comparison::kAtLeast:
      return "not below";
    case Comparison::kBelow:
      return "below";
    case Comparison::kAtMost:
      return "not above";
    case Comparison::kEqual:
      return "which is";
    case Comparison::kNotEqual:
      return "not";
  }
  return "";
}

std::string why_unmeasured(const Threshold& threshold, const Report& report) {
  const std::string_view figure = threshold.figure;
  if (figure.starts_with("server.")) {
    if (report.server_use && figure == "server.rss_bytes") return "the process had ended";
    return report.server_use ? "this scenario has no such figure"
                             : "no server process was watched: --server-pid or --self";
  }
  if (figure.starts_with("verified.")) {
    return verifies(report) ? "without --subscribers nothing is read back"
                            : "this scenario verifies nothing";
  }
  if (figure.starts_with(kExtras)) return "this scenario has no such figure";
  if (figure.find("_us.") != std::string_view::npos && !figure.starts_with("client.")) {
    return "there are no samples";
  }
  return threshold.percent ? "nothing was attempted" : "nothing was counted";
}

std::string shown(double value, FigureKind kind, bool percent) {
  if (percent) return significant(value) + " %";
  if (kind == FigureKind::kDuration) return duration(value);
  return amount(value);
}

// With three digits 5.002 ms is "5.00 ms", which nobody would call above 5 ms.
std::string shown_apart(double value, FigureKind kind, const Threshold& threshold) {
  std::string text = shown(value, kind, threshold.percent);
  if (value == threshold.limit || text != shown(threshold.limit, kind, threshold.percent)) {
    return text;
  }
  if (kind == FigureKind::kDuration) return grouped(value) + " ns";
  return significant(value, 9) + (threshold.percent ? " %" : "");
}

}  // namespace

std::expected<Threshold, std::string> parse_threshold(std::string_view expression) {
  return Parser(expression).parse();
}

std::optional<std::string> crossed(const Threshold& threshold, const Report& report) {
  const std::string source = "(--fail-if '" + threshold.expression + "')";
  const auto all = figures(report);
  const auto figure = std::find_if(
      all.begin(), all.end(), [&](const Figure& each) { return each.name == threshold.figure; });
  std::optional<double> value;
  if (figure != all.end()) value = figure->value;
  if (value && threshold.percent) {
    const double tried = attempts(report);
    value = tried > 0 ? std::optional(100 * *value / tried) : std::nullopt;
  }
  if (!value) {
    return threshold.metric + " was not measured, " + why_unmeasured(threshold, report) +
           "; what cannot be judged does not pass " + source;
  }
  if (!holds(*value, threshold.comparison, threshold.limit)) return std::nullopt;
  return threshold.metric + " is " + shown_apart(*value, figure->kind, threshold) + ", " +
         std::string(words(threshold.comparison)) + " " + threshold.limit_text + " " + source;
}

std::vector<std::string> Verdict::failures() const {
  std::vector<std::string> all;
  if (verification) all.push_back(*verification);
  all.insert(all.end(), shortfalls.begin(), shortfalls.end());
  all.insert(all.end(), crossed.begin(), crossed.end());
  return all;
}

Verdict judge(const Report& report, std::span<const Threshold> thresholds) {
  Verdict verdict;
  verdict.shortfalls = report.shortfalls;
  const Verified& verified = report.stats.verified;
  std::string faults;
  for (const auto& [count, what] : {std::pair{verified.missing, "missing"sv},
                                    {verified.duplicated, "duplicated"sv},
                                    {verified.corrupt, "corrupt"sv},
                                    {verified.out_of_order, "out of order"sv},
                                    {verified.broken_chain, "off the journal's chain"sv}}) {
    if (count == 0) continue;
    faults += (faults.empty() ? "" : ", ") + grouped(count) + " " + std::string(what);
  }
  if (!faults.empty()) {
    verdict.verification =
        "Verification failed: " + faults + "; " + grouped(verified.expected) + " expected";
  }
  for (const auto& threshold : thresholds) {
    if (auto sentence = crossed(threshold, report)) verdict.crossed.push_back(std::move(*sentence));
  }
  return verdict;
}

}  // namespace sdmp::load
