// Faults of clients, processes, clocks and caches do what their names say.

#include <catch2/catch.hpp>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/queue_user.hpp"
#include "tests/support/small_scenario.hpp"

using namespace kev::literals;
using test::QueueUser;
using test::TestMachine;
namespace abi = kev::abi;

namespace {

/// One client fetches one large file that is cached.
sim::Scenario one_answer() {
  sim::Scenario scenario = test::small_scenario();
  scenario.workload.clients = 1;
  scenario.workload.requests = 1;
  scenario.workload.cached = true;
  scenario.workload.files = {1, 1'000'000, "uniform"};
  return scenario;
}

sim::FaultSpec fault(const char* at, std::int64_t nth, kev::Duration delay = kev::Duration(0)) {
  sim::FaultSpec spec;
  spec.at = at;
  spec.nth = nth;
  spec.delay = delay;
  return spec;
}

sim::DesignSummary run_well(const sim::Scenario& scenario, std::string_view design) {
  const sim::DesignSummary summary = test::run(scenario, design);
  INFO(design << ' ' << test::first_violation(summary));
  CHECK(summary.violations.empty());
  CHECK(summary.completed + summary.failed == scenario.workload.requests);
  return summary;
}

/// What the server sends while its client has stopped to read.
struct Stalled {
  std::int64_t early_bytes = 0;  ///< in the first 150 ms
  std::int64_t late_packets = 0;
  std::int64_t late_bytes = 0;
};

Stalled sent_while_stalled(const sim::Scenario& scenario, std::string_view design,
                           kev::Duration stall) {
  const std::string path =
      (std::filesystem::temp_directory_path() / "kevsim-stalled.ktrace").string();
  const sim::RunOptions options;
  const sim::RandomStreams streams(1);
  const auto source = sim::make_file_server(scenario.workload, streams);
  const auto result =
      sim::run_design({&scenario, sim::find_design(design), &options, path}, *source);
  REQUIRE(result.has_value());
  CHECK(result->completed == 1);
  Stalled sent;
  std::int64_t begin = -1;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const nlohmann::json event = nlohmann::json::parse(line);
    const std::string kind = event.value("ev", "");
    const std::int64_t time = event.value("t", std::int64_t{0});
    if (kind == "fault") begin = time;
    if (kind != "tcp.send" || begin < 0 || time > begin + stall.ns()) continue;
    const std::int64_t bytes = event.at("bytes");
    if (time < begin + 150'000'000) {
      sent.early_bytes += bytes;
      continue;
    }
    ++sent.late_packets;
    sent.late_bytes += bytes;
  }
  file.close();
  std::filesystem::remove(path);
  CHECK(begin >= 0);
  return sent;
}

}  // namespace

TEST_CASE("peer.stall closes the window: nothing but probes goes out until the client reads on") {
  for (const sim::Design& design : sim::designs()) {
    INFO(design.name);
    sim::Scenario scenario = one_answer();
    scenario.faults.push_back(fault("peer.stall", 1, 3'000_ms));
    const Stalled sent = sent_while_stalled(scenario, design.name, 3'000_ms);
    // What fits the receive buffer, and then a probe after 0.2 s, 0.4 s, 0.8 s and 1.6 s. The first
    // takes what is left of the window, which was too little for a segment.
    CHECK(sent.early_bytes > 30'000);
    CHECK(sent.early_bytes <= 128 << 10);
    CHECK(sent.late_packets >= 3);
    CHECK(sent.late_packets <= 5);
    CHECK(sent.late_bytes < 1448);
  }
}

TEST_CASE("peer.slow lets a client read 4 KiB in each delay, peer.reset fails its request") {
  for (const sim::Design& design : sim::designs()) {
    sim::Scenario scenario = one_answer();
    CHECK(run_well(scenario, design.name).sim_time < 100_ms);
    scenario.faults = {fault("peer.slow", 1, 10_ms)};
    const kev::Duration slow = run_well(scenario, design.name).sim_time;
    // 1 MB at 4 KiB in 10 ms, but for what it had read before.
    CHECK(slow > 2'200_ms);
    CHECK(slow < 2'600_ms);
    scenario.workload.requests = 5;
    scenario.faults = {fault("peer.reset", 3)};
    CHECK(run_well(scenario, design.name).failed == 1);
  }
}

TEST_CASE("process.close and process.reuse cost a connection, and no answer") {
  for (const char* kind : {"process.close", "process.reuse"}) {
    sim::Scenario scenario = test::small_scenario();
    scenario.workload.requests = 40;
    const std::int64_t calls = run_well(scenario, "kevent-aio-sendfile").system_calls;
    scenario.faults = {fault(kind, 0)};
    scenario.faults.front().count = 10;
    const sim::DesignSummary struck = run_well(scenario, "kevent-aio-sendfile");
    INFO(kind);
    CHECK(struck.completed == 40);
    CHECK(struck.faults.front().count == 10);
    // Ten more connections are accepted.
    CHECK(struck.system_calls > calls + 10);
  }
}

TEST_CASE("a thread that closes a descriptor in use ends the answers that take more calls") {
  for (const char* kind : {"process.close", "process.reuse"}) {
    const auto struck = [kind](std::string_view design) {
      sim::Scenario scenario = test::small_scenario();
      scenario.workload.requests = 40;
      scenario.faults = {fault(kind, 0)};
      scenario.faults.front().count = 10;
      const sim::DesignSummary summary = run_well(scenario, design);
      INFO(kind << ' ' << design);
      CHECK(summary.completed + summary.failed == 40);
      CHECK(summary.faults.front().count == 10);
      return summary;
    };
    // sendfile() got its socket before, and sends the whole file.
    CHECK(struck("sync-sendfile").failed == 0);
    CHECK(struck("willneed-sendfile").failed == 0);
    // 100 000 bytes are two pieces.
    CHECK(struck("read-write").failed > 0);
    CHECK(struck("mmap-write").failed > 0);
    CHECK(struck("splice").failed > 0);
  }
}

TEST_CASE("cache.reclaim and cache.invalidate take pages away: what was read is read again") {
  const auto busy = [](const char* kind, std::int64_t target) {
    sim::Scenario scenario = test::small_scenario();
    scenario.workload.requests = 200;
    scenario.workload.files = {4, 400'000, "uniform"};
    if (kind != nullptr) {
      scenario.faults = {fault(kind, 0)};
      if (target > 0) scenario.faults.front().target = target;
    }
    const sim::DesignSummary summary = run_well(scenario, "sync-sendfile");
    CHECK(summary.failed == 0);
    return summary.disk_busy_ratio * summary.sim_time.seconds();
  };
  const double plain = busy(nullptr, 0);
  CHECK(busy("cache.reclaim", 0) > 1.2 * plain);
  CHECK(busy("cache.invalidate", 0) > 1.2 * plain);
}

TEST_CASE("process.signal ends a wait with EINTR, and nothing that has begun") {
  TestMachine m;
  m.thread("program", [&] {
    QueueUser user(m);
    const int queue = m.calls().kevent_init();
    user.add(queue, QueueUser::unotify(1));
    m->faults.add({sim::FaultPoint::process_signal});
    CHECK(user.wait(queue, 1, 1) == -EINTR);
    m->signals.take();
    CHECK(user.ready(queue, QueueUser::unotify(1)) == 1);
    CHECK(user.wait(queue, 1, 1) == 1);
    m->faults.stop();
    m.calls().close(queue);
  });
  m.run();
  CHECK(m.violation().empty());
  CHECK(m.all_ended());
}

namespace {

struct Waits {
  kev::Duration absolute{0};  ///< how long a wait until an instant of the real clock lasted
  kev::Duration relative{0};
};

/// Two threads wait for 100 ms of either clock; after 10 ms a call of another one meets the fault.
Waits waits_with(sim::FaultPoint kind, kev::Duration step) {
  TestMachine m(2);
  Waits waits;
  const auto wait = [&](kev::Duration& lasted, std::uint32_t flags) {
    QueueUser user(m);
    const int queue = m.calls().kevent_init(0, 0, flags);
    const kev::Instant begin = m.kernel().now();
    const kev::Duration until =
        flags == 0 ? 100_ms : m.kernel().real_now() + 100_ms - kev::Instant(0);
    CHECK(user.wait(queue, 1, 1, until) == 0);
    lasted = m.kernel().now() - begin;
    m.calls().close(queue);
  };
  m.thread("absolute", [&] { wait(waits.absolute, abi::KEVENT_FLAGS_ABSTIME); });
  m.thread("relative", [&] { wait(waits.relative, 0); });
  m.thread("clock", [&] {
    m.kernel().current_thread().set_state(sim::ThreadState::interruptible);
    m.kernel().schedule_timeout(10_ms);
    sim::FaultRule rule;
    rule.point = kind;
    rule.delay = step;
    rule.count = 1;
    m->faults.add(rule);
    m.calls().close(-1);
    CHECK(m->faults.struck() == 1);
  });
  m.run();
  CHECK(m.violation().empty());
  CHECK(m.all_ended());
  return waits;
}

}  // namespace

TEST_CASE("clock.forward ends waits until an instant early, clock.back late, and no others") {
  const Waits forward = waits_with(sim::FaultPoint::clock_forward, 3'600'000_ms);
  CHECK(forward.absolute < 11_ms);
  CHECK(forward.relative >= 100_ms);
  CHECK(forward.relative < 101_ms);
  const Waits a_little = waits_with(sim::FaultPoint::clock_forward, 50_ms);
  CHECK(a_little.absolute >= 49_ms);
  CHECK(a_little.absolute < 51_ms);
  const Waits back = waits_with(sim::FaultPoint::clock_back, 50_ms);
  CHECK(back.absolute >= 149_ms);
  CHECK(back.absolute < 151_ms);
  CHECK(back.relative < 101_ms);
}
