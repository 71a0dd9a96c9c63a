// kevsim explore, reproduce and shrink: exit codes, the keys that scripts rely on, the finding.

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/command.hpp"

namespace {

using Json = nlohmann::json;

const std::string kernels = std::string(KEVSIM_SOURCE_DIR) + "/tests/explore/kernels/";

sim_test::CommandResult kevsim(const std::string& arguments) {
  return sim_test::run_program(KEVSIM_REAL, arguments);
}

/// A folder for the findings of one test.
std::string findings(const std::string& test) {
  return std::string(KEVSIM_BINARY_DIR) + "/cli_test/findings-" + test;
}

/// The finding, reproduced in a debugger, stops at that step.
void check_stops(const std::string& path, int step) {
  const auto gdb =
      sim_test::run_program("gdb", "-batch -ex run -ex bt --args " KEVSIM_REAL " reproduce " +
                                       path + " --break-at " + std::to_string(step));
  if (gdb.out.find("Starting program") == std::string::npos && gdb.code == 127)
    WARN("no gdb: --break-at is not seen to stop");
  else
    CHECK(gdb.out.find("SIGTRAP") != std::string::npos);
}

}  // namespace

TEST_CASE("explore without a violation exits with 0 and says that it is no proof") {
  const auto result = kevsim("explore --program " + kernels + "mtx2.c --executions 500");
  CHECK(result.code == 0);
  CHECK(result.out.find("seed 1") == 0);
  CHECK(result.out.find("a search, not a proof") != std::string::npos);
}

TEST_CASE("a complete search says so, and its executions are the classes") {
  const auto result = kevsim("explore --program " + kernels +
                             "fadd2.c --define NT=3 --define K=2 --strategy odpor --format json");
  CHECK(result.code == 0);
  const Json json = Json::parse(result.out);
  CHECK(json["executions"] == 90);
  CHECK(json["distinct"] == 90);
  CHECK(json["redundant"] == 0);
  CHECK(json["complete"] == true);
  CHECK(json["outcome"] == "complete");
  for (const std::string key :
       {"seed", "strategy", "steps_median", "executions_per_s", "wall_time_ns", "findings"})
    CHECK(json.contains(key));
}

TEST_CASE("a violation exits with 1 and leaves a folder that reproduces it, and shrinks") {
  const std::string folder = findings("aba");
  const auto result = kevsim("explore --program " + kernels +
                             "aba.c --strategy random --findings " + folder + " --format json");
  CHECK(result.code == 1);
  const Json json = Json::parse(result.out);
  CHECK(json["outcome"] == "violation");
  REQUIRE(json["findings"].size() == 1);
  const Json found = json["findings"][0];
  CHECK(found["property"] == "assertion");
  CHECK(found["preemptions"] == 1);
  CHECK(found["shrunk_steps"] <= found["steps"]);
  const std::string path = found["path"];
  for (const std::string file :
       {"README.md", "finding.json", "tape.json", "shrunk.json", "trace.txt", "aba.c"})
    CHECK(std::filesystem::exists(path + "/" + file));

  const auto again = kevsim("reproduce " + path + " --format json");
  CHECK(again.code == 1);
  CHECK(Json::parse(again.out)["exact"] == true);
  const auto part = kevsim("reproduce " + path + " --to 3");
  CHECK(part.out.find("\n     3 |") != std::string::npos);
  CHECK(part.out.find("\n     4 |") == std::string::npos);
  CHECK(kevsim("shrink " + path + " --time 1").code == 0);
  std::filesystem::remove_all(folder);
}

TEST_CASE("findings of one campaign are the same with two jobs") {
  const std::string arguments =
      "explore --program " + kernels + "reorder.c --define N=10 --format json --findings ";
  const auto one = kevsim(arguments + findings("one"));
  const auto two = kevsim(arguments + findings("two") + " --jobs 2");
  CHECK(Json::parse(one.out)["findings"][0]["execution"] ==
        Json::parse(two.out)["findings"][0]["execution"]);
  std::filesystem::remove_all(findings("one"));
  std::filesystem::remove_all(findings("two"));
}

TEST_CASE("a finding is followed on an edited program, and stops for a debugger") {
  const std::string folder = findings("edited");
  const std::string source = kernels + "../programs/edited.c";
  const auto result = kevsim("explore --program " + source + " --findings " + folder +
                             " --strategy random --format json");
  REQUIRE(result.code == 1);
  const std::string path = Json::parse(result.out)["findings"][0]["path"];
  const std::string edited = folder + "/edited.c";
  std::ofstream(edited) << "#define EDITED\n" << std::ifstream(source).rdbuf();
  const auto again = kevsim("reproduce " + path + " --program " + edited);
  CHECK(again.code == 1);
  CHECK(again.out.find("first divergence at choice") != std::string::npos);
  const auto random =
      kevsim("reproduce " + path + " --then random --format json --program " + kernels + "mtx2.c");
  CHECK(random.code == 4);
  CHECK(Json::parse(random.out)["continuations"] == 10'000);

  CHECK(kevsim("reproduce " + path + " --break-at 3").code == 2);
  check_stops(path, 3);
  std::filesystem::remove_all(folder);
}

TEST_CASE("a finding of a scenario stops for a debugger, too") {
  const std::string folder = findings("stops");
  const auto result =
      kevsim("explore " + std::string(KEVSIM_SOURCE_DIR) +
             "/scenarios/race/bugs/wake_before_enqueue.toml --format json --findings " + folder);
  const std::string path = Json::parse(result.out)["findings"][0]["path"];
  check_stops(path, 5);
  std::filesystem::remove_all(folder);
}

TEST_CASE("a campaign in a folder goes on where it was killed") {
  const std::string folder = findings("campaign");
  std::filesystem::remove_all(folder);
  const std::string arguments =
      "explore --program " + kernels + "spsc.c --strategy random --format json --executions ";
  CHECK(kevsim(arguments + "2000 --campaign " + folder).code == 0);
  CHECK(kevsim(arguments + "2000 --campaign " + folder).code == 2);
  const auto rest = kevsim(arguments + "6000 --resume --campaign " + folder);
  const auto whole = kevsim(arguments + "6000");
  CHECK(rest.code == 0);
  CHECK(Json::parse(rest.out)["executions"] == 6'000);
  CHECK(Json::parse(rest.out)["distinct"] == Json::parse(whole.out)["distinct"]);
  std::filesystem::remove_all(folder);
}

TEST_CASE("a program that does not repeat itself exits with 4") {
  CHECK(kevsim("explore --program " + kernels + "../programs/uncontrolled.c").code == 4);
}

TEST_CASE("an object file that was compiled for it is explored") {
  const std::string object = std::string(KEVSIM_BINARY_DIR) + "/cli_test/abba.o";
  std::filesystem::create_directories(std::filesystem::path(object).parent_path());
  REQUIRE(sim_test::run_program(
              "cc", "-c -O1 -g -fPIC -fsanitize=thread -o " + object + " " + kernels + "abba.c")
              .code == 0);
  const std::string folder = findings("object");
  CHECK(kevsim("explore --program " + object + " --findings " + folder).code == 1);
  std::filesystem::remove_all(folder);
}

TEST_CASE("a program that prints does not spoil the report") {
  const std::string path = std::string(KEVSIM_BINARY_DIR) + "/cli_test/prints.c";
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << "#include <stdio.h>\nint main() { puts(\"hello\"); return 0; }\n";
  const auto result = kevsim("explore --program " + path + " --executions 3 --format json");
  CHECK(result.code == 0);
  CHECK(Json::accept(result.out));
}

TEST_CASE("what cannot be explored is bad usage") {
  CHECK(kevsim("explore").code == 2);
  CHECK(kevsim("explore --program /no/such.c").code == 2);
  CHECK(kevsim("explore --program " + kernels + "mtx2.c --strategy guess").code == 2);
  CHECK(kevsim("explore --program " + kernels + "mtx2.c --executions many").code == 2);
  CHECK(kevsim("explore --program " + kernels + "mtx2.c --define K=x").code == 2);
  CHECK(kevsim("reproduce /no/such/finding").code == 2);
}

TEST_CASE("explore: a queue program is explored once, and what it is there to show is expected") {
  const std::string scenario =
      std::string(KEVSIM_SOURCE_DIR) + "/scenarios/race/bugs/wake_before_enqueue.toml";
  const std::string arguments =
      "explore " + scenario + " --findings " + findings("queue-program") + " --format json";
  const auto shown = kevsim(arguments);
  CHECK(shown.code == 0);
  const Json json = Json::parse(shown.out);
  REQUIRE(json.is_object());
  REQUIRE(json["findings"].size() == 1);
  CHECK(json["findings"][0]["property"] == "no_lost_wakeup");
  const auto hidden = kevsim(arguments + " --set bug=none --executions 200");
  CHECK(hidden.code == 1);
  CHECK(Json::parse(hidden.out)["findings"].empty());
}

TEST_CASE(
    "a scenario's finding says what was left out, which call is made, and where in the code") {
  const std::string scenario =
      std::string(KEVSIM_SOURCE_DIR) + "/scenarios/race/bugs/done_flag_kept.toml";
  const std::string folder = findings("left-out");
  const auto found = kevsim("explore " + scenario + " --findings " + folder + " --format json");
  const Json finding = Json::parse(found.out).at("findings").at(0);
  const std::string left_out = finding.at("left_out");
  CHECK(left_out.starts_with("without "));
  const std::string path = finding.at("path");
  for (const std::string& command : {"reproduce " + path, "shrink " + path + " --time 1"}) {
    INFO(command);
    const auto shown = kevsim(command);
    INFO(shown.out);
    // The calls that made it fail are there, those that were left out are not.
    CHECK(shown.out.find("set_socket 1 none") != std::string::npos);
    CHECK(shown.out.find("| get_events") == std::string::npos);
    CHECK(shown.out.find("get file table") != std::string::npos);
#if KEVSIM_PROGRAMS
    CHECK(shown.out.find("atomic load word 6 = 1") != std::string::npos);
    CHECK(shown.out.find("queue_ready.hpp:34  ready_count_.fetch_add(1);") != std::string::npos);
#endif
    if (command.starts_with("shrink")) CHECK(shown.out.find(left_out) != std::string::npos);
  }
  std::filesystem::remove_all(folder);
}
