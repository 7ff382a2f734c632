// sdmp-load as its users run it: every scenario against a relay of its own, against one that
// serves, that stops, that refuses, that is none.
#include <algorithm>
#include <cstring>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "codec/json.h"
#include "engine/load/process_use.h"
#include "engine/ring/socket.h"
#include "tests/integration/process.h"

namespace sdmp::integration {
namespace {

// A report, or the relay's status: figures by their names.
class Figures {
 public:
  explicit Figures(const std::string& text) : root_(document_.parse_copy(text)) {
    EXPECT_TRUE(root_) << text;
  }

  // "verified.expected"; empty when there is none.
  std::string text(std::string name) const {
    if (!root_) return "";
    std::optional<codec::json::Value> value = *root_;
    for (std::size_t dot = 0; value && dot != std::string::npos;) {
      dot = name.find('.');
      value = value->find(name.substr(0, dot));
      name.erase(0, dot == std::string::npos ? dot : dot + 1);
    }
    return value ? std::string(value->raw()) : "";
  }
  double operator[](const std::string& name) const {
    const std::string value = text(name);
    EXPECT_FALSE(value.empty() || value == "null") << name << " is " << value;
    return value.empty() || value == "null" ? -1 : std::stod(value);
  }

 private:
  codec::json::Document document_;
  codec::Result<codec::json::Value> root_;
};

void expect_one_line(const RunResult& result, int code, const std::string& words) {
  EXPECT_EQ(result.exit_code, code) << result.err;
  EXPECT_NE(result.err.find(words), std::string::npos)
      << "wanted '" << words << "' in: " << result.err;
  EXPECT_EQ(split_lines(result.err).size(), 1u) << result.err;
  EXPECT_TRUE(result.out.empty()) << result.out;
}

class Load : public ::testing::Test {
 protected:
  std::string file(const std::string& name) const { return (directory.path() / name).string(); }
  std::vector<std::string> with_json(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--json", file("report.json")});
    return arguments;
  }
  Figures report() const { return Figures(read_all(file("report.json"))); }
  void prepare(int nodes = 6) const {
    const auto prepared = run("sdmp-load", {"prepare", "--nodes", std::to_string(nodes), "--out",
                                            file("nodes.sdmp"), "--keys", file("keys")});
    ASSERT_EQ(prepared.exit_code, 0) << prepared.err;
  }
  std::vector<std::string> against(std::vector<std::string> arguments, const std::string& address,
                                   const std::string& bundle) const {
    arguments.insert(arguments.end(),
                     {"--peer", address, "--server", bundle, "--keys", file("keys")});
    return arguments;
  }

  TemporaryDirectory directory;
};

// What every run against an honest relay reports.
void expect_clean(const Figures& report, const std::string& scenario) {
  EXPECT_EQ(report.text("scenario"), '"' + scenario + '"');
  EXPECT_EQ(report.text("schema"), "\"sdmp-load/1\"");
  EXPECT_EQ(report.text("passed"), "true") << report.text("failures");
  EXPECT_EQ(report.text("interrupted"), "false");
  EXPECT_EQ(report["errors.total"], 0);
  EXPECT_GT(report["server.rss_bytes"], 1e6);
  EXPECT_GE(report["server.cpu_s"], 0);
  EXPECT_GT(report["server.pid"], 0);
}

void expect_all_arrived(const Figures& report, double expected) {
  EXPECT_EQ(report["verified.expected"], expected);
  EXPECT_EQ(report["verified.received"], expected);
  for (const char* name : {"missing", "duplicated", "out_of_order", "broken_chain"}) {
    EXPECT_EQ(report[std::string("verified.") + name], 0) << name;
  }
  const bool read_back = report.text("counted") == "\"deliveries\"";
  EXPECT_EQ(report.text("verified.corrupt"), read_back ? "0" : "null");
}

TEST_F(Load, EveryScenarioRunsAgainstARelayOfItsOwn) {
  const struct {
    const char* scenario;
    std::vector<std::string> options;
    double expected;  // resources; 0: not known before, below 0: there are none
  } cases[] = {
      {"handshake", {"--count", "100"}, -1},
      {"idle", {"--sessions", "50", "--duration", "300ms"}, -1},
      {"idle", {"--sessions", "20", "--duration", "300ms", "--storm"}, -1},
      {"idle", {"--sessions", "20", "--duration", "300ms", "--churn", "20"}, -1},
      {"fan-in", {"--count", "300"}, 300},
      {"fan-out", {"--count", "50", "--subscribers", "6", "--threads", "2"}, 300},
      {"mixed", {"--duration", "400ms", "--sessions", "10", "--rate", "100", "--churn", "10"}, 0},
      {"sync", {"--entries", "300", "--sessions", "1"}, 0},
      {"abuse", {"--duration", "800ms", "--adversaries", "1", "--subscribers", "2"}, 0},
  };
  for (const auto& [scenario, options, expected] : cases) {
    std::vector<std::string> arguments = {scenario, "--self", "--quiet"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const auto done = run("sdmp-load", with_json(arguments));
    EXPECT_EQ(done.exit_code, 0) << scenario << done.out << done.err;
    EXPECT_TRUE(done.err.empty()) << done.err;
    const Figures figures = report();
    expect_clean(figures, scenario);
    if (expected >= 0) {
      EXPECT_GT(figures["verified.expected"], 0) << scenario;
      expect_all_arrived(figures, expected > 0 ? expected : figures["verified.expected"]);
      EXPECT_GT(figures["latency_us.p99"], 0);
    }
    if (scenario == std::string("handshake")) {
      EXPECT_EQ(figures["handshakes"], 100);
      EXPECT_GT(figures["server.cpu_us_per_handshake"], 0);
    }
  }
  EXPECT_FALSE(std::filesystem::exists(file("report.json.new")));
}

TEST_F(Load, TheConfigurationIsWhole) {
  const auto option = [this](const std::string& name) { return report().text("options." + name); };
  const std::vector<std::string> runs[] = {
      {"idle", "--self", "--quiet", "--sessions", "3", "--duration", "500ms", "--storm",
       "--fail-if", "errors > 5", "--timeout", "7s", "--nodes", "3"},
      {"sync", "--self", "--quiet", "--entries", "20", "--size", "700"},
      {"abuse", "--self", "--quiet", "--duration", "300ms", "--kind", "silent", "--kind", "garbage",
       "--adversaries", "1"},
  };
  ASSERT_EQ(run("sdmp-load", with_json(runs[0])).exit_code, 0);
  EXPECT_EQ(option("storm"), "\"yes\"");
  EXPECT_EQ(option("timeout"), "\"7s\"");
  EXPECT_EQ(option("nodes"), "\"3\"");
  EXPECT_EQ(option("fail-if"), "\"errors > 5\"");
  ASSERT_EQ(run("sdmp-load", with_json(runs[1])).exit_code, 0);
  EXPECT_EQ(option("entries"), "\"20\"");
  EXPECT_EQ(option("size"), "\"700\"");
  EXPECT_EQ(option("timeout"), "\"10s\"");
  ASSERT_EQ(run("sdmp-load", with_json(runs[2])).exit_code, 0);
  EXPECT_EQ(option("kind"), "\"silent, garbage\"");
  // Keys are of one suite, whatever --suite is by default.
  const auto prepared = run("sdmp-load", {"prepare", "--nodes", "1", "--suite", "classic", "--out",
                                          file("nodes.sdmp"), "--keys", file("keys")});
  ASSERT_EQ(prepared.exit_code, 0) << prepared.err;
  const TestHome home(directory, "relay");
  ASSERT_EQ(home.sdmp({"trust", "add", file("nodes.sdmp")}).exit_code, 0);
  Daemon daemon(home);
  const auto done = run("sdmp-load", with_json(against({"handshake", "--count", "3", "--quiet"},
                                                       daemon.address(), home.bundle())));
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(option("suite"), "\"classic\"");
  EXPECT_EQ(option("peer"), '"' + daemon.address() + '"');
}

TEST_F(Load, TheClassicSuiteAndIpv6) {
  const auto classic = run("sdmp-load", with_json({"fan-in", "--self", "--suite", "classic",
                                                   "--count", "20", "--publishers", "2"}));
  EXPECT_EQ(classic.exit_code, 0) << classic.err;
  expect_clean(report(), "fan-in");
  expect_all_arrived(report(), 20);
  const auto six =
      run("sdmp-load", with_json({"fan-in", "--self", "--peer", "[::1]:0", "--count", "50"}));
  EXPECT_EQ(six.exit_code, 0) << six.err;
  expect_all_arrived(report(), 50);
}

TEST_F(Load, ItsFiguresAgreeWithTheRelaysCountersAndWithProc) {
  prepare();
  const TestHome home(directory, "relay");
  ASSERT_EQ(home.sdmp({"trust", "add", file("nodes.sdmp")}).exit_code, 0);
  Daemon daemon(home);
  const auto status = [&home] { return Figures(home.sdmp({"status"}).out); };
  const auto within_a_tenth = [](double ours, double theirs) {
    EXPECT_NEAR(ours, theirs, theirs / 10);
  };
  const auto go = [&](std::vector<std::string> options) {
    const double cpu_before = load::read_process_use(daemon.process().pid())->cpu_s;
    options.insert(options.end(),
                   {"--quiet", "--server-pid", std::to_string(daemon.process().pid())});
    const auto done =
        run("sdmp-load", with_json(against(options, daemon.address(), home.bundle())));
    EXPECT_EQ(done.exit_code, 0) << done.out << done.err;
    return load::read_process_use(daemon.process().pid())->cpu_s - cpu_before;
  };

  const Figures empty = status();
  const double handshake_cpu_s = go({"handshake", "--count", "1500"});
  const Figures shaken = status();
  const Figures handshakes = report();
  // One more, to see whether a server is there.
  EXPECT_EQ(handshakes["handshakes"] + 1, shaken["established"] - empty["established"]);
  within_a_tenth(handshakes["server.cpu_s"], handshake_cpu_s);

  const double cpu_s = go({"fan-in", "--count", "6000", "--publishers", "4"});
  const Figures filled = status();
  const Figures messages = report();
  expect_all_arrived(messages, 6000);
  EXPECT_EQ(messages["messages"], filled["resources_received"] - shaken["resources_received"]);
  EXPECT_EQ(messages["messages"], filled["resources_journalled"] - shaken["resources_journalled"]);
  within_a_tenth(messages["bytes_out"], filled["bytes_in"] - shaken["bytes_in"]);
  within_a_tenth(messages["bytes_in"], filled["bytes_out"] - shaken["bytes_out"]);
  within_a_tenth(messages["server.cpu_s"], cpu_s);
  EXPECT_NEAR(messages["server.cpu_us_per_message"], messages["server.cpu_s"] * 1e6 / 6000, 1);
  EXPECT_EQ(messages["server.pid"], daemon.process().pid());

  // All that was published before, and what the relay knows besides.
  go({"sync", "--sessions", "1"});
  EXPECT_NEAR(report()["verified.received"], filled["journal_lines"], 1);
}

TEST_F(Load, AStoppedRelayShowsInTheTail) {
  prepare();
  const TestHome home(directory, "relay");
  ASSERT_EQ(home.sdmp({"trust", "add", file("nodes.sdmp")}).exit_code, 0);
  Daemon daemon(home);
  Process load("sdmp-load", with_json(against({"fan-in", "--rate", "60", "--duration", "5s"},
                                              daemon.address(), home.bundle())));
  ASSERT_TRUE(load.wait_for_line("in flight")) << load.log();
  daemon.process().signal(SIGSTOP);
  // A line a second below the head: from the second to the third of them a second passes.
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(load.wait_for_line(" s "));
  daemon.process().signal(SIGCONT);
  EXPECT_EQ(load.wait(), 0) << load.log();
  const Figures figures = report();
  EXPECT_GE(figures["latency_us.p999"], 0.9e6);
  EXPECT_GE(figures["latency_us.max"], 0.9e6);
  // What was due in the stop is more than an eighth of all.
  EXPECT_GE(figures["latency_us.p90"], 0.1e6);
  EXPECT_LE(figures["latency_us.p50"], 0.1e6);
  EXPECT_EQ(figures["verified.missing"], 0);
}

TEST_F(Load, AnInterruptGivesAPartialReport) {
  Process load("sdmp-load", with_json({"fan-in", "--self", "--rate", "200", "--duration", "60s"}));
  ASSERT_TRUE(load.wait_for_line("in flight")) << load.log();
  load.signal(SIGINT);
  EXPECT_EQ(load.wait(), 0) << load.log();
  const Figures figures = report();
  EXPECT_EQ(figures.text("interrupted"), "true");
  EXPECT_GT(figures["count"], 0);
  EXPECT_LT(figures["elapsed_s"], 30);
  EXPECT_EQ(figures["verified.missing"], 0);
}

TEST_F(Load, AnInterruptBeforeAnythingWasMeasuredDoesNotPass) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"idle", "--self", "--sessions", "100", "--ramp", "60s"}, "before the measurement began"},
      {{"fan-in", "--self", "--warmup", "60s"}, "before the measurement began"},
  };
  for (const auto& [arguments, words] : cases) {
    Process load("sdmp-load", with_json(arguments));
    ASSERT_TRUE(load.wait_for_line("in flight")) << load.log();
    load.signal(SIGINT);
    EXPECT_EQ(load.wait(), 3) << load.log();
    EXPECT_EQ(report().text("interrupted"), "true");
    EXPECT_EQ(report().text("passed"), "false");
    EXPECT_NE(report().text("failures").find(words), std::string::npos);
  }
}

TEST_F(Load, AnInterruptWhileEntriesArePublishedIsOneToo) {
  prepare(2);
  const TestHome home(directory, "relay");
  ASSERT_EQ(home.sdmp({"trust", "add", file("nodes.sdmp")}).exit_code, 0);
  Daemon daemon(home);
  Process load("sdmp-load", with_json(against({"sync", "--entries", "100000000"}, daemon.address(),
                                              home.bundle())));
  // More than came with the trust, and with the session that only looks.
  const auto received = [&home] {
    return Figures(home.sdmp({"status"}).out)["resources_received"];
  };
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (received() < 10 && std::chrono::steady_clock::now() < end) {
  }
  load.signal(SIGINT);
  EXPECT_EQ(load.wait(), 3) << load.log();
  EXPECT_EQ(report().text("interrupted"), "true");
  EXPECT_NE(report().text("failures").find("were published"), std::string::npos);
}

TEST_F(Load, ACrossedThresholdExitsThree) {
  const auto done = run(
      "sdmp-load", with_json({"fan-in", "--self", "--count", "50", "--quiet", "--fail-if",
                              "p99 > 1ns", "--fail-if", "missing > 0", "--fail-if", "rate > 1"}));
  EXPECT_EQ(done.exit_code, 3) << done.err;
  EXPECT_NE(done.out.find("--fail-if 'p99 > 1ns'"), std::string::npos) << done.out;
  EXPECT_EQ(report().text("passed"), "false");
  EXPECT_NE(report().text("failures").find("rate > 1"), std::string::npos);
  EXPECT_EQ(report().text("failures").find("missing"), std::string::npos);
}

// This process, and what it starts, on one of its cores.
class OnOneCore {
 public:
  OnOneCore() {
    sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int core = 0; core < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++core) {
      if (CPU_ISSET(core, &before_)) CPU_SET(core, &one);
    }
    sched_setaffinity(0, sizeof one, &one);
  }
  ~OnOneCore() { sched_setaffinity(0, sizeof before_, &before_); }

 private:
  cpu_set_t before_{};
};

TEST_F(Load, ACoreThatRelayAndClientShareIsToldOf) {
  const OnOneCore one;
  const auto done =
      run("sdmp-load", with_json({"handshake", "--self", "--count", "20", "--quiet"}));
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_NE(report().text("warnings").find("share their cores"), std::string::npos);
}

TEST_F(Load, TheOtherFilesAreWrittenToo) {
  const auto done =
      run("sdmp-load", {"handshake", "--self", "--count", "20", "--html", file("report.html"),
                        "--hgrm", file("report.hgrm"), "--json", "/dev/stdout", "--quiet"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_NE(read_all(file("report.html")).find("</html>"), std::string::npos);
  EXPECT_NE(read_all(file("report.hgrm")).find("#[Buckets"), std::string::npos);
  EXPECT_NE(done.out.find("\"schema\":"), std::string::npos);
}

TEST_F(Load, UsageErrorsExitTwoAndNameTheOption) {
  // In JSON they are six times as long: too long for a post.
  std::filesystem::create_directory(file("texts"));
  std::ofstream(file("texts") + "/control_characters") << std::string(500'000, '\1');
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{}, "subcommand"},
      {{"fan-inn"}, "fan-inn"},
      {{"fan-in"}, "--self"},
      {{"fan-in", "--self", "--sessions", "3"}, "--sessions"},
      {{"fan-in", "--self", "--rate", "0"}, "--rate"},
      {{"fan-in", "--self", "--duration", "soon"}, "--duration"},
      {{"fan-in", "--self", "--duration", "nans"}, "--duration"},
      {{"fan-in", "--self", "--duration", "0s"}, "--duration"},
      {{"fan-in", "--self", "--duration", "1s", "--count", "5"}, "--count"},
      {{"fan-in", "--self", "--count", "5", "--warmup", "1s"}, "--warmup"},
      {{"fan-in", "--self", "--count", "5", "--rate", "9", "--ramp", "1s"}, "--ramp"},
      {{"fan-in", "--self", "--ramp", "1s"}, "--ramp"},
      {{"fan-in", "--self", "--poisson"}, "--poisson"},
      {{"fan-in", "--self", "--rate", "9", "--in-flight", "4"}, "--in-flight"},
      {{"fan-in", "--self", "--bogus", "3"}, "fan-in does not take --bogus"},
      {{"--bogus"}, "--bogus"},
      {{"fan-in", "--self", "--publishers", "0"}, "--publishers"},
      {{"fan-in", "--self", "--nodes", "0"}, "--nodes"},
      {{"fan-out", "--self", "--subscribers", "0"}, "--subscribers"},
      {{"idle", "--self", "--sessions", "0"}, "--sessions"},
      {{"idle", "--self", "--churn", "-1"}, "--churn"},
      {{"sync", "--self", "--entries", "0"}, "--entries"},
      {{"abuse", "--self", "--adversaries", "0"}, "--adversaries"},
      {{"idle", "--self", "--count", "5"}, "--count"},
      {{"idle", "--self", "--rate", "5"}, "--rate"},
      {{"idle", "--self", "--storm", "--churn", "5"}, "--storm"},
      {{"sync", "--self", "--ramp", "1s"}, "--ramp"},
      {{"abuse", "--self", "--count", "5"}, "--count"},
      {{"handshake", "--self", "--peer", "[::1]:0", "--sources", "2"}, "--sources"},
      {{"idle", "--self", "--peer", "[::1]:0", "--sessions", "30000"}, "local ports"},
      {{"fan-in", "--shards", "2", "--peer", "127.0.0.1:1", "--server", "s", "--keys", "k"},
       "--shards"},
      {{"fan-in", "--self", "--size", "100"}, "--size"},
      {{"fan-in", "--self", "--size", "1024:inf"}, "--size"},
      {{"fan-in", "--self", "--files", "/nonexistent"}, "--files"},
      {{"fan-in", "--self", "--files", file("texts")}, "--files"},
      {{"fan-in", "--self", "--keys", "x"}, "--keys"},
      {{"fan-in", "--self", "--suite", "ancient"}, "--suite"},
      {{"fan-in", "--self", "--group", "x448"}, "--group"},
      {{"fan-in", "--self", "--fail-if", "p98 > 1ms"}, "--fail-if"},
      {{"fan-in", "--peer", "host", "--server", "s", "--keys", "k"}, "--peer"},
      {{"abuse", "--self", "--kind", "rude"}, "--kind"},
      {{"prepare", "--out", "x"}, "--keys"},
  };
  for (const auto& [arguments, option] : cases) {
    const auto done = run("sdmp-load", arguments);
    EXPECT_EQ(done.exit_code, 2) << option << done.err;
    EXPECT_NE(done.err.find(option), std::string::npos) << option << ": " << done.err;
    EXPECT_EQ(std::ranges::count(done.err, '\n'), 1) << done.err;
    EXPECT_TRUE(done.out.empty()) << done.out;
  }
}

TEST_F(Load, KeysAndFilesThatAreNotThereAreNamed) {
  expect_one_line(run("sdmp-load", against({"fan-in"}, "127.0.0.1:1", file("none"))), 1,
                  "user.pem");
  prepare();
  expect_one_line(run("sdmp-load", against({"fan-in"}, "127.0.0.1:1", file("none"))), 1,
                  "--server");
  expect_one_line(run("sdmp-load", {"fan-in", "--self", "--json", "/nonexistent/report"}), 1,
                  "/nonexistent/report");
  // Keys and bundles are never overwritten.
  const std::string keys_before = read_all(file("keys") + "/user.pem");
  const auto again =
      run("sdmp-load", {"prepare", "--out", file("nodes.sdmp"), "--keys", file("keys")});
  expect_one_line(again, 1, "--out");
  EXPECT_EQ(read_all(file("keys") + "/user.pem"), keys_before);
}

// A port of 127.0.0.1 where somebody listens who accepts one connection, and says `answer`.
class Stranger {
 public:
  explicit Stranger(std::string answer)
      : listener_(ring::listen_on(*ring::SocketAddress::parse("127.0.0.1:0")).value()),
        address_(ring::SocketAddress::of_socket(listener_).text()),
        thread_([this, answer] {
          const int fd = accept(listener_, nullptr, nullptr);
          char octets[4096];
          if (recv(fd, octets, sizeof octets, 0) > 0) {
            send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
          }
          close(fd);
        }) {}
  ~Stranger() {
    // Wakes one that nobody came to.
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  const std::string& address() const { return address_; }

 private:
  int listener_;
  std::string address_;
  std::thread thread_;
};

TEST_F(Load, ServersThatAreNotThereRefuseOrAreNoneAreToldInOneLine) {
  prepare(2);
  const TestHome home(directory, "relay");
  const std::string bundle = home.bundle();
  const auto try_at = [&](const std::string& address) {
    return run("sdmp-load", with_json(against({"fan-in", "--count", "1"}, address, bundle)));
  };
  {
    const Stranger http("HTTP/1.1 400 Bad Request\r\n\r\n");
    expect_one_line(try_at(http.address()), 1, "does not speak SDMP");
  }
  {
    const Stranger silent("");
    expect_one_line(try_at(silent.address()), 1, "closed without an answer");
  }
  std::string gone;
  {
    // It does not trust our nodes.
    const Daemon daemon(home);
    gone = daemon.address();
    expect_one_line(try_at(gone), 1, "sdmp trust add");
    const TestHome other(directory, "other");
    const auto wrong = run("sdmp-load", with_json(against({"fan-in"}, gone, other.bundle())));
    EXPECT_EQ(wrong.exit_code, 1) << wrong.err;
  }
  expect_one_line(try_at(gone), 1, "no connection (Connection refused): is a node running there?");
  // Nobody is asked, then, whether a node runs there.
  expect_one_line(try_at("255.255.255.255:1"), 1, "no connection (Network is unreachable)\n");
  EXPECT_FALSE(std::filesystem::exists(file("report.json"))) << "nothing came of it";
  EXPECT_FALSE(std::filesystem::exists(file("report.json.new")));
}

TEST_F(Load, AReportThatIsThereStaysUntilThereIsANewOne) {
  prepare(2);
  const TestHome home(directory, "relay");
  std::ofstream(file("report.json")) << "of yesterday";
  const auto done = run("sdmp-load", with_json(against({"fan-in"}, "127.0.0.1:1", home.bundle())));
  EXPECT_EQ(done.exit_code, 1);
  EXPECT_EQ(read_all(file("report.json")), "of yesterday");
}

TEST_F(Load, AnInterruptBeforeTheLoadEndsItToo) {
  prepare(2);
  const TestHome home(directory, "relay");
  // Accepts, and says nothing.
  const int listener = ring::listen_on(*ring::SocketAddress::parse("127.0.0.1:0")).value();
  Process load("sdmp-load",
               against({"fan-in", "--timeout", "60s"},
                       ring::SocketAddress::of_socket(listener).text(), home.bundle()));
  pollfd fd{listener, POLLIN, 0};
  ASSERT_EQ(poll(&fd, 1, 20'000), 1);
  load.signal(SIGINT);
  EXPECT_TRUE(load.wait_for_line("interrupted", std::chrono::seconds(10))) << load.log();
  EXPECT_EQ(load.wait(), 1);
  close(listener);
}

}  // namespace
}  // namespace sdmp::integration
