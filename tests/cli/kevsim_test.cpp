// The real kevsim: what is shipped with it fits it, and runs repeat themselves.

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "tests/cli/command.hpp"
#include "tests/scenario/golden.hpp"

namespace {

using sim_test::CommandResult;
using Json = nlohmann::json;

const std::string source = KEVSIM_SOURCE_DIR;
const std::string quickstart = source + "/scenarios/tour/quickstart.toml";
const std::string small_run =
    "run " + quickstart + " --set workload.requests=40 --set workload.clients=4";

CommandResult kevsim(const std::string& arguments) {
  return sim_test::run_program(KEVSIM_REAL, arguments);
}

}  // namespace

TEST_CASE("the committed schema is the generated one") {
  const CommandResult generated = kevsim("schema");
  REQUIRE(generated.code == 0);
  INFO("run: kevsim schema > scenarios/scenario.schema.json");
  CHECK(generated.out == sim_test::read_file(source + "/scenarios/scenario.schema.json"));
}

TEST_CASE("every default is a name that the world knows") {
  const CommandResult result = kevsim("check " + sim_test::write_scenario("defaults", "defaults"));
  INFO(result.error);
  CHECK(result.code == 0);
}

TEST_CASE("every shipped scenario loads") {
  std::string paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source + "/scenarios"))
    if (entry.path().extension() == ".toml") paths += " " + entry.path().string();
  const CommandResult result = kevsim("check" + paths);
  INFO(result.error);
  CHECK(result.code == 0);
}

TEST_CASE("every list of the catalog has rows, all described") {
  for (const std::string kind : {"workloads", "designs", "costs", "disks-hdd", "disks-ssd",
                                 "elevators", "readahead", "faults", "properties"}) {
    const Json rows = Json::parse(kevsim("list " + kind + " --format json").out)["rows"];
    INFO(kind);
    CHECK(!rows.empty());
    for (const Json& row : rows) CHECK(!row["description"].get<std::string>().empty());
  }
}

TEST_CASE("each property has one name and one sentence, and the queue's promises are among them") {
  std::multiset<std::string> names;
  const Json list = Json::parse(kevsim("list properties --format json").out);
  for (const Json& row : list["rows"]) names.insert(row["name"].get<std::string>());
  for (const std::string& name : names) CHECK(names.count(name) == 1);
  for (const std::string promise : {"exactly_once_oneshot", "no_lost_event", "no_lost_wakeup",
                                    "fifo_by_readiness", "ring_invariants", "control_linearizable",
                                    "conservation", "api_contract", "starvation_bound"})
    CHECK(names.count(promise) == 1);
}

TEST_CASE("the same seed gives the same run") {
  const Json first = Json::parse(kevsim(small_run + " --format json").out);
  const Json second = Json::parse(kevsim(small_run + " --format json").out);
  CHECK(first["outcome"] == "met");
  CHECK(first["designs"].size() == 2);
  CHECK(first["designs"][0]["completed"] == 40);
  CHECK(first["fingerprint"] == second["fingerprint"]);
  const Json other = Json::parse(kevsim(small_run + " --format json --seed 2").out);
  CHECK(first["fingerprint"] != other["fingerprint"]);
  const CommandResult twice = kevsim(small_run + " --check-determinism --format json");
  CHECK(twice.code == 0);
  CHECK(Json::parse(twice.out)["repeated"] == true);
  CHECK(Json::parse(twice.out)["fingerprint"] == first["fingerprint"]);
}

TEST_CASE("a run that --until cuts short is incomplete") {
  const CommandResult result = kevsim(small_run + " --until 1ms --format json");
  CHECK(result.code == 3);
  CHECK(Json::parse(result.out)["outcome"] == "incomplete");
}

TEST_CASE("a trace is written whole, or the run is refused") {
  const std::string trace = std::string(KEVSIM_BINARY_DIR) + "/cli_test/run.ktrace";
  const CommandResult good = kevsim(small_run + " --designs sync-sendfile --trace " + trace);
  INFO(good.error);
  CHECK(good.code == 0);
  std::ifstream file(trace);
  std::string line;
  int lines = 0;
  for (; std::getline(file, line); ++lines) CHECK(Json::accept(line));
  CHECK(lines > 40);
  const CommandResult refused =
      kevsim(small_run + " --designs sync-sendfile --trace /no/such/folder/x.ktrace");
  CHECK(refused.code == 2);
  CHECK(refused.error.find("/no/such/folder/x.ktrace") != std::string::npos);
}

TEST_CASE("a trace never takes the place of an input") {
  const std::string input = sim_test::write_scenario("input", "an input");
  const std::string before = sim_test::read_file(input);
  for (const std::string& arguments :
       {"run " + input, "replay " + input, "replay x --on " + input}) {
    const CommandResult result =
        kevsim(arguments + " --until 1ms --designs sync-sendfile --trace " + input);
    INFO(arguments);
    CHECK(result.code == 2);
    CHECK(result.error.find("--trace: error: '" + input + "' is an input of this run") == 0);
    CHECK(sim_test::read_file(input) == before);
  }
}

TEST_CASE("what the quickstart suggests to try is a good scenario") {
  std::ifstream file(quickstart);
  std::string line;
  int suggestions = 0;
  while (std::getline(file, line)) {
    if (line.find("#     --set ") != 0) continue;
    ++suggestions;
    // Explained from the third blank on.
    const std::string options = line.substr(6, line.find("   ", 6) - 6);
    const CommandResult result = kevsim("check " + quickstart + " " + options);
    INFO(options << '\n' << result.error);
    CHECK(result.code == 0);
  }
  CHECK(suggestions == 4);
}

TEST_CASE("what is no trace is refused with exit code 2") {
  CHECK(kevsim("replay /no/such.strace").code == 2);
  CHECK(kevsim("replay " + quickstart).code == 2);
}

TEST_CASE("a measured trace is compared with any disk, named or described by a file") {
  const std::string drives = source + "/traces/golden/disksim/";
  const std::string trace = "replay " + drives + "ibm18es.trace.xz --format disksim-validate";
  const CommandResult text = kevsim(trace + " --disk ibm-18es");
  CHECK(text.code == 0);
  CHECK(text.out.find("demerit") != std::string::npos);
  const Json named = Json::parse(kevsim(trace + " --disk ibm-18es --format json").out);
  CHECK(named["requests"] == 10'000);
  CHECK(named["demerit_ms"].get<double>() < 0.136);
  const std::string path = drives + "ibm18es.model";
  const Json described = Json::parse(kevsim(trace + " --format json --disk " + path).out);
  CHECK(described["demerit_ms"] == named["demerit_ms"]);
  CHECK(described["disk"] == path);
}

TEST_CASE("a block trace is replayed on any disk, named or recognised") {
  const std::string trace = "fio version 3 iolog\n0 a read 0 4096\n9000 a write 8192 4096\n";
  const std::string path = "block_trace_of_fio.log";
  std::ofstream(path) << trace;
  const CommandResult text = kevsim("replay " + path + " --format fio-iolog --disk cheetah-9lp");
  CHECK(text.code == 0);
  CHECK(text.out.find("2 requests, 1 of them writes, on cheetah-9lp") != std::string::npos);
  CHECK(text.out.find("demerit") == std::string::npos);
  const Json json = Json::parse(kevsim("replay " + path + " --disk 970-pro --format json").out);
  CHECK(json["trace_format"] == "fio-iolog");
  CHECK(json["requests"] == 2);
  CHECK(json["timing"] == "recorded");
  CHECK(json["simulated_time_ms"].get<double>() > 9);
  const Json asap =
      Json::parse(kevsim("replay " + path + " --disk 970-pro --timing asap --format json").out);
  CHECK(asap["simulated_time_ms"].get<double>() < 9);
  CHECK(kevsim("replay " + path + " --format blkparse --disk cheetah-9lp").code == 2);
  CHECK(kevsim("replay " + path + " --format fio-iolog").code == 2);
  std::filesystem::remove(path);
}

TEST_CASE("what blktrace writes is named, and how to make it readable") {
  const std::string path = "kevsim_cli_test.blktrace.0";
  for (const std::string_view magic : {std::string_view("\atae"), std::string_view("eat\a")}) {
    std::ofstream(path, std::ios::binary) << magic << std::string(44, '\0');
    for (const char* options : {"", " --disk ibm-18es", " --format blkparse --disk ibm-18es"}) {
      const CommandResult result = kevsim("replay " + path + options);
      INFO(options << '\n' << result.error);
      CHECK(result.code == 2);
      CHECK(result.error.find("blktrace") != std::string::npos);
      CHECK(result.error.find("blkparse -i " + path) != std::string::npos);
    }
  }
  std::filesystem::remove(path);
}

TEST_CASE("disks and traces that cannot be read are mistakes of the user") {
  const std::string trace = source + "/traces/golden/disksim/ibm18es.trace.xz";
  CHECK(kevsim("replay " + trace + " --format disksim-validate").code == 2);
  CHECK(kevsim("replay " + trace + " --disk no-such-disk").code == 2);
  CHECK(kevsim("replay " + trace + " --disk nowhere/x.parv").code == 2);
  CHECK(kevsim("replay " + quickstart + " --disk ibm-18es").code == 2);
  CHECK(kevsim(small_run + " --set disk.main.profile=nowhere/x.parv").code == 2);
}

TEST_CASE("a file of DiskSim's is the disk of a scenario") {
  const std::string path = source + "/traces/golden/disksim/cheetah9LP.parv";
  const std::string other = " --format json --set workload.files.count=20 --set disk.main.profile=";
  const Json named = Json::parse(kevsim(small_run + other + "cheetah-9lp").out);
  const Json described = Json::parse(kevsim(small_run + other + path).out);
  CHECK(named["outcome"] == "met");
  CHECK(described["fingerprint"] == named["fingerprint"]);
}

TEST_CASE("validate: every reference of the project passes, a row of JSON each") {
  const CommandResult result = kevsim("validate --format json");
  INFO(result.out);
  CHECK(result.code == 0);
  CHECK(result.error.empty());
  std::set<std::string> groups;
  const Json json = Json::parse(result.out);
  for (const Json& row : json["rows"]) {
    CHECK(row["passed"] == row["cases"]);
    CHECK(row["cases"] > 0);
    for (const char* key : {"reference", "compared", "tolerance"})
      CHECK_FALSE(row[key].get<std::string>().empty());
    CHECK(row["value"].is_number());
    const auto reference = row["reference"].get<std::string>();
    groups.insert(reference.substr(0, reference.find('/')));
  }
  for (const auto& entry : std::filesystem::directory_iterator(source + "/traces/golden")) {
    INFO(entry.path());
    if (entry.is_directory()) CHECK(groups.count(entry.path().filename().string()) == 1);
  }
}

TEST_CASE("validate: one table for people") {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(KEVSIM_BINARY_DIR) / "tests/cli/epoll_only";
  fs::remove_all(folder);
  fs::create_directories(folder);
  fs::copy(source + "/traces/golden/epoll", folder / "epoll", fs::copy_options::recursive);
  const CommandResult result = kevsim("validate --dir " + folder.string());
  INFO(result.out);
  CHECK(result.code == 0);
  CHECK(result.out.starts_with("reference "));
  CHECK(result.out.find("\nepoll") != std::string::npos);
  CHECK(result.out.find("tcp") == std::string::npos);
  CHECK(result.out.find("\n27 cases compared, 27 pass, 0 do not\n") != std::string::npos);
  CHECK(kevsim("validate --dir " + (folder / "epoll").string()).out == result.out);
}

TEST_CASE("validate: differences within a tolerance are told, too") {
  const std::string tcp = source + "/traces/golden/tcp";
  const CommandResult result = kevsim("validate --dir " + tcp);
  INFO(result.out);
  CHECK(result.code == 0);
  const std::size_t told = result.out.find("\nwithin the tolerance:\ntcp/netem ");
  CHECK(told != std::string::npos);
  CHECK(result.out.find("only recorded: seq ", told) != std::string::npos);
  const Json json = Json::parse(kevsim("validate --format json --dir " + tcp).out);
  CHECK(json["mismatches"].empty());
  CHECK(json["tolerated"].size() == 2);
}

TEST_CASE("validate: a difference is 1, what cannot be read 2, nothing to compare 3") {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(KEVSIM_BINARY_DIR) / "tests/cli/references";
  fs::remove_all(folder);
  fs::create_directories(folder / "readahead" / "6.1");
  const auto code = [&folder] { return kevsim("validate --dir " + folder.string()).code; };
  CHECK(kevsim("validate --dir " + (folder / "nowhere").string()).code == 2);
  fs::remove(folder / "readahead" / "6.1");
  CHECK(code() == 3);

  fs::create_directories(folder / "readahead" / "6.1");
  std::ofstream(folder / "readahead/6.1/a-ra128-x.txt") << "read p=0 n=1 r=4096 new: [0,4)n=4\n";
  CHECK(code() == 0);
  std::ofstream(folder / "readahead/6.1/a-ra128-y.txt") << "read p=0 n=1 r=4096 new: [0,5)n=5\n";
  const CommandResult differs = kevsim("validate --dir " + folder.string());
  CHECK(differs.code == 1);
  CHECK(differs.out.find("readahead/6.1 a-ra128-y.txt: line 1\n  recorded: [0,5)") !=
        std::string::npos);
  CHECK(differs.out.find("1 of 2  DIFFERS") != std::string::npos);

  std::ofstream(folder / "readahead/2.6.18.tar.xz") << "damaged";
  const CommandResult damaged = kevsim("validate --dir " + folder.string());
  CHECK(damaged.code == 2);
  CHECK(damaged.error.find("2.6.18.tar.xz: error: cannot be read") != std::string::npos);
}

TEST_CASE("bank: one row a bug and strategy, and a control without violations") {
  const std::string arguments =
      "bank --bugs wake_before_enqueue --strategy random,pct:2 --seeds 3 --budget 500";
  const CommandResult text = kevsim(arguments + " --quiet");
  INFO(text.out);
  CHECK(text.code == 0);
  CHECK(text.out.find("| wake_before_enqueue | 2 |") != std::string::npos);
  CHECK(text.out.find("5000 executions of the same scenarios with every bug off: 0 violations") !=
        std::string::npos);
  const CommandResult result = kevsim(arguments + " --format json");
  REQUIRE(result.code == 0);
  const Json bank = Json::parse(result.out)["bank"];
  REQUIRE(bank["bugs"].size() == 2);
  for (const Json& row : bank["bugs"]) {
    CHECK(row["name"] == "wake_before_enqueue");
    CHECK(row["found"] == 3);
    CHECK(row["runs"] == 3);
    CHECK(row["executions_to_find_median"] > 0);
  }
  CHECK(bank["control"]["executions"] == 5000);
  CHECK(bank["control"]["violations"].empty());
}

TEST_CASE("bank: a bug that does not exist gets a hint") {
  const CommandResult result = kevsim("bank --bugs wake_before_enque");
  CHECK(result.code == 2);
  CHECK(result.error.find("did you mean 'wake_before_enqueue'?") != std::string::npos);
}
