// Every kind of mistake in a scenario file, each with its exact report. Mistakes are files in bad/;
// beside each NAME.toml is NAME.txt, what kevsim says about it.

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/report/diagnostics.hpp"
#include "sim/scenario/loader.hpp"
#include "tests/scenario/golden.hpp"
#include "tests/scenario/sample_catalog.hpp"

namespace {

using sim_test::sample_catalog;

const std::string bad_folder = KEVSIM_SOURCE_DIR "/tests/scenario/bad/";

std::vector<std::string> bad_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(bad_folder))
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string report_of(std::string_view text, const std::string& name) {
  const kev::Result<sim::Scenario> scenario = sim::parse_scenario(text, name, sample_catalog());
  return scenario ? "no error\n" : sim::format_errors(scenario.error());
}

}  // namespace

TEST_CASE("each mistake in a scenario file is reported with its place and a hint") {
  const std::vector<std::string> names = bad_names();
  REQUIRE(names.size() > 20);
  for (const std::string& name : names) {
    const std::string text = sim_test::read_file(bad_folder + name + ".toml");
    const std::string report = report_of(text, name + ".toml");
    INFO(sim_test::compare_with_golden(bad_folder + name + ".txt", report));
    CHECK(sim_test::compare_with_golden(bad_folder + name + ".txt", report).empty());
    CHECK(report != "no error\n");
  }
}

TEST_CASE("an empty file says where to start") {
  const std::string expected =
      "x.toml: error: the file is empty\n"
      "      hint: scenarios/tour/quickstart.toml is one to start from\n";
  CHECK(report_of("", "x.toml") == expected);
  CHECK(report_of(" \n\t\r\n", "x.toml") == expected);
}

TEST_CASE("bytes that are no text are named, not printed") {
  CHECK(report_of(std::string_view("schema = 1\n\0", 12), "x") ==
        "x:2:1: error: this is not a text file: byte 0x00\n");
  CHECK(report_of("schema = 1\na\xff", "x") ==
        "x:2:2: error: this is not a text file: byte 0xff\n");
  CHECK(report_of("\x1b[31m", "x") == "x:1:1: error: this is not a text file: byte 0x1b\n");
  CHECK(report_of("a = \"\xc3", "x") == "x:1:6: error: this is not a text file: byte 0xc3\n");
}

TEST_CASE("a key of very many parts is refused before it can exhaust the stack") {
  std::string deep = "[a";
  for (int i = 0; i < 200'000; ++i) deep += ".a";
  const std::string report = report_of(deep + "]\n", "x");
  CHECK(report.find("x:1:36: error: tables nest at most two deep\n") == 0);
  std::string lists = "a = ";
  for (int i = 0; i < 200'000; ++i) lists += "[";
  CHECK(report_of(lists, "x").find("error: values nest far too deep\n") != std::string::npos);
}

TEST_CASE("a byte order mark and Windows line ends are no mistakes and move no column") {
  CHECK(report_of("\xef\xbb\xbfschema = 1\r\n[workload]\r\nkind = \"x\"\r\n", "x") ==
        "x:3:8: error: unknown workload 'x'\n"
        "    3 | kind = \"x\"\n"
        "      |        ^~~ known: file-server or queue-program\n");
}

TEST_CASE("files that cannot be read are reported by name") {
  const auto report = [](const std::string& path) {
    const auto scenario = sim::load_scenario(path, sample_catalog());
    REQUIRE(!scenario);
    return sim::format_errors(scenario.error());
  };
  const std::string folder = KEVSIM_SOURCE_DIR "/scenarios/tour";
  CHECK(report(folder + "/quickstrt.toml") ==
        folder + "/quickstrt.toml: error: no such file\n      hint: did you mean '" + folder +
            "/quickstart.toml'?\n");
  CHECK(report(folder + "/qqqqqqqq") == folder + "/qqqqqqqq: error: no such file\n");
  CHECK(report(folder) == folder +
                              ": error: is a directory, not a scenario file\n"
                              "      hint: name the files: " +
                              folder + "/*.toml\n");
  CHECK(report("/dev/zero") ==
        "/dev/zero: error: is larger than 1 MiB, so it is not a scenario file\n");
}

TEST_CASE("errors in colour have the same words") {
  const auto scenario = sim::parse_scenario("schema = 1\ncpus = 1\n", "x", sample_catalog());
  REQUIRE(!scenario);
  const std::string text = sim::format_errors(scenario.error(), sim::Colour::always);
  CHECK(text.find("\x1b[1;31merror:\x1b[0m") != std::string::npos);
  CHECK(text.find("unknown key 'cpus'") != std::string::npos);
}
