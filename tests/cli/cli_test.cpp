// The command line with a world that does as it is told: exit codes, stdout and stderr apart, one
// JSON document, the seed first.

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/command.hpp"

namespace {

using sim_test::CommandResult;
using sim_test::write_scenario;
using Json = nlohmann::json;

const std::string quickstart = KEVSIM_SOURCE_DIR "/scenarios/tour/quickstart.toml";

CommandResult kevsim(const std::string& arguments) {
  return sim_test::run_program(KEVSIM_FAKE, arguments);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

TEST_CASE("a good run: seed first, fingerprint last, nothing on stderr, exit 0") {
  const CommandResult result = kevsim("run " + quickstart);
  CHECK(result.code == 0);
  CHECK(result.error.empty());
  CHECK(first_line(result.out).find("seed 1  kevsim 0.1.0 (") == 0);
  CHECK(has(result.out, "kevent-aio-sendfile wins: 2.00x the throughput of sync-sendfile"));
  const std::string last = "fingerprint 9e3779b97f4a7c15\n";
  REQUIRE(result.out.size() > last.size());
  CHECK(result.out.substr(result.out.size() - last.size()) == last);
  CHECK(!has(result.out, "\x1b"));
}

TEST_CASE("each ending has its exit code") {
  const auto code = [](const std::string& wish, const std::string& more = {}) {
    std::string name = wish + (more.empty() ? "" : " expected");
    for (char& c : name) c = c == ' ' ? '_' : c;
    return kevsim("run " + write_scenario(name, wish, more)).code;
  };
  CHECK(code("be good") == 0);
  CHECK(code("violate") == 1);
  CHECK(code("violate", "expect = \"violation:no_lost_wakeup\"") == 0);
  CHECK(code("be good", "expect = \"violation:no_lost_wakeup\"") == 1);
  CHECK(code("violate", "expect = \"violation:bytes_in_order\"") == 1);
  CHECK(code("refuse") == 2);
  CHECK(code("complete nothing") == 3);
  CHECK(code("run nothing") == 3);
  CHECK(code("fail a check") == 70);
  CHECK(code("throw") == 70);
  CHECK(code("interrupt") == 130);
}

TEST_CASE("one seed, two runs that differ: exit code 4 with --check-determinism") {
  const std::string same = write_scenario("same", "be good");
  const std::string other = write_scenario("other", "be another run each time");
  CHECK(kevsim("run " + other).code == 0);
  const CommandResult differs = kevsim("run " + other + " --check-determinism");
  CHECK(differs.code == 4);
  CHECK(has(differs.out,
            "NONDETERMINISM: kevent-aio-sendfile was another run the second time: "
            "1000 events and fingerprint 0000000000000001, then 1000 and "
            "0000000000000002\n"));
  const CommandResult agrees = kevsim("run " + same + " --check-determinism");
  CHECK(agrees.code == 0);
  CHECK(has(agrees.out, "run twice, the same to the last event\nfingerprint "));
  const Json json = Json::parse(kevsim("run " + other + " --check-determinism --format json").out);
  CHECK(json["outcome"] == "nondeterminism");
  CHECK(json["repeated"] == true);
  CHECK(kevsim("replay x --on " + other + " --check-determinism").code == 4);
}

TEST_CASE("a limit decides the exit code") {
  const CommandResult missed = kevsim("run " + quickstart + " --set 'limits.latency.p99=< 1ms' -q");
  CHECK(missed.code == 1);
  CHECK(has(missed.out, "NOT MET  latency.p99 < 1ms  sync-sendfile        3.00 ms\n"));
  CHECK(kevsim("run " + quickstart + " --set 'limits.latency.p99=< 4ms'").code == 0);
}

TEST_CASE("the seed is printed before anything can fail") {
  for (const std::string& arguments :
       {std::string("run /no/such/file.toml"), "run " + quickstart + " --until 5",
        "run " + quickstart + " --set x", std::string("replay missing.strace"),
        std::string("replay x --timing never")}) {
    const CommandResult result = kevsim(arguments + " --seed 77");
    INFO(arguments);
    CHECK(result.code == 2);
    CHECK(result.out.find("seed 77  kevsim ") == 0);
    CHECK(has(result.error, "error: "));
  }
}

TEST_CASE("seeds are decimal, hexadecimal or a git hash") {
  const auto seed_line = [](const std::string& seed) {
    const CommandResult result = kevsim("run " + quickstart + " -q --seed " + seed);
    return result.code == 0 ? result.out.substr(0, result.out.find("  ")) : result.error;
  };
  CHECK(seed_line("0") == "seed 0");
  CHECK(seed_line("18446744073709551615") == "seed 18446744073709551615");
  CHECK(seed_line("0x1F") == "seed 31");
  CHECK(seed_line("4b825dc642cb6eb9a060e54bf8d69288fbee4904") == "seed 1328372657695926");
  for (const std::string bad :
       {"18446744073709551616", "-1", "1.5", "''", "0x", "0xg", "seed", "4b825dc"})
    CHECK(has(seed_line(bad), "is not a seed\n"));
}

TEST_CASE("option --format json prints one document and nothing else on stdout") {
  const CommandResult good = kevsim("run " + quickstart + " --format json");
  CHECK(good.code == 0);
  CHECK(good.error.empty());
  const Json run = Json::parse(good.out);
  CHECK(run["seed"] == 1);
  CHECK(run["fingerprint"] == "9e3779b97f4a7c15");
  CHECK(run["scenario"] == quickstart);
  CHECK(run["designs"].size() == 2);
  CHECK(run["designs"][0]["latency_ns"]["p99"] == 3'000'000);
  CHECK(run["violations"].empty());
  CHECK(run["outcome"] == "met");

  const CommandResult several = kevsim("run " + quickstart + " " + quickstart + " --format json");
  CHECK(Json::parse(several.out).size() == 2);
  CHECK(Json::parse(several.out)[1]["designs"].size() == 2);

  const CommandResult violated =
      kevsim("run " + write_scenario("violate_json", "violate") + " --format json");
  CHECK(violated.code == 1);
  CHECK(Json::parse(violated.out)["violations"][0]["property"] == "no_lost_wakeup");

  const CommandResult interrupted =
      kevsim("run " + write_scenario("interrupt_json", "interrupt") + " --format json");
  CHECK(interrupted.code == 130);
  CHECK(Json::parse(interrupted.out)["interrupted"] == true);
}

TEST_CASE("mistakes in JSON mode are in the document and, for people, on stderr") {
  const CommandResult result = kevsim("run /no/such.toml --format json");
  CHECK(result.code == 2);
  CHECK(Json::parse(result.out)["errors"][0]["message"] == "no such file");
  CHECK(result.error == "/no/such.toml: error: no such file\n");
  CHECK(Json::parse(kevsim("replay missing --format json").out)["errors"].size() == 1);
  CHECK(Json::parse(kevsim("run " + quickstart + " --until 0s --format json").out)
            .contains("errors"));
}

TEST_CASE("no scenario runs when one of several is wrong") {
  const CommandResult result = kevsim("run " + quickstart + " /no/such.toml");
  CHECK(result.code == 2);
  CHECK(!has(result.out, "fingerprint"));
}

TEST_CASE("an interrupted campaign reports what it has and goes no further") {
  const std::string first = write_scenario("interrupt_first", "interrupt");
  const CommandResult result = kevsim("run " + first + " " + quickstart);
  CHECK(result.code == 130);
  CHECK(has(result.out, "interrupted: the figures are of what ran until then"));
  CHECK(!has(result.out, quickstart));
}

TEST_CASE("wrong usage exits 2 with a hint and an empty stdout") {
  const auto check = [](const std::string& arguments, const std::string& expected) {
    const CommandResult result = kevsim(arguments);
    INFO(arguments);
    CHECK(result.code == 2);
    CHECK(result.out.empty());
    CHECK(result.error == expected);
  };
  check("rnu", "kevsim: error: unknown command 'rnu'\n      hint: did you mean 'run'?\n");
  check("--versoin",
        "kevsim: error: unknown option '--versoin'\n      hint: did you mean '--version'?\n");
  check("run x --sed 3",
        "kevsim run: error: unknown option '--sed'\n      hint: did you mean '--seed'?\n");
  check("run",
        "kevsim run: error: SCENARIO is required\n      hint: 'kevsim run --help' shows how\n");
  check("run x --seed",
        "kevsim run: error: --seed needs a value\n      hint: 'kevsim run --help' shows how\n");
  check("run x --format jsn",
        "kevsim run: error: --format: 'jsn' must be one of text, json; did you mean 'json'?\n"
        "      hint: 'kevsim run --help' shows how\n");
  check("list designs elevators",
        "kevsim list: error: unknown argument 'elevators'\n"
        "      hint: 'kevsim list --help' shows how\n");
  check("list desings",
        "kevsim list: error: nothing called 'desings' can be listed\n"
        "      hint: did you mean 'designs'?\n");
  CHECK(kevsim("").code == 2);
  CHECK(has(kevsim("").error, "Examples:\n  kevsim run"));
}

TEST_CASE("help shows examples before options and ends in the exit codes") {
  for (const std::string command : {"", "run", "replay", "check", "list", "schema"}) {
    const CommandResult result = kevsim(command + " --help");
    INFO(command);
    CHECK(result.code == 0);
    CHECK(result.error.empty());
    CHECK(result.out.find("Examples:\n  kevsim ") < result.out.find("Options:\n"));
    CHECK(has(result.out, "  70   internal error\n"));
  }
}

TEST_CASE("the version names commit, compiler and build") {
  const CommandResult result = kevsim("--version");
  CHECK(result.code == 0);
  CHECK(result.out.find("kevsim 0.1.0\ncommit ") == 0);
  CHECK(has(result.out, "\ncompiler "));
  CHECK(has(result.out, "\nbuild "));
}

TEST_CASE("option --set and --designs change the run, a scenario is never swallowed") {
  const CommandResult result = kevsim("run --set workload.requests=7 --designs epoll-sendfile " +
                                      quickstart + " --format json");
  const Json run = Json::parse(result.out);
  CHECK(run["designs"].size() == 1);
  CHECK(run["designs"][0]["name"] == "epoll-sendfile");
  CHECK(run["designs"][0]["requests"] == 7);
  CHECK(Json::parse(kevsim("run " + quickstart + " --designs all --format json").out)["designs"]
            .size() == 3);
  const CommandResult wrong = kevsim("run " + quickstart + " --designs sync-sendfil");
  CHECK(wrong.code == 2);
  CHECK(has(wrong.error, "--designs: error: unknown design 'sync-sendfil'\n"));
  CHECK(has(wrong.error, "did you mean 'sync-sendfile'?\n"));
}

TEST_CASE("a trace is of one run") {
  const CommandResult result = kevsim("run " + quickstart + " " + quickstart + " --trace x.ktrace");
  CHECK(result.code == 2);
  CHECK(has(result.error, "--trace: error: a trace is of one run"));
}

TEST_CASE("replay reports calls, unmatched ones of the workload exit 3") {
  const CommandResult good = kevsim("replay nginx.strace --format json --timing asap");
  CHECK(good.code == 0);
  const Json replay = Json::parse(good.out);
  CHECK(replay["calls"] == Json({{"matched", 2}, {"ignored", 0}, {"unmatched", 0}}));
  CHECK(replay["requests_recorded"] == 1000);
  CHECK(replay["requests_served"] == 1000);
  CHECK(replay["replay"]["timing"] == "asap");
  const CommandResult unmatched = kevsim("replay unmatched.strace");
  CHECK(unmatched.code == 3);
  CHECK(has(unmatched.out, "line 7: sendfile(9, 8, ...)\n"));
  CHECK(has(unmatched.out, "INCOMPLETE: 1 call of the workload is unmatched\n"));
}

TEST_CASE("on replay --format names the output or the trace's format") {
  CHECK(kevsim("replay x --format strace").out.find("seed 1 ") == 0);
  CHECK(Json::parse(kevsim("replay x --format auto --format json").out).is_object());
  CHECK(Json::parse(kevsim("replay x --from strace --format json").out).is_object());
  CHECK(kevsim("replay x --format xml").code == 2);
  CHECK(kevsim("replay x --from json").code == 2);
}

TEST_CASE("timings are recorded, asap or a factor") {
  const auto timing = [](const std::string& text) {
    const CommandResult result = kevsim("replay x --format json --timing " + text);
    return result.code == 0 ? Json::parse(result.out)["replay"]["timing"].get<std::string>() : "";
  };
  CHECK(timing("recorded") == "recorded");
  CHECK(timing("asap") == "asap");
  CHECK(timing("x0.5") == "x0.500000");
  CHECK(timing("x1000") == "x1000.000000");
  for (const std::string bad :
       {"x0", "x-1", "x", "xinf", "xnan", "x1001", "x1e300", "0.5", "fast", "x1x"})
    CHECK(timing(bad).empty());
}

TEST_CASE("replay runs on a scenario's machine") {
  const CommandResult result =
      kevsim("replay x --on " + quickstart +
             " --set disk.main.kind=ssd --set disk.main.profile=sata-2010");
  CHECK(result.code == 0);
  CHECK(has(result.out, "; ssd sata-2010, deadline; "));
  CHECK(kevsim("replay x --on /no/such.toml").code == 2);
}

TEST_CASE("check validates without running") {
  const std::string bomb = write_scenario("check_only", "fail a check");
  const CommandResult good = kevsim("check " + bomb + " " + quickstart);
  CHECK(good.code == 0);
  CHECK(good.out == bomb + ": ok\n" + quickstart + ": ok\n");
  const CommandResult bad =
      kevsim("check " + quickstart + " --set workload.clients=0 --format json");
  CHECK(bad.code == 2);
  CHECK(Json::parse(bad.out)["ok"] == false);
  CHECK(Json::parse(bad.out)["errors"][0]["file"] == "--set");
  const CommandResult resolved = kevsim("check --resolved " + quickstart);
  CHECK(has(resolved.out, "\nmss = 1448\nsend_buffer = "));
}

TEST_CASE("what check --resolved prints is a scenario that runs the same") {
  const std::string path = write_scenario("resolved", "be good");
  const std::string again = path + ".resolved";
  CHECK(kevsim("check --resolved " + path + " | tee " + again).code == 0);
  CHECK(Json::parse(kevsim("run " + again + " --format json").out)["designs"] ==
        Json::parse(kevsim("run " + path + " --format json").out)["designs"]);
}

TEST_CASE("list prints the catalog, fields and metrics") {
  CHECK(has(kevsim("list").out, "designs "));
  CHECK(has(kevsim("list designs").out, "sync-sendfile        one thread per connection"));
  CHECK(has(kevsim("list fields").out, "\n[disk.NAME]  # a disk"));
  CHECK(has(kevsim("list metrics").out, "latency.p99 "));
  const Json fields = Json::parse(kevsim("list fields --format json").out);
  CHECK(fields["rows"][0]["key"] == "schema");
  CHECK(Json::parse(kevsim("list --format json").out)["kind"] == "kinds");
  CHECK(Json::parse(kevsim("list errors --format json").out)["rows"].size() > 5);
}

TEST_CASE("schema prints one JSON document") {
  CHECK(Json::parse(kevsim("schema").out)["title"] == "kevsim scenario");
}

TEST_CASE("a report that cannot be written is not a success") {
  const CommandResult result = kevsim("run " + quickstart + " --format json >/dev/full");
  CHECK(result.code == 3);
  CHECK(has(result.error, "could not be written"));
}

TEST_CASE("option --quiet is short and silent") {
  const CommandResult result = kevsim("run " + quickstart + " --quiet");
  CHECK(result.error.empty());
  CHECK(std::count(result.out.begin(), result.out.end(), '\n') == 7);
}
