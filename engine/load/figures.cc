#include "engine/load/figures.h"

#include <array>

namespace sdmp::load {
namespace {

using Value = std::optional<double>;

class Collector {
 public:
  void plain(std::string name, Value value) {
    figures_.push_back({std::move(name), FigureKind::kPlain, value});
  }
  void count(std::string name, std::uint64_t value) {
    plain(std::move(name), static_cast<double>(value));
  }
  void errors(std::string name, std::uint64_t value) {
    figures_.push_back({std::move(name), FigureKind::kErrors, static_cast<double>(value)});
  }
  void histogram(const std::string& group, const Histogram& of);
  std::vector<Figure> take() { return std::move(figures_); }

 private:
  std::vector<Figure> figures_;
};

void Collector::histogram(const std::string& group, const Histogram& of) {
  count(group + ".count", of.count());
  const auto add = [&](const char* name, double ns) {
    figures_.push_back(
        {group + "." + name, FigureKind::kDuration, of.count() > 0 ? Value(ns) : std::nullopt});
  };
  add("min", static_cast<double>(of.min()));
  add("mean", of.mean());
  for (const auto& [name, percent] :
       {std::pair{"p50", 50.0}, {"p90", 90.0}, {"p99", 99.0}, {"p999", 99.9}, {"p9999", 99.99}}) {
    add(name, static_cast<double>(of.percentile(percent)));
  }
  add("max", static_cast<double>(of.max()));
}

void add_rates(const Report& report, Collector& out) {
  const auto per_second = [&](std::uint64_t count) {
    return report.measured_s > 0 ? Value(static_cast<double>(count) / report.measured_s)
                                 : std::nullopt;
  };
  const Stats& stats = report.stats;
  out.plain("elapsed_s", report.elapsed_s);
  out.plain("measured_s", report.measured_s);
  out.count("count", report.count());
  out.plain("rate", per_second(report.count()));
  out.count("handshakes", stats.handshakes);
  out.count("messages", stats.messages);
  out.count("deliveries", stats.deliveries);
  out.count("bytes_out", stats.bytes_out);
  out.count("bytes_in", stats.bytes_in);
  out.plain("handshakes_per_s", per_second(stats.handshakes));
  out.plain("messages_per_s", per_second(stats.messages));
  out.plain("deliveries_per_s", per_second(stats.deliveries));
  out.plain("bytes_per_s", per_second(stats.bytes_out + stats.bytes_in));
}

void add_verified(const Report& report, Collector& out) {
  const Verified& verified = report.stats.verified;
  const bool known = verifies(report);
  const auto add = [&](const char* name, std::uint64_t value, bool checked = true) {
    out.plain(std::string("verified.") + name,
              known && checked ? Value(static_cast<double>(value)) : std::nullopt);
  };
  add("expected", verified.expected);
  add("received", verified.received);
  add("missing", verified.missing);
  add("duplicated", verified.duplicated);
  add("corrupt", verified.corrupt, report.reads_back);
  add("out_of_order", verified.out_of_order);
  add("broken_chain", verified.broken_chain);
}

void add_server(const Report& report, Collector& out) {
  const auto& use = report.server_use;
  out.plain("server.cpu_s", use ? Value(use->cpu_s) : std::nullopt);
  out.plain("server.cpu_us_per_message", use ? use->cpu_us_per_message : std::nullopt);
  out.plain("server.cpu_us_per_handshake", use ? use->cpu_us_per_handshake : std::nullopt);
  out.plain("server.rss_bytes",
            use && use->rss_bytes ? Value(static_cast<double>(*use->rss_bytes)) : std::nullopt);
  out.plain("server.rss_bytes_per_session", use ? use->rss_bytes_per_session : std::nullopt);
}

}  // namespace

std::vector<Figure> figures(const Report& report) {
  Collector out;
  const Stats& stats = report.stats;
  add_rates(report, out);
  out.histogram("latency_us", stats.latency);
  out.histogram("service_us", stats.service);
  out.histogram("client_lag_us", stats.lag);
  out.histogram("bystander_us", stats.bystander);
  add_verified(report, out);
  out.errors("errors.total", stats.error_count());
  for (std::size_t i = 0; i < kErrorKinds; ++i) {
    out.errors("errors." + std::string(name(static_cast<ErrorKind>(i))), stats.errors[i]);
  }
  add_server(report, out);
  out.plain("client.cpu_s", report.client_cpu_s);
  out.plain("client.cpu_us_per_operation",
            report.count() > 0
                ? Value(report.client_cpu_s * 1e6 / static_cast<double>(report.count()))
                : std::nullopt);
  for (const auto& extra : report.extras) out.plain("extras." + extra.name, extra.value);
  return out.take();
}

double attempts(const Report& report) {
  return static_cast<double>(report.count() + report.stats.error_count());
}

bool verifies(const Report& report) {
  const Verified& verified = report.stats.verified;
  return report.counted == "messages" || report.counted == "deliveries" ||
         verified.expected + verified.received > 0;
}

std::string singular(std::string_view counted) {
  if (counted.ends_with("ies")) return std::string(counted.substr(0, counted.size() - 3)) + "y";
  return std::string(counted.ends_with("s") ? counted.substr(0, counted.size() - 1) : counted);
}

std::string_view explain(ErrorKind kind) {
  static constexpr std::array<std::string_view, kErrorKinds> kWords = {
      "no connection (refused, unreachable or reset)",
      "no descriptor or local port left on this side",
      "answered nope",
      "answered something that is not SDMP",
      "handshake with a wrong object (signature, group, identity or clock)",
      "no answer in time",
      "session closed by the server",
      "frame that does not open or inflate",
      "message that is malformed or badly signed"};
  return kWords[static_cast<std::size_t>(kind)];
}

}  // namespace sdmp::load
