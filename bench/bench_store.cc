// The store: group commit beside the bare fdatasync of the same disk, and the two reads that answer
// peers. The files lie in $SDMP_BENCH_DIR or the system's temporary directory; a directory in
// memory (tmpfs) would make every figure meaningless.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "codec/check.h"
#include "engine/store/store.h"

namespace sdmp::store {
namespace {

constexpr std::size_t kContainerBytes = 1024;
constexpr std::uint64_t kResourcesToRead = 100'000;
constexpr long kTmpfsMagic = 0x01021994;

std::filesystem::path base_directory() {
  const char* given = std::getenv("SDMP_BENCH_DIR");
  return given != nullptr ? std::filesystem::path(given) : std::filesystem::temp_directory_path();
}

class Directory {
 public:
  Directory() {
    std::string name = (base_directory() / "sdmp-bench-XXXXXX").string();
    SDMP_CHECK(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

template <class Digest>
Digest digest(std::uint64_t seed) {
  return {codec::sha512(codec::as_bytes(std::to_string(seed)))};
}

codec::Identifier identifier(std::uint64_t number) {
  return digest<codec::Identifier>(number);
}

class Writer {
 public:
  Writer() {
    auto opened = Store::open(directory_.path() / "store", publisher_);
    SDMP_CHECK(opened.has_value());
    store_ = std::move(*opened);
  }
  void append(std::uint64_t many) {
    auto batch = store_->begin();
    SDMP_CHECK(batch.has_value());
    for (std::uint64_t i = 0; i < many; ++i) {
      const NewResource resource{.publisher = publisher_,
                                 .identifier = identifier(size_++),
                                 .container = container_,
                                 .updates = {},
                                 .schemas = {}};
      SDMP_CHECK(batch->append(resource) == AppendOutcome::kAppended);
    }
    SDMP_CHECK(batch->commit().has_value());
  }
  Store& store() { return *store_; }
  std::uint64_t size() const { return size_; }
  const std::string& container() const { return container_; }

 private:
  Directory directory_;
  codec::Fingerprint publisher_ = digest<codec::Fingerprint>(0);
  std::string container_ = std::string(kContainerBytes, 'x');
  std::uint64_t size_ = 0;
  std::unique_ptr<Store> store_;
};

// The ceiling: what the disk takes to make one batch of this size durable.
void write_and_fdatasync(benchmark::State& state) {
  Directory directory;
  const std::string block(static_cast<std::size_t>(state.range(0)) * kContainerBytes, 'x');
  const int fd = open((directory.path() / "file").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  SDMP_CHECK(fd >= 0);
  for (auto _ : state) {
    SDMP_CHECK(write(fd, block.data(), block.size()) == static_cast<ssize_t>(block.size()));
    SDMP_CHECK(fdatasync(fd) == 0);
  }
  close(fd);
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(block.size()));
}
BENCHMARK(write_and_fdatasync)->Arg(1)->Arg(16)->Arg(256)->Arg(1024)->UseRealTime();

void append_and_commit(benchmark::State& state) {
  Writer writer;
  const auto many = static_cast<std::uint64_t>(state.range(0));
  for (auto _ : state) writer.append(many);
  Reader reader = writer.store().reader();
  SDMP_CHECK(reader.journal_size() == writer.size());
  SDMP_CHECK(reader.find(identifier(writer.size() - 1))->container == writer.container());
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * state.range(0) *
                          static_cast<std::int64_t>(kContainerBytes));
}
BENCHMARK(append_and_commit)->Arg(1)->Arg(16)->Arg(256)->Arg(1024)->UseRealTime();

Writer& filled() {
  static Writer* const writer = [] {
    static Writer made;
    while (made.size() < kResourcesToRead) made.append(4096);
    return &made;
  }();
  return *writer;
}

void find(benchmark::State& state) {
  Writer& writer = filled();
  std::vector<codec::Identifier> known;
  for (std::uint64_t i = 0; i < 4096; ++i) {
    known.push_back(identifier(i * 2'654'435'761 % writer.size()));
  }
  Reader reader = writer.store().reader();
  SDMP_CHECK(reader.find(known[7])->container == writer.container());
  std::size_t next = 0;
  for (auto _ : state) {
    auto found = reader.find(known[next++ % known.size()]);
    benchmark::DoNotOptimize(found);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(find);

void find_absent(benchmark::State& state) {
  Reader reader = filled().store().reader();
  const codec::Identifier absent = identifier(~0ull);
  SDMP_CHECK(!reader.find(absent));
  for (auto _ : state) {
    auto found = reader.find(absent);
    benchmark::DoNotOptimize(found);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(find_absent);

void journal_entry(benchmark::State& state) {
  Writer& writer = filled();
  Reader reader = writer.store().reader();
  SDMP_CHECK(reader.journal_entry(writer.size()).resource == identifier(writer.size() - 1));
  std::uint64_t index = 0;
  for (auto _ : state) {
    auto entry = reader.journal_entry(index++ % writer.size() + 1);
    benchmark::DoNotOptimize(entry);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(journal_entry);

void refresh(benchmark::State& state) {
  Reader reader = filled().store().reader();
  for (auto _ : state) reader.refresh();
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(refresh);

}  // namespace
}  // namespace sdmp::store

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::AddCustomContext("directory", sdmp::store::base_directory().string());
  benchmark::AddCustomContext("compiler", __VERSION__);
#ifndef __OPTIMIZE__
  std::fputs("warning: built without optimisation; the figures mean nothing\n", stderr);
#endif
  struct statfs system{};
  if (statfs(sdmp::store::base_directory().c_str(), &system) == 0 &&
      system.f_type == sdmp::store::kTmpfsMagic) {
    std::fputs("warning: the directory is in memory; set SDMP_BENCH_DIR to one on a disk\n",
               stderr);
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
