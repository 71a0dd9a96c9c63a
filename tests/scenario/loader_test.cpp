// What a good scenario file becomes.

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <string>

#include "sim/report/diagnostics.hpp"
#include "sim/scenario/loader.hpp"
#include "tests/scenario/sample_catalog.hpp"

namespace {

using sim_test::sample_catalog;

const std::string minimal = "schema = 1\n[workload]\nkind = \"file-server\"\n";

/// A workload without disks and links.
const std::string program =
    "schema = 1\n[workload]\nkind = \"queue-program\"\n[[thread]]\n"
    "name = \"W1\"\ndoes = [\"get_events\"]\n";

sim::Scenario load(const std::string& text, const std::vector<sim::Override>& overrides = {}) {
  const auto scenario = sim::parse_scenario(text, "test.toml", sample_catalog(), overrides);
  INFO((scenario ? "" : sim::format_errors(scenario.error())));
  REQUIRE(scenario);
  return *scenario;
}

std::string errors_of(const std::string& text, const std::vector<sim::Override>& overrides) {
  const auto scenario = sim::parse_scenario(text, "test.toml", sample_catalog(), overrides);
  return scenario ? "no error\n" : sim::format_errors(scenario.error());
}

}  // namespace

TEST_CASE("what a file leaves out has its default") {
  const sim::Scenario scenario = load(minimal);
  sim::Scenario expected;
  expected.path = "test.toml";
  expected.disks.emplace_back();
  expected.links.emplace_back();
  CHECK(scenario == expected);
  CHECK(scenario.disks.front().name == "main");
  CHECK(scenario.links.front().name == "lan");
}

TEST_CASE("every section fills its structure, in the units of the structure") {
  const sim::Scenario scenario = load(R"(
schema = 1
description = "all of it"
expect = "violation:no_lost_wakeup"
[machine]
cpus = 2
costs = "xeon-2.4-ht"
memory = "512MiB"
[disk.main]
profile = "cheetah-15k5"
elevator = "noop"
nr_requests = 64
queue_depth = 8
max_request = "256KiB"
unplug_requests = 2
unplug_delay = "1ms"
[elevator]
read_expire = "250ms"
quantum = 8
back_seek_max = "1MiB"
[ssd]
capacity = "8GiB"
channels = 4
dies_per_channel = 2
read_time = "60us"
over_provisioning = 0.28
overwritten = 0
write_buffer = "1MiB"
[cache]
readahead = "none"
readahead_max = "256KiB"
[link.lan]
rate = "100Mbit/s"
rtt = "1.5ms"
loss = 0.01
queue_packets = 50
[tcp]
mss = 536
send_buffer = "64KiB"
receive_buffer = "64KB"
[workload]
kind = "file-server"
designs = ["epoll-sendfile"]
clients = 8
requests = 80
workers = 4
cached = true
think_time = "10ms"
files = { count = 7, size = "52kB", popularity = "zipf:0.9" }
[[fault]]
at = "disk.read"
rate = 0.001
error = "EIO"
[[fault]]
at = "alloc"
rate = 1
[limits]
"latency.p99" = "<= 500ms"
throughput = ">70MB/s"
)");
  CHECK(scenario.description == "all of it");
  CHECK(scenario.expect == "violation:no_lost_wakeup");
  CHECK(scenario.machine == sim::MachineSpec{2, "xeon-2.4-ht", 512ll << 20});
  CHECK(scenario.disks == std::vector<sim::DiskSpec>{{"main", "hdd", "cheetah-15k5", "noop", 64,
                                                      256 << 10, 8, 2, kev::Duration(1'000'000)}});
  CHECK(scenario.elevator.read_expire == kev::Duration(250'000'000));
  CHECK(scenario.elevator.quantum == 8);
  CHECK(scenario.elevator.back_seek_max == 1 << 20);
  CHECK_FALSE(scenario.elevator.write_expire);
  CHECK(scenario.ssd.capacity_bytes == std::int64_t{8} << 30);
  CHECK(scenario.ssd.channels == 4);
  CHECK(scenario.ssd.ways == 2);
  CHECK(scenario.ssd.sense == kev::Duration(60'000));
  CHECK(scenario.ssd.over_provisioning == 0.28);
  CHECK(scenario.ssd.overwritten == 0.0);
  CHECK_FALSE(scenario.ssd.filled);
  CHECK(scenario.ssd.write_buffer_bytes == 1 << 20);
  CHECK(scenario.cache == sim::CacheSpec{"none", 256 << 10});
  CHECK(scenario.links ==
        std::vector<sim::LinkSpec>{{"lan", 12'500'000, kev::Duration(1'500'000), 0.01, 50}});
  CHECK(scenario.tcp == sim::TcpSpec{536, 64 << 10, 64'000});
  CHECK(scenario.workload == sim::WorkloadSpec{"file-server",
                                               {"epoll-sendfile"},
                                               8,
                                               80,
                                               4,
                                               true,
                                               kev::Duration(10'000'000),
                                               {7, 52'000, "zipf:0.9"}});
  CHECK(scenario.faults ==
        std::vector<sim::FaultSpec>{{"disk.read", 0.001, EIO}, {"alloc", 1.0, 0}});
  using Relation = sim::LimitSpec::Relation;
  CHECK(scenario.limits == std::vector<sim::LimitSpec>{
                               {"latency.p99", Relation::less_equal, 500e6, "latency.p99 <= 500ms"},
                               {"throughput", Relation::greater, 70e6, "throughput > 70MB/s"}});
}

TEST_CASE("disks and links keep the order of the file, not of their names") {
  const sim::Scenario scenario = load(program +
                                      "[link.zeta]\n[disk.zulu]\n[link.alpha]\nrtt = \"1ms\"\n"
                                      "[disk.mike]\nkind = \"ssd\"\n[disk.alpha]\n");
  REQUIRE(scenario.disks.size() == 3);
  CHECK(scenario.disks[0].name == "zulu");
  CHECK(scenario.disks[1].name == "mike");
  CHECK(scenario.disks[2].name == "alpha");
  REQUIRE(scenario.links.size() == 2);
  CHECK(scenario.links[0].name == "zeta");
  CHECK(scenario.links[1].name == "alpha");
}

TEST_CASE("a disk of another kind gets that kind's first profile") {
  const sim::Scenario scenario = load(minimal + "[disk.main]\nkind = \"ssd\"\n");
  CHECK(scenario.disks.front().profile == "sata-2010");
}

TEST_CASE("files may be an inline table, a table or dotted keys") {
  const sim::Scenario expected = load(minimal + "files = { count = 7 }\n");
  CHECK(expected.workload.files.count == 7);
  CHECK(load(minimal + "[workload.files]\ncount = 7\n") == expected);
  CHECK(load(minimal + "files.count = 7\n") == expected);
}

TEST_CASE("quotes of every kind hold any text") {
  const auto description = [](const std::string& value) {
    return load("schema = 1\ndescription = " + value +
                " # naïve \"\n[workload]\n\"kind\" = 'file-server'\n")
        .description;
  };
  CHECK(description("\"é # \\\" ' = .\"") == "é # \" ' = .");
  CHECK(description("'é # \\ \" ='") == "é # \\ \" =");
  CHECK(description("\"\"\"\né\n# \"\" \\\"\"\" é\"\"\"") == "é\n# \"\" \"\"\" é");
  CHECK(description("\'\'\'é\n\'\' \\\'\'\'") == "é\n\'\' \\");
  CHECK(description("\"\"\"é\"\"\"\"") == "é\"");
  CHECK(description("\"\"") == "");
}

TEST_CASE("the last line needs no end") {
  CHECK(load("schema = 1\n[workload]\nkind = \"file-server\"\nclients = 5").workload.clients == 5);
}

TEST_CASE("the shipped quickstart loads, both designs, cold") {
  const auto scenario =
      sim::load_scenario(KEVSIM_SOURCE_DIR "/scenarios/tour/quickstart.toml", sample_catalog());
  REQUIRE(scenario);
  CHECK(scenario->workload.designs ==
        std::vector<std::string>{"sync-sendfile", "kevent-aio-sendfile"});
  CHECK(scenario->workload.clients == 64);
  CHECK(scenario->workload.files.size_bytes == 1 << 20);
  CHECK(!scenario->workload.cached);
  const std::int64_t files = scenario->workload.files.count * scenario->workload.files.size_bytes;
  CHECK(files > scenario->machine.memory_bytes);
}

TEST_CASE("writers and the limits of dirty pages, as written and by default") {
  const sim::Scenario scenario =
      load(minimal + "clients = 3\n[cache]\ndirty_ratio = 20\ndirty_expire = \"10s\"\n" +
           "[[writer]]\n[[writer]]\nfile = \"served\"\nrate = \"2MB/s\"\nwrite_size = \"4KiB\"\n" +
           "file_size = \"1MiB\"\nfsync = \"8KiB\"\n");
  REQUIRE(scenario.writers.size() == 2);
  CHECK(scenario.writers[0] == sim::WriterSpec{"log", 10'000'000, 64 << 10, 64 << 20, 0});
  CHECK(scenario.writers[1] == sim::WriterSpec{"served", 2'000'000, 4 << 10, 1 << 20, 8 << 10});
  CHECK(scenario.cache.dirty_ratio == 20);
  CHECK(scenario.cache.dirty_background_ratio == 10);
  CHECK(scenario.cache.dirty_writeback == kev::Duration(5'000'000'000));
  CHECK(scenario.cache.dirty_expire == kev::Duration(10'000'000'000));
}

TEST_CASE("a ring has no slots, or two and more") {
  for (const std::int64_t slots : {0, 2, 64}) {
    const sim::Scenario scenario = load(program + fmt::format("[program]\nring = {}\n", slots));
    CHECK(scenario.program.ring == slots);
  }
  CHECK(errors_of(program, {{"program.ring=65"}}) ==
        "--set: error: 'ring' must be 0 or between 2 and 64, not 65\n"
        "      | program.ring=65\n"
        "      |              ^~\n");
}

TEST_CASE("tables that do not go together are told with the place of the one that was added") {
  const std::string killed = minimal + "[[fault]]\nat = \"process.kill\"\n";
  CHECK(load(killed).faults.size() == 1);
  CHECK(errors_of(minimal + "[[writer]]\n", {{"fault.0.at=process.kill"}}) ==
        "--set: error: process.kill cannot strike a server that has a [[writer]] beside it\n"
        "      | fault.0.at=process.kill\n"
        "      |            ^~~~~~~~~~~~ leave the writers out, or use another fault\n");
  // Who misspelt the workload does not hear that its tables are wrong.
  CHECK(errors_of("schema = 1\n[workload]\nkind = \"queue-pogram\"\n[[thread]]\n"
                  "name = \"W1\"\ndoes = [\"get_events\"]\n",
                  {})
            .find("[[thread]]") == std::string::npos);
}

TEST_CASE("a fault that can never strike is told") {
  const std::string alloc = minimal + "[[fault]]\nat = \"alloc\"\n";
  CHECK(errors_of(alloc, {{"fault.0.offset=1GiB"}}) ==
        "--set: error: 'offset' means nothing for alloc\n"
        "      | fault.0.offset=1GiB\n"
        "      |                ^~~~ it is for disk.* and cache.*\n");
  const std::string read = minimal + "[[fault]]\nat = \"disk.read\"\noffset = \"1GiB\"\n";
  CHECK(load(read + "after = \"1s\"\nuntil = \"2s\"\n").faults.size() == 1);
  CHECK(errors_of(read + "after = \"1s\"\n", {{"fault.0.until=1s"}}) ==
        "--set: error: this fault ends before it begins\n"
        "      | fault.0.until=1s\n"
        "      |               ^~ 'until' comes later than 'after'\n");
}

TEST_CASE("option --set changes, adds and replaces") {
  const sim::Scenario scenario =
      load(minimal + "clients = 3\n[[fault]]\nat = \"alloc\"\nrate = 0.5\n",
           {{"workload.clients=4"},
            {" workload.clients = 5 "},
            {"description=plain words, no quotes"},
            {"link.lan.rtt=80us"},
            {"disk.fast.kind=ssd"},
            {"workload.designs=epoll-sendfile,sync-sendfile"},
            {"workload.files.size=4MiB"},
            {"workload.cached=true"},
            {"fault.0.rate=0.25"},
            {"fault.1={ at = \"disk.read\", rate = 0.125 }"},
            {"limits.latency.p99=< 5ms"}});
  CHECK(scenario.workload.clients == 5);
  CHECK(scenario.description == "plain words, no quotes");
  CHECK(scenario.links.front().rtt == kev::Duration(80'000));
  CHECK(scenario.disks.front().name == "fast");
  CHECK(scenario.workload.designs == std::vector<std::string>{"epoll-sendfile", "sync-sendfile"});
  CHECK(scenario.workload.files.size_bytes == 4 << 20);
  CHECK(scenario.workload.cached);
  CHECK(scenario.faults ==
        std::vector<sim::FaultSpec>{{"alloc", 0.25, 0}, {"disk.read", 0.125, 0}});
  REQUIRE(scenario.limits.size() == 1);
  CHECK(scenario.limits.front().text == "latency.p99 < 5ms");
}

TEST_CASE("text keys take what was typed, whatever TOML would make of it") {
  CHECK(load(minimal, {{"description=true"}}).description == "true");
  CHECK(load(minimal, {{"description=1979-05-27"}}).description == "1979-05-27");
  CHECK(load(minimal, {{"description=\"quoted\""}}).description == "quoted");
  CHECK(load(minimal, {{"description=a=b"}}).description == "a=b");
}

TEST_CASE("mistakes in --set read like those in a file") {
  const std::string text = "schema = 1\ncpus = 1\n[workload]\nkind = \"file-server\"\n";
  const std::string report = errors_of(text, {{"workload.clents=3"},
                                              {"link.lan.rtt=80"},
                                              {"foo"},
                                              {"=3"},
                                              {"a b=c"},
                                              {"fault.3.at=alloc"},
                                              {"machine.cpus=\n7"},
                                              {"workload.designs=x", "--designs"}});
  CHECK(report ==
        "test.toml:2:1: error: unknown key 'cpus' at the top of the file\n"
        "    2 | cpus = 1\n"
        "      | ^~~~ 'cpus' belongs in [machine]\n"
        "--set: error: unknown key 'clents' in [workload]\n"
        "      | workload.clents=3\n"
        "      |          ^~~~~~ did you mean 'clients'?\n"
        "--set: error: 'rtt' needs a unit: \"80us\", not 80\n"
        "      | link.lan.rtt=80\n"
        "      |              ^~\n"
        "--set: error: 'foo' is not KEY=VALUE\n"
        "      | foo\n"
        "      | ^~~ like workload.clients=128\n"
        "--set: error: '=3' is not KEY=VALUE\n"
        "      | =3\n"
        "      | ^~ like workload.clients=128\n"
        "--set: error: 'a b=c' is not KEY=VALUE\n"
        "      | a b=c\n"
        "      | ^~~~~ like workload.clients=128\n"
        "--set: error: '3' is not an entry of this list of 0\n"
        "      | fault.3.at=alloc\n"
        "      |       ^ 0 adds the next\n"
        "--set: error: 'machine.cpus=?7' is not KEY=VALUE\n"
        "      | machine.cpus=?7\n"
        "      | ^~~~~~~~~~~~~~~ like workload.clients=128\n"
        "--designs: error: unknown design 'x'\n"
        "      | workload.designs=x\n"
        "      |                  ^ known: sync-sendfile, kevent-aio-sendfile or epoll-sendfile\n");
}

TEST_CASE("an override can supply what the file lacks") {
  CHECK(load("schema = 1\n", {{"workload.kind=file-server"}}).workload.kind == "file-server");
}

TEST_CASE("the default machine needs no file and takes overrides") {
  const auto scenario = sim::default_scenario(sample_catalog(), {{"machine.cpus=4"}});
  REQUIRE(scenario);
  CHECK(scenario->machine.cpus == 4);
  CHECK(sim::describe_machine(*scenario) ==
        "4 CPUs athlon64-3500, 1 GiB; hdd deskstar-7k500, deadline; readahead linux-2.6.18; "
        "1Gbit/s, rtt 200us");
}
