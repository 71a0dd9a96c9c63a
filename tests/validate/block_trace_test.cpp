// Traces of block devices: what is read from them, what is wrong with them, and their replay.

#include <catch2/catch.hpp>
#include <cmath>

#include "sim/validate/block_trace.hpp"
#include "tests/support/fixed_disk.hpp"

using namespace kev::literals;

namespace {

// Two reads and a write of one disk, with what blkparse prints around them.
const std::string three =
    "Input file sda.blktrace.0 added\n"
    "  8,0    3        1     1.000000000   697  Q  RA 1000 + 8 [cat]\n"
    "  8,0    3        2     1.000001829   697  P   N [cat]\n"
    "  8,0    3        3     1.000005533   697  D  RA 1000 + 8 [cat]\n"
    "  8,0    3        4     1.000105533   697  D  WS 5000 + 16 [kjournald]\n"
    "  8,0    3        5     1.000200000   697  m   N cfq697 slice expired t=0\n"
    "  8,0    1        1     1.004005533     0  C  RA 1000 + 8 [0]\n"
    "  8,0    1        2     1.004105533     0  D FWS [kjournald]\n"
    "  8,0    1        3     1.004205533     0  D   D 9000 + 8 [fstrim]\n"
    "  8,0    1        4     1.009105533     0  C  WS 5000 + 16 [0]\n"
    "  8,0    1        5     1.009105533   697  D   R 7000 + 8 (    123) [cat]\n"
    "CPU0 (8,0):\n"
    " Reads Queued:           2,        8KiB\n"
    "Total (8,0):\n";

const std::string job =
    "fio version 3 iolog\n"
    "17 mnt/a add\n"
    "104 mnt/a open\n"
    "111 mnt/a read 4096 8192\n"
    "611 mnt/b write 100 1000\n"
    "700 mnt/b sync 0 0\n"
    "1111 mnt/a read 0 512\n"
    "1200 mnt/a close\n";

sim::BlockTrace read(std::string_view format, const std::string& text) {
  const auto trace = sim::find_block_trace_format(format)->parse("a.trace", text);
  INFO(text << (trace ? "" : trace.error().front().message));
  REQUIRE(trace.has_value());
  return *trace;
}

std::string error_of(std::string_view format, const std::string& text) {
  const auto trace = sim::find_block_trace_format(format)->parse("a.trace", text);
  if (trace) return "";
  const kev::Error& error = trace.error().front();
  return std::to_string(error.place.line) + ":" + std::to_string(error.place.column) + ": " +
         error.message;
}

/// Everything takes 1 ms, one after the other.
sim::BlockReplay replay(const sim::BlockTrace& trace, sim::Pace pace = sim::Pace::as_traced) {
  sim::Engine engine;
  test::FixedDisk disk(engine, 1_ms, 2);
  const auto replayed = sim::replay_block_trace("a.trace", trace, engine, disk, pace);
  REQUIRE(replayed.has_value());
  return *replayed;
}

kev::Instant at_us(std::int64_t us) {
  return kev::Instant(us * 1000);
}

}  // namespace

TEST_CASE("blkparse: requests are what was issued, from its issue to its completion") {
  const sim::BlockTrace trace = read("blkparse", three);
  REQUIRE(trace.requests.size() == 3);
  const sim::TracedRequest& first = trace.requests[0];
  CHECK(first.arrives == kev::Instant(0));
  CHECK(first.sector == 1000);
  CHECK(first.sectors == 8);
  CHECK_FALSE(first.write);
  CHECK(first.line == 4);
  CHECK(first.service == kev::Duration(4'000'000));
  const sim::TracedRequest& second = trace.requests[1];
  CHECK(second.arrives == at_us(100));
  CHECK(second.sectors == 16);
  CHECK(second.write);
  CHECK(second.service == kev::Duration(9'000'000));
  CHECK(trace.requests[2].sector == 7000);
  CHECK_FALSE(trace.requests[2].service.has_value());
  CHECK(trace.passed_over == 2);
}

TEST_CASE("blkparse: what the driver gives back is issued once, when it is issued again") {
  const std::string text =
      "8,16 0 1 0.0 1 D R 1000 + 8 [a]\n"
      "8,16 0 2 0.001 1 R R 1000 + 8 [0]\n"
      "8,16 0 3 0.002 1 D R 1000 + 8 [a]\n"
      "8,16 0 4 0.0025 1 C R 1000 + 8 [0]\n"
      "8,16 0 5 0.003 1 C W 1000 + 8 [0]\n";
  const sim::BlockTrace trace = read("blkparse", text);
  REQUIRE(trace.requests.size() == 1);
  CHECK(trace.requests[0].line == 3);
  CHECK(trace.requests[0].service == kev::Duration(500'000));
}

TEST_CASE("blkparse: a completion belongs to the same direction and the same disk") {
  const std::string text =
      "8,0 0 1 0.1 1 D R 1000 + 8 [a]\n"
      "8,0 0 2 0.2 1 C W 1000 + 8 [0]\n"
      "253,0 0 3 0.3 1 C R 1000 + 8 [0]\n";
  CHECK_FALSE(read("blkparse", text).requests[0].service.has_value());
}

TEST_CASE("blkparse: lines that cannot be read are told with their place") {
  const auto error = [](const std::string& text) { return error_of("blkparse", text); };
  CHECK(error("") == "0:0: no requests in it");
  CHECK(error("8,0 0 1 0.1 1 Q R 1000 + 8 [a]\n") == "0:0: no requests in it");
  CHECK(error("hello\n") == "1:1: expected a device, like 8,0, not 'hello'");
  CHECK(error("\n 8,0 x 1 0.1 1 D R 1 + 8 [a]\n") == "2:6: expected a CPU, not 'x'");
  CHECK(error("8,0 0 1 1e3 1 D R 1 + 8 [a]\n") ==
        "1:9: expected a time in seconds, like 0.001234567, not '1e3'");
  CHECK(error("8,0 0 1 0.1234567891 1 D R 1 + 8 [a]\n").substr(0, 5) == "1:9: ");
  CHECK(error("8,0 0 1 0.1 1\n") == "1:14: expected an action, like D");
  CHECK(error("8,0 0 1 0.1 1 D R 1 - 8 [a]\n") == "1:21: expected +, not '-'");
  CHECK(error("8,0 0 1 0.1 1 D R 1 + 0 [a]\n") == "1:23: a request of no sectors");
  CHECK(error("8,0 0 1 0.1 1 D R 1 + 8k [a]\n") == "1:23: expected a number of sectors, not '8k'");
  CHECK(error("8,0 0 1 0.1 1 D R 1 + 8 [a]\n8,1 0 1 0.1 1 D R 1 + 8 [a]\n") ==
        "2:1: requests of 8,1 after those of 8,0: one disk at a time");
}

TEST_CASE("fio: files lie one after the other, and bytes become whole sectors") {
  const sim::BlockTrace trace = read("fio-iolog", job);
  REQUIRE(trace.requests.size() == 3);
  CHECK(trace.requests[0].sector == 8);
  CHECK(trace.requests[0].sectors == 16);
  CHECK(trace.requests[0].arrives == kev::Instant(0));
  // The first file has 24 sectors; 100 to 1099 are in the first three of the second.
  CHECK(trace.requests[1].sector == 24);
  CHECK(trace.requests[1].sectors == 3);
  CHECK(trace.requests[1].write);
  CHECK(trace.requests[1].arrives == at_us(500));
  CHECK(trace.requests[2].sector == 0);
  CHECK(trace.requests[2].arrives == at_us(1000));
  CHECK_FALSE(trace.requests[2].service.has_value());
  CHECK(trace.passed_over == 1);
}

TEST_CASE("fio: in version 2 pauses say when") {
  const sim::BlockTrace trace = read("fio-iolog",
                                     "fio version 2 iolog\n/dev/sdb add\n/dev/sdb open\n"
                                     "/dev/sdb read 0 4096\n/dev/sdb wait 500 0\n"
                                     "/dev/sdb write 4096 4096\n/dev/sdb wait 250 0\n"
                                     "/dev/sdb read 8192 4096\n/dev/sdb trim 0 4096\n");
  REQUIRE(trace.requests.size() == 3);
  CHECK(trace.requests[1].arrives == at_us(500));
  CHECK(trace.requests[2].arrives == at_us(750));
  CHECK(trace.requests[2].sector == 16);
  CHECK(trace.passed_over == 1);
}

TEST_CASE("fio: a log that was appended to another begins when that one was over") {
  const sim::BlockTrace trace = read("fio-iolog", job + job);
  REQUIRE(trace.requests.size() == 6);
  // The first job's last line is at 1200 us, and its first request at 111.
  CHECK(trace.requests[2].arrives == at_us(1000));
  CHECK(trace.requests[3].arrives == at_us(1200));
  CHECK(trace.requests[4].sector == 24);
  CHECK(trace.passed_over == 2);
}

TEST_CASE("fio: lines that cannot be read are told with their place") {
  const auto error = [](const std::string& text) { return error_of("fio-iolog", text); };
  const std::string v3 = "fio version 3 iolog\n";
  CHECK(error("fio version 4 iolog\n") ==
        "1:1: a log begins with 'fio version 2 iolog' or 'fio version 3 iolog'");
  CHECK(error(v3) == "0:0: no requests in it");
  CHECK(error(v3 + "a read 0 512\n") == "2:1: expected a time in us, not 'a'");
  CHECK(error(v3 + "1 a reed 0 512\n") == "2:5: unknown action 'reed'");
  CHECK(error(v3 + "fio version 1 iolog\n").substr(0, 20) == "2:1: a log begins wi");
  CHECK(error(v3 + "1 a\n") == "2:4: expected an action, like read");
  CHECK(error(v3 + "1 a read -1 512\n") == "2:10: expected an offset in bytes, not '-1'");
  CHECK(error(v3 + "1 a read 0\n") == "2:11: expected a length in bytes, not ''");
  CHECK(error(v3 + "1 a read 0 512 7\n") == "2:16: more fields than the action has");
  std::string slow = "fio version 2 iolog\n";
  for (int i = 0; i < 2000; ++i) slow += "a wait 1000000000000 0\n";
  CHECK(error(slow) == "1003:3: the log lasts for more than 30 years");
  CHECK(error("fio version 2 iolog\n1 a read 0 512\n") == "2:3: unknown action 'a'");
}

TEST_CASE("MQSim: a request a line, in ns and sectors") {
  const sim::BlockTrace trace = read("mqsim", "5000 3 800 16 0\n4000 0 8 32 1\n");
  REQUIRE(trace.requests.size() == 2);
  CHECK(trace.requests[0].arrives == kev::Instant(0));
  CHECK(trace.requests[0].sector == 8);
  CHECK(trace.requests[0].sectors == 32);
  CHECK_FALSE(trace.requests[0].write);
  CHECK(trace.requests[1].arrives == kev::Instant(1000));
  CHECK(trace.requests[1].write);
  CHECK(trace.requests[1].line == 1);
  CHECK_FALSE(trace.requests[1].service.has_value());
}

TEST_CASE("MQSim: lines that cannot be read are told with their place") {
  const auto error = [](const std::string& text) { return error_of("mqsim", text); };
  CHECK(error("") == "0:0: no requests in it");
  CHECK(error("1.5 0 8 8 1\n") == "1:1: expected a time in ns, not '1.5'");
  CHECK(error("1 0 8 8 1\n2 0 8 0 1\n") == "2:7: a request of no sectors");
  CHECK(error("1 0 8 8 2\n") == "1:9: expected 0 for a write or 1 for a read, not '2'");
  CHECK(error("1 0 8 8\n") == "1:8: expected 0 for a write or 1 for a read, not ''");
  CHECK(error("1 0 8 8 1 9\n") == "1:11: more than five fields");
}

TEST_CASE("formats are recognised by their first line") {
  CHECK(sim::recognise_block_trace("\n" + three)->name == "blkparse");
  CHECK(sim::recognise_block_trace(job)->name == "fio-iolog");
  CHECK(sim::recognise_block_trace("938944000 13 93230 32 0\n")->name == "mqsim");
  CHECK(sim::recognise_block_trace("R Hit 2 1 4000 0\n") == nullptr);
  CHECK(sim::recognise_block_trace("") == nullptr);
  CHECK(sim::find_block_trace_format("disksim-validate") == nullptr);
}

TEST_CASE("a replay keeps the trace's instants and compares what has an end") {
  // Arrivals at 0, 0.1 and 9.1 ms; the second waits for the first: 1, 1.9 and 1 ms.
  const sim::BlockTrace trace = read("blkparse", three);
  const sim::BlockReplay replayed = replay(trace);
  CHECK(replayed.writes == 1);
  CHECK(replayed.compared == 2);
  CHECK(replayed.measured_ms == Approx(6.5));
  CHECK(replayed.simulated_ms == Approx(1.45));
  CHECK(replayed.demerit_ms == Approx(std::sqrt((3.0 * 3.0 + 7.1 * 7.1) / 2)));
  CHECK(replayed.p50 == 1_ms);
  CHECK(replayed.longest == kev::Duration(1'900'000));
  CHECK(replayed.lasted == kev::Duration(10'100'000));
}

TEST_CASE("as fast as possible, a request arrives when the disk has room") {
  const sim::BlockTrace trace = read("blkparse", three);
  const sim::BlockReplay replayed = replay(trace, sim::Pace::as_fast_as_possible);
  // Two are inside at a time: 1, 2 and, from the end of the first, 2 ms.
  CHECK(replayed.lasted == 3_ms);
  CHECK(replayed.longest == 2_ms);
  // So is a trace that says no instants.
  const std::string no_pause = "fio version 2 iolog\na read 0 512\na read 0 512\na read 0 512\n";
  const sim::BlockReplay without = replay(read("fio-iolog", no_pause));
  CHECK(without.pace == sim::Pace::as_fast_as_possible);
  CHECK(without.longest == 2_ms);
  CHECK(without.compared == 0);
  CHECK(without.simulated_ms == Approx(5.0 / 3));
}

TEST_CASE("arrivals can be scaled, and what lies beyond the disk is told with its line") {
  sim::BlockTrace trace = read("fio-iolog", job);
  sim::scale(trace, 0.5);
  CHECK(trace.requests[1].arrives == at_us(250));
  CHECK(trace.requests[2].arrives == at_us(500));
  sim::BlockTrace decades = trace;
  decades.requests[2].arrives = kev::Instant(1'000'000'000'000'000'000);
  sim::scale(decades, 1000);
  CHECK(decades.requests[2].arrives == kev::Instant(4'000'000'000'000'000'000));
  trace.requests[1].sector = std::uint64_t{1} << 32;
  sim::Engine engine;
  test::FixedDisk disk(engine, 1_ms);
  const auto replayed =
      sim::replay_block_trace("a.trace", trace, engine, disk, sim::Pace::as_traced);
  REQUIRE_FALSE(replayed.has_value());
  CHECK(replayed.error().front().place.line == 5);
  CHECK(disk.started.empty());
}
