// What the codec costs: each stage of a frame alone, the batch codec over all of them, fan-out, and
// the pipeline that one writes first. Names, counters and surprises: docs/benchmarks.md.
//
// Times are those of bench/bursts.h, so that --benchmark_min_time has no say.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "bench/codec_load.h"
#include "bench/commit.h"

namespace sdmp::bench {
namespace {

using Reporter = benchmark::BenchmarkReporter;

// The library appends "/manual_time" to every name.
std::vector<Reporter::Run> with_plain_names(std::vector<Reporter::Run> runs) {
  for (Reporter::Run& run : runs) run.run_name.time_type.clear();
  return runs;
}

class PlainNames : public Reporter {
 public:
  explicit PlainNames(Reporter& inner) : inner_(inner) {}
  bool ReportContext(const Context& context) override { return inner_.ReportContext(context); }
  void ReportRuns(const std::vector<Run>& runs) override {
    inner_.ReportRuns(with_plain_names(runs));
  }
  void Finalize() override { inner_.Finalize(); }

 private:
  Reporter& inner_;
};

class PlainJson : public benchmark::JSONReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    JSONReporter::ReportRuns(with_plain_names(runs));
  }
};

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

void add_context() {
  std::string backends;
  for (const codec::AeadChoice choice : codec::kAeadChoices) {
    if (codec::aead_backend(choice) == nullptr) continue;
    backends += (backends.empty() ? "" : " ") + std::string(codec::name(choice));
  }
  benchmark::AddCustomContext("commit", commit());
  benchmark::AddCustomContext("cpu", cpu_name());
  benchmark::AddCustomContext("compiler", __VERSION__);
  benchmark::AddCustomContext("aead", backends);
  benchmark::AddCustomContext(
      "aead_auto", std::string(codec::name(*codec::aead_backend(codec::AeadChoice::kAuto))));
#ifdef __OPTIMIZE__
  benchmark::AddCustomContext("optimised", "yes");
#else
  benchmark::AddCustomContext("optimised", "no");
  std::fprintf(stderr, "bench_codec: built without optimisation, the figures mean nothing\n");
#endif
}

void run_all(bool to_file) {
  PlainNames display(*benchmark::CreateDefaultDisplayReporter());
  PlainJson file;
  benchmark::RunSpecifiedBenchmarks(&display, to_file ? &file : nullptr);
}

}  // namespace
}  // namespace sdmp::bench

int main(int argc, char** argv) {
  // One iteration is one race of its own length; the library would repeat it for half a second.
  std::string once = "--benchmark_min_time=0";
  std::vector<char*> arguments(argv, argv + argc);
  arguments.insert(arguments.begin() + 1, once.data());
  const bool to_file = std::any_of(argv + 1, argv + argc, [](const char* argument) {
    return std::string_view(argument).starts_with("--benchmark_out=");
  });
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 1;
  sdmp::bench::add_context();
  sdmp::bench::register_primitives();
  sdmp::bench::register_encode();
  sdmp::bench::register_decode();
  sdmp::bench::register_fan_out();
  sdmp::bench::register_naive();
  sdmp::bench::register_verify();
  sdmp::bench::run_all(to_file);
  benchmark::Shutdown();
  return 0;
}
