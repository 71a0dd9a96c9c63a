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
