#include "tests/tidy/policy.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tidy {

const std::vector<Layer>& layers() {
  static const std::vector<Layer> rows = {
      {"model", {"model/"}},
      {"model/base", {"model/base/"}},
      {"model/abi", {"model/abi/"}},
      {"model/platform", {"model/abi/", "model/base/", "model/platform/"}},
      {"model/bugs", {"model/base/", "model/bugs/"}},
      // The specification must not know the code that it judges.
      {"model/spec", {"model/abi/", "model/base/", "model/spec/"}},
      {"sim", {"model/", "sim/"}},
      {"sim/engine", {"model/base/", "sim/engine/"}},
      {"sim/schedule", {"model/base/", "sim/engine/", "sim/schedule/"}},
      {"sim/instrument", {"model/base/", "sim/engine/", "sim/instrument/", "sim/schedule/"}},
      {"sim/explore",
       {"model/base/", "sim/engine/", "sim/explore/", "sim/schedule/", "sim/world/stopwatch.hpp"}},
      {"sim/programs",
       {"model/base/", "sim/engine/", "sim/explore/", "sim/instrument/", "sim/programs/",
        "sim/schedule/"}},
      // The report shows what was seen, so it knows the form of a violation, but no machine.
      {"sim/report", {"model/base/", "sim/kernel/violation.hpp", "sim/report/"}},
      // A scenario's limits name metrics of the report; the report knows no scenario. What threads
      // of a program do is said in words of the interface.
      {"sim/scenario",
       {"model/abi/", "model/base/", "model/spec/call.hpp", "sim/report/", "sim/scenario/"}},
      {"sim/trace", {"model/base/", "sim/engine/", "sim/report/summary.hpp", "sim/trace/"}},
      {"sim/faults", {"model/base/", "sim/engine/", "sim/faults/", "sim/schedule/", "sim/trace/"}},
      {"sim/kernel",
       {"model/abi/", "model/base/", "model/bugs/", "model/platform/", "sim/engine/", "sim/faults/",
        "sim/kernel/", "sim/schedule/", "sim/trace/"}},
      {"sim/block",
       {"model/abi/", "model/base/", "model/platform/", "sim/block/", "sim/engine/", "sim/faults/",
        "sim/kernel/", "sim/schedule/", "sim/trace/"}},
      // Pages hold the tags that the receiver of a file checks.
      {"sim/vfs",
       {"model/abi/", "model/base/", "model/bugs/", "model/platform/", "sim/block/", "sim/engine/",
        "sim/faults/", "sim/kernel/", "sim/net/content.hpp", "sim/schedule/", "sim/trace/",
        "sim/vfs/"}},
      {"sim/net",
       {"model/abi/", "model/base/", "model/platform/", "sim/engine/", "sim/faults/", "sim/kernel/",
        "sim/net/", "sim/schedule/", "sim/trace/"}},
      // What flows through a pipe are tags too, and a splice puts pages in.
      {"sim/ipc",
       {"model/abi/", "model/base/", "model/platform/", "sim/engine/", "sim/faults/", "sim/ipc/",
        "sim/kernel/", "sim/net/content.hpp", "sim/schedule/", "sim/trace/", "sim/vfs/"}},
      {"sim/machine",
       {"model/", "sim/engine/", "sim/faults/", "sim/ipc/", "sim/kernel/", "sim/machine/",
        "sim/net/", "sim/schedule/", "sim/trace/", "sim/vfs/"}},
      {"sim/explored",
       {"model/", "sim/engine/", "sim/explore/subject.hpp", "sim/explored/", "sim/instrument/",
        "sim/kernel/", "sim/machine/", "sim/scenario/", "sim/schedule/",
        "sim/world/instantiate_aio.hpp", "sim/world/world_subject.hpp"}},
      // Drives any model, but on its own, without a scenario's machine.
      {"sim/validate",
       {"model/base/", "sim/block/", "sim/engine/", "sim/faults/", "sim/ipc/", "sim/kernel/",
        "sim/net/", "sim/schedule/", "sim/trace/", "sim/validate/", "sim/vfs/"}},
      {"tools", {"model/", "sim/", "tools/"}},
      {"tests", {"model/", "sim/", "tests/", "tools/"}},
  };
  return rows;
}

const std::vector<BannedHeader>& headers_banned_everywhere() {
  static const std::vector<BannedHeader> rows = {
      {"format", "g++ 12 has none: fmt/format.h"},
      {"ranges", "clang 14 cannot compile libstdc++'s views: loops and <algorithm>"},
      {"source_location", "clang 14 has none: __FILE__ and __LINE__ in a macro"},
      {"expected", "needs C++23: model/base/result.hpp"},
  };
  return rows;
}

const std::vector<BannedHeader>& headers_banned_in_simulation() {
  constexpr std::string_view threads = "real threads: fibers and the simulated kernel";
  constexpr std::string_view machine = "the real machine: what the Platform offers";
  constexpr std::string_view chance = "differs between vendors: sim/engine/random.hpp";
  static const std::vector<BannedHeader> rows = {
      {"thread", threads},
      {"mutex", threads},
      {"shared_mutex", threads},
      {"condition_variable", threads},
      {"future", threads},
      {"semaphore", threads},
      {"latch", threads},
      {"barrier", threads},
      {"stop_token", threads},
      {"pthread.h", threads},
      {"boost/thread", threads},
      {"boost/asio", machine},
      {"sys/", machine},
      {"unistd.h", machine},
      {"fcntl.h", machine},
      {"sched.h", machine},
      {"poll.h", machine},
      {"ctime", machine},
      {"time.h", machine},
      {"random", chance},
      {"boost/random", chance},
      {"cassert", "gone in release: KEV_CHECK"},
      {"assert.h", "gone in release: KEV_CHECK"},
  };
  return rows;
}

const std::vector<BannedName>& names_banned_everywhere() {
  static const std::vector<BannedName> rows = {
      {"std::views", "loops: clang 14 cannot compile libstdc++'s views"},
      {"std::ranges::views", "loops: clang 14 cannot compile libstdc++'s views"},
      {"std::format", "fmt::format"},
      {"using namespace std;", "names with their namespace"},
  };
  return rows;
}

const std::vector<BannedName>& names_banned_in_simulation() {
  constexpr std::string_view ordered = "std::map, a sorted vector or a vector by id";
  constexpr std::string_view chance = "sim::Random and sim/engine/distributions.hpp";
  constexpr std::string_view clock = "the engine's clock";
  constexpr std::string_view hidden = "a parameter: no hidden inputs";
  static const std::vector<BannedName> rows = {
      {"std::unordered_map", ordered},
      {"std::unordered_set", ordered},
      {"std::unordered_multimap", ordered},
      {"std::unordered_multiset", ordered},
      {"std::hash", "sim/engine/hash.hpp"},
      {"boost::hash", "sim/engine/hash.hpp"},
      {"rand(", chance},
      {"srand(", chance},
      {"drand48", chance},
      {"std::rand", chance},
      {"random_device", chance},
      {"std::mt19937", chance},
      {"std::mt19937_64", chance},
      {"default_random_engine", chance},
      {"*_distribution", chance},
      {"std::shuffle", "a loop over sim::Random: the standard leaves the algorithm open"},
      {"std::sample", "a loop over sim::Random: the standard leaves the algorithm open"},
      {"time(nullptr", clock},
      {"time(NULL", clock},
      {"time(0", clock},
      {"clock()", clock},
      {"clock_gettime", clock},
      {"gettimeofday", clock},
      {"steady_clock", clock},
      {"system_clock", clock},
      {"high_resolution_clock", clock},
      {"__DATE__", hidden},
      {"__TIME__", hidden},
      {"getenv", hidden},
      {"secure_getenv", hidden},
      {"getpid", hidden},
      {"gettid", hidden},
      {"pthread_self", hidden},
      {"this_thread", hidden},
      {"setlocale", hidden},
      {"thread_local", "a member: no globals"},
      {"assert(", "KEV_CHECK, which stays on"},
  };
  return rows;
}

bool in_simulation(std::string_view path) {
  return starts_with_any(path, {"model/", "sim/"}) && !path.starts_with("model/host/");
}

const std::vector<Exception>& exceptions() {
  static const std::vector<Exception> rows = {
      {"banned-names", "sim/world/stopwatch.hpp", "steady_clock",
       "how long simulating took is reported; the simulated machine never sees it"},
      {"banned-names", "sim/property/property.hpp", "getenv",
       "a test is told which schedule to reproduce; nothing simulated depends on it"},
      {"banned-headers", "sim/instrument/", "",
       "stands between an unmodified program and the real machine: maps its memory, loads it, "
       "takes "
       "the place of its threads, locks and clocks"},
      {"banned-headers", "sim/engine/arena.cpp", "sys/mman.h",
       "reserves addresses; nothing simulated sees them"},
      {"banned-names", "sim/instrument/", "", "functions that it takes the place of"},
      {"banned-headers", "sim/explore/workers.cpp", "",
       "a campaign's jobs are processes; what they explore does not depend on it"},
      {"header-opening", "sim/instrument/wrapped.hpp", "",
       "rows that are included several times, by the compiler and by CMake"},
      {"function-length", "tests/scenario/loader_test.cpp", "97 lines",
       "a scenario file with every field, as text in the test"},
  };
  return rows;
}

namespace {

bool excuses(const Exception& row, std::string_view rule, const Finding& finding) {
  return row.rule == rule && finding.path.starts_with(row.path) &&
         finding.message.find(row.what) != std::string::npos;
}

}  // namespace

std::string judge(std::string_view rule, const Findings& findings,
                  const std::vector<Exception>& allowed) {
  std::string out;
  for (const Finding& finding : findings) {
    const bool excused = std::any_of(allowed.begin(), allowed.end(), [&](const Exception& row) {
      return excuses(row, rule, finding);
    });
    if (!excused) out += fmt::format("{}:{}: {}\n", finding.path, finding.line, finding.message);
  }
  for (const Exception& row : allowed) {
    const bool needed = row.rule != rule ||
                        std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
                          return excuses(row, rule, finding);
                        });
    if (!needed)
      out += fmt::format("policy.cpp: no longer needed: {} {} {}\n", row.rule, row.path, row.what);
  }
  if (out.empty()) return out;
  for (const Exception& row : allowed)
    if (row.rule == rule)
      out += fmt::format("  allowed: {} {} ({})\n", row.path, row.what, row.reason);
  return out;
}

}  // namespace tidy
