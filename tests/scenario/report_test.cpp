// Reports of hand-made runs, as text and as JSON, against the files in golden/.

#include <catch2/catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "sim/report/figures.hpp"
#include "sim/report/json_report.hpp"
#include "sim/report/metrics.hpp"
#include "sim/report/outcome.hpp"
#include "sim/report/text_report.hpp"
#include "sim/report/verdict.hpp"
#include "tests/scenario/golden.hpp"

namespace {

const std::string golden_folder = KEVSIM_SOURCE_DIR "/tests/scenario/golden/";

sim::DesignSummary design(std::string name, double throughput, std::int64_t p99_us) {
  sim::DesignSummary design;
  design.name = std::move(name);
  design.requests = 2000;
  design.completed = 1998;
  design.failed = 2;
  design.bytes_sent = 2'095'054'848;
  design.throughput_bytes_per_s = throughput;
  design.latency = {kev::Duration(p99_us * 400), kev::Duration(p99_us * 800),
                    kev::Duration(p99_us * 1000), kev::Duration(p99_us * 1234)};
  design.cpu_busy_ratio = 0.123;
  design.disk_busy_ratio = 0.9987;
  design.link_busy_ratio = 0.25;
  design.cache_hit_ratio = 0.0004;
  design.context_switches = 123'456;
  design.wakeups = 65'432;
  design.interrupts = 1'234'567;
  design.system_calls = 4'000;
  design.sim_time = kev::Duration(61'234'567'890);
  design.wall_time = kev::Duration(512'000'000);
  design.events = 9'876'543;
  design.fingerprint = 0x0123456789abcdefu;
  return design;
}

sim::RunSummary two_designs() {
  sim::RunSummary run;
  run.seed = 18446744073709551615u;
  run.fingerprint = 0xfedcba9876543210u;
  run.scenario = "scenarios/tour/quickstart.toml";
  run.description = "Sixty-four clients fetch 1 MiB files over 1 Gbit/s; nothing is cached.";
  run.machine = "1 CPU athlon64-3500, 1 GiB; hdd deskstar-7k500, deadline";
  run.designs = {design("sync-sendfile", 24.3e6, 3'456'789),
                 design("kevent-aio-sendfile", 34.506e6, 2'400'000)};
  run.designs[1].cpu_busy_ratio = 0.1;
  run.designs[1].sim_time = kev::Duration(43'000'000'000);
  run.designs[1].context_switches = 20'000;
  run.limits = {{"latency.p99 < 5s", "sync-sendfile", "3.46 s", true},
                {"latency.p99 < 5s", "kevent-aio-sendfile", "2.40 s", true}};
  return run;
}

sim::RunSummary broken() {
  sim::RunSummary run = two_designs();
  run.limits[1].met = false;
  run.designs[0].violations = {
      {"no_lost_wakeup", "kaio/0 waits although work is queued", kev::Instant(1'500'000)}};
  return run;
}

sim::RunSummary replayed() {
  sim::RunSummary run = two_designs();
  run.scenario = "built-in defaults";
  run.description.clear();
  run.limits.clear();
  run.designs.resize(1);
  run.replayed = true;
  run.replay.trace = "traces/nginx-sendfile.strace.gz";
  run.replay.timing = "x0.5";
  run.replay.requests_recorded = 2000;
  run.replay.connections = 9;
  run.replay.files = 200;
  run.replay.calls_matched = 12'345;
  run.replay.calls_ignored = 678;
  run.replay.matched = {{"recvfrom", "a request", 953}, {"sendfile", "body of an answer", 2270}};
  run.replay.ignored = {{"epoll_wait", "event-loop bookkeeping", 600}, {"brk", "memory", 78}};
  run.replay.unmatched = {{17, "sendfile(9, 8, [0] => [52]) = 52", "descriptor 9 is unknown", true},
                          {18, "close(3) = 0", "descriptor 3 is unknown", false}};
  return run;
}

void check_golden(const std::string& name, const std::string& actual) {
  const std::string difference = sim_test::compare_with_golden(golden_folder + name, actual);
  INFO(difference);
  CHECK(difference.empty());
}

const sim::TextStyle full{};
const sim::TextStyle brief{sim::Colour::never, sim::Detail::brief};

}  // namespace

TEST_CASE("the text report of a good run") {
  check_golden("run.txt",
               sim::seed_line(1, "kevsim 0.1.0 (4be21c0)") + sim::text_report(two_designs(), full));
  check_golden("run_brief.txt", sim::text_report(two_designs(), brief));
}

TEST_CASE("the text report of a run that broke a property and missed a limit") {
  check_golden("broken.txt", sim::text_report(broken(), full));
}

TEST_CASE("the text report of a replay with unmatched calls") {
  check_golden("replay.txt", sim::text_report(replayed(), full));
  check_golden("replay_brief.txt", sim::text_report(replayed(), brief));
}

TEST_CASE("many designs make several tables, none wider than the page") {
  sim::RunSummary run = two_designs();
  for (const char* name : {"kevent-aio-sendfile-get-block", "splice-async", "io-uring"})
    run.designs.push_back(design(name, 20e6, 5'000'000));
  const std::string text = sim::text_report(run, full);
  check_golden("five_designs.txt", text);
  std::size_t begin = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    CHECK(end - begin <= 100);
    begin = end + 1;
  }
}

TEST_CASE("colour changes no word") {
  const sim::TextStyle coloured{sim::Colour::always, sim::Detail::full};
  std::string text = sim::text_report(broken(), coloured);
  CHECK(text.find("\x1b[1;31mVIOLATION\x1b[0m") != std::string::npos);
  for (std::size_t at = text.find('\x1b'); at != std::string::npos; at = text.find('\x1b'))
    text.erase(at, text.find('m', at) - at + 1);
  CHECK(text == sim::text_report(broken(), full));
}

TEST_CASE("the fingerprint is the last line") {
  for (const sim::RunSummary& run : {two_designs(), broken(), replayed()})
    for (const sim::TextStyle& style : {full, brief}) {
      const std::string text = sim::text_report(run, style);
      const std::string last = "fingerprint fedcba9876543210\n";
      CHECK(text.substr(text.size() - last.size()) == last);
    }
}

TEST_CASE("the JSON report has the keys that scripts rely on") {
  check_golden("run.json", sim::json_report(broken()) + "\n");
  check_golden("replay.json", sim::json_report(replayed()) + "\n");
}

TEST_CASE("JSON survives bytes that are not UTF-8 and figures that are not finite") {
  sim::RunSummary run = replayed();
  run.scenario = "caf\xe9.toml";
  run.designs[0].throughput_bytes_per_s = std::numeric_limits<double>::quiet_NaN();
  const auto json = nlohmann::json::parse(sim::json_report(run));
  CHECK(json["scenario"] == "caf\xef\xbf\xbd.toml");
  CHECK(json["designs"][0]["throughput_bytes_per_s"].is_null());
  CHECK(json["seed"] == 18446744073709551615u);
}

TEST_CASE("one run is an object, several are a list, always one document") {
  const std::string one = sim::json_report(two_designs());
  CHECK(nlohmann::json::parse(sim::json_document({one}, sim::JsonShape::object)).is_object());
  CHECK(nlohmann::json::parse(sim::json_document({one, one}, sim::JsonShape::list)).size() == 2);
  CHECK(nlohmann::json::parse(sim::json_document({one}, sim::JsonShape::list)).size() == 1);
  CHECK(nlohmann::json::parse(sim::json_document({}, sim::JsonShape::list)).empty());
}

TEST_CASE("the verdict follows from the numbers") {
  sim::RunSummary run = two_designs();
  CHECK(sim::verdict(run) ==
        "kevent-aio-sendfile wins: 1.42x the throughput of sync-sendfile, 31 % lower p99 latency, "
        "43 % less CPU a request, 84 % fewer context switches a request");

  run.designs[1].throughput_bytes_per_s = 24.3e6 * 1.015;
  CHECK(sim::verdict(run).find("a tie: kevent-aio-sendfile and sync-sendfile are within 1.5 % in "
                               "throughput; kevent-aio-sendfile has 31 % lower p99 latency") == 0);

  run.designs[1].throughput_bytes_per_s = 24.3e6 / 3;
  run.designs[1].latency.p99 = run.designs[0].latency.p99 * 4;
  run.designs[1].cpu_busy_ratio = 0;
  run.designs[1].context_switches = 0;
  CHECK(sim::verdict(run) ==
        "sync-sendfile wins: 3.00x the throughput of kevent-aio-sendfile, 75 % lower p99 latency");

  run.designs.push_back(design("io-uring", 30e6, 3'456'789));
  CHECK(sim::verdict(run) ==
        "io-uring wins: 1.23x the throughput of sync-sendfile, the same p99 latency, the same CPU "
        "a request, the same context switches a request; then kevent-aio-sendfile 0.27x");
}

TEST_CASE("the edge of a tie is 2 %") {
  sim::RunSummary run = two_designs();
  run.designs[1].throughput_bytes_per_s = run.designs[0].throughput_bytes_per_s * 0.981;
  CHECK(sim::verdict(run).find("a tie") == 0);
  run.designs[1].throughput_bytes_per_s = run.designs[0].throughput_bytes_per_s * 0.979;
  CHECK(sim::verdict(run).find("sync-sendfile wins") == 0);
}

TEST_CASE("who broke a property or did nothing cannot win") {
  sim::RunSummary run = broken();
  CHECK(sim::verdict(run) ==
        "kevent-aio-sendfile wins: nobody else is left; sync-sendfile cannot win: it broke "
        "no_lost_wakeup");
  run.designs[1].completed = 0;
  CHECK(sim::verdict(run) ==
        "no winner; sync-sendfile cannot win: it broke no_lost_wakeup; kevent-aio-sendfile cannot "
        "win: it completed no request");
  run.designs.resize(1);
  CHECK(sim::verdict(run).empty());
  run = two_designs();
  run.interrupted = true;
  CHECK(sim::verdict(run) == "no winner: the run was interrupted");
}

TEST_CASE("what a run amounts to") {
  using sim::Outcome;
  sim::RunSummary run = two_designs();
  CHECK(sim::judge(run).outcome == Outcome::met);
  CHECK(sim::judge(run).reasons.empty());
  run.expect = "violation:no_lost_wakeup";
  CHECK(sim::judge(run).outcome == Outcome::violated);
  CHECK(sim::judge(run).reasons ==
        std::vector<std::string>{"the expected violation of no_lost_wakeup did not happen"});
  run.designs[0].violations = {{"no_lost_wakeup", "", kev::Instant(1)}};
  CHECK(sim::judge(run).outcome == Outcome::met);
  run.designs[1].violations = {{"bytes_in_order", "", kev::Instant(1)}};
  CHECK(sim::judge(run).outcome == Outcome::violated);

  run = two_designs();
  run.limits[0].met = false;
  CHECK(sim::judge(run).outcome == Outcome::violated);
  run = two_designs();
  run.designs[1].completed = 0;
  CHECK(sim::judge(run).outcome == Outcome::incomplete);
  run.designs.clear();
  CHECK(sim::judge(run).reasons == std::vector<std::string>{"nothing ran"});

  run = replayed();
  CHECK(sim::judge(run).reasons == std::vector<std::string>{"1 call of the workload is unmatched"});
  run.replay.unmatched.erase(run.replay.unmatched.begin());
  CHECK(sim::judge(run).outcome == Outcome::met);
  run.replay.requests_recorded = 2010;
  CHECK(sim::judge(run).reasons ==
        std::vector<std::string>{"sync-sendfile answered 2 000 of 2 010 requests"});
  run.designs[0].violations = {{"bytes_in_order", "", kev::Instant(1)}};
  CHECK(sim::judge(run).outcome == Outcome::violated);
}

TEST_CASE("figures have three digits and a fitting unit") {
  CHECK(sim::format_duration(0) == "0 ns");
  CHECK(sim::format_duration(843) == "843 ns");
  CHECK(sim::format_duration(999.4) == "999 ns");
  CHECK(sim::format_duration(999.6) == "1.00 us");
  CHECK(sim::format_duration(1'234'567) == "1.23 ms");
  CHECK(sim::format_duration(9.996e6) == "10.0 ms");
  CHECK(sim::format_duration(99.96e6) == "100 ms");
  CHECK(sim::format_duration(999.7e6) == "1.00 s");
  CHECK(sim::format_duration(123'456e9) == "123456 s");
  CHECK(sim::format_duration(-5e6) == "-5.00 ms");
  CHECK(sim::format_rate(78.2e6) == "78.2 MB/s");
  CHECK(sim::format_rate(0) == "0 B/s");
  CHECK(sim::format_rate(std::numeric_limits<double>::infinity()) == "-");
  CHECK(sim::format_ratio(0.123) == "12.3 %");
  CHECK(sim::format_count(0) == "0");
  CHECK(sim::format_count(999) == "999");
  CHECK(sim::format_count(1000) == "1 000");
  CHECK(sim::format_count(1'234'567) == "1 234 567");
  CHECK(sim::format_count(-1234) == "-1 234");
  CHECK(sim::format_factor(1.4167) == "1.42x");
  CHECK(sim::format_factor(119.6) == "120x");
  CHECK(sim::format_size(1 << 30) == "1 GiB");
  CHECK(sim::format_size(3 << 29) == "1.50 GiB");
  CHECK(sim::format_size(512) == "512 B");
  CHECK(sim::format_size(0) == "0 B");
}

TEST_CASE("every metric has its own name") {
  for (const sim::Metric& metric : sim::metrics()) CHECK(sim::find_metric(metric.name) == &metric);
  CHECK(sim::find_metric("latency.p98") == nullptr);
}
