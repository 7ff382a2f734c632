// Whole small runs against the test server, and what makes them short.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include "engine/load/run.h"
#include "tests/engine/load/test_server.h"

namespace sdmp::load::testing {

inline TestIdentities test_identities(std::size_t nodes = 6) {
  return TestIdentities::generate(nodes, codec::Suite::kModern).value();
}

// How long a run waits for what will not come. Everything honest happens within a small part of it.
#ifdef __SANITIZE_THREAD__
inline constexpr int kSlowness = 8;
#else
inline constexpr int kSlowness = 1;
#endif
inline constexpr std::int64_t kPatienceNs = kSlowness * 1'500'000'000ll;

inline RunOptions patient(std::string counted) {
  RunOptions options;
  options.counted = std::move(counted);
  options.drain_timeout_ns = kPatienceNs;
  return options;
}

// Leads a run to its end; `look` is called with it between its steps.
template <class Look>
Report carry_out(const Plan& plan, const RunOptions& options, const ServerIdentity& server,
                 const TestIdentities& identities, Look look) {
  auto run = Run::start(plan, options, server, identities).value();
  while (!run->finished()) {
    run->step();
    look(*run);
    poll(nullptr, 0, 2);
  }
  return run->report();
}

inline Report carry_out(Plan plan, const std::string& counted, TestServer& server,
                        const TestIdentities& identities) {
  plan.server = server.address();
  return carry_out(plan, patient(counted), server.identity(), identities, [](auto&) {});
}

inline std::uint64_t errors(const Report& report, ErrorKind kind) {
  return report.stats.errors[static_cast<std::size_t>(kind)];
}

// All of it, so that a difference is told as a whole.
inline std::vector<std::uint64_t> all_of(const Verified& verified) {
  return {verified.expected, verified.received,     verified.missing,     verified.duplicated,
          verified.corrupt,  verified.out_of_order, verified.broken_chain};
}

inline Plan publishing(std::uint32_t publishers, std::uint32_t subscribers, std::uint64_t count) {
  Plan plan;
  plan.publishers = publishers;
  plan.subscribers = subscribers;
  plan.count = count;
  plan.signatures = SignatureCheck::kAll;
  plan.latency_is_of_delivery = subscribers > 0;
  return plan;
}

// A container with one character of its signature, the last text in it, changed.
inline std::string with_forged_signature(std::string container) {
  char& octet = container[container.rfind('"') - 10];
  octet = octet == 'A' ? 'B' : 'A';
  return container;
}

struct Outcome {
  Report report;
  Conduct conduct;
};
inline Outcome run_against(const Misconduct& misconduct, const Plan& plan,
                           const std::string& counted = "messages") {
  const TestIdentities identities = test_identities();
  TestServer server(identities, misconduct);
  server.start();
  Report report = carry_out(plan, counted, server, identities);
  return {std::move(report), server.stop()};
}

}  // namespace sdmp::load::testing
