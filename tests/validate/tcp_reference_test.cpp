// References of sockets and TCP: recorded scenarios, packet captures, published throughput.

#include <catch2/catch.hpp>

#include "sim/validate/epoll_case.hpp"
#include "sim/validate/pcap.hpp"
#include "sim/validate/reference.hpp"
#include "sim/validate/tcp_setup.hpp"
#include "sim/validate/tcp_wire.hpp"
#include "tests/validate/reference_folder.hpp"

using sim::EpollCall;
using sim::Validation;
using test::ReferenceFolder;

namespace {

EpollCall call_of(const std::string& label) {
  const auto scenarios =
      sim::parse_epoll_recording("x", "== 1 t\n  " + label + "  r=0 | s:poll=OUT | ET: -\n");
  REQUIRE(scenarios.has_value());
  return scenarios->at(0).steps.at(0).call;
}

std::string golden() {
  return KEVSIM_SOURCE_DIR "/traces/golden";
}

}  // namespace

TEST_CASE("sockets and pipes show what Linux 6.18 showed, in every recorded scenario") {
  Validation out;
  sim::validate_epoll(golden(), out);
  CHECK(out.errors.empty());
  REQUIRE(out.rows.size() == 1);
  CHECK(out.rows[0].cases == 27);
  CHECK(out.rows[0].passed == 27);
  for (const sim::Mismatch& mismatch : out.mismatches)
    FAIL_CHECK(mismatch.name << ": " << mismatch.difference);
}

TEST_CASE("TCP puts on the wire what Linux 6.1 put there") {
  Validation out;
  sim::validate_tcp(golden(), out);
  CHECK(out.errors.empty());
  REQUIRE(out.rows.size() == 5);
  for (const sim::ReferenceRow& row : out.rows) CHECK(row.passed == row.cases);
  CHECK(out.rows[2].reference == "tcp/zwp");
  CHECK(out.rows[2].value == 1);
  CHECK(out.rows[3].value == 1);
}

TEST_CASE("labels are calls in words") {
  CHECK(call_of("c send OOB 1").verb == EpollCall::Verb::send);
  CHECK(call_of("c send OOB 1").urgent);
  CHECK(call_of("c send OOB 1").amount == 1U);
  CHECK(call_of("c close (unread)").verb == EpollCall::Verb::close);
  CHECK_FALSE(call_of("c close (RST)").reset);
  CHECK(call_of("close RST").reset);
  CHECK(call_of("outq c").end == 'c');
  CHECK(call_of("s recv2").verb == EpollCall::Verb::receive);
  CHECK_FALSE(call_of("s recv2").amount.has_value());
  CHECK(call_of("b shutdown RDWR").halves == 3);
  CHECK(call_of("c send after last close").after_last_close);
}

TEST_CASE("a line in other words is an error with its place") {
  const auto bad = sim::parse_epoll_recording("file", "== 1 t\n  c sing  r=0 | ET: -\n");
  REQUIRE_FALSE(bad.has_value());
  CHECK(bad.error().at(0).place.line == 2);
  CHECK_FALSE(sim::parse_epoll_recording("file", "  c send  r=0 | | ET: -\n").has_value());
}

TEST_CASE("a scenario that differs is told with its line, what was recorded and what came") {
  const ReferenceFolder folder("epoll-differs");
  folder.write("epoll/x.txt",
               "== 01 good\n  c send 5   r=5 | s:poll=IN|OUT | ET: s=IN|OUT\n"
               "== 02 wrong\n  c send 5   r=4 | s:poll=OUT | ET: -\n");
  Validation out;
  sim::validate_epoll(folder.path(), out);
  REQUIRE(out.rows.size() == 1);
  CHECK(out.rows[0].cases == 2);
  CHECK(out.rows[0].passed == 1);
  REQUIRE(out.mismatches.size() == 1);
  CHECK(out.mismatches[0].difference ==
        "line 4: c send 5: result recorded 4, got 5\n"
        "line 4: c send 5: s:poll recorded OUT, got IN|OUT\n"
        "line 4: c send 5: ET recorded -, got s=IN|OUT\n");
}

TEST_CASE("a capture that is none, or is cut off, is an error") {
  CHECK_FALSE(sim::parse_pcap("x", "short").has_value());
  CHECK_FALSE(sim::parse_pcap("x", std::string(24, 'x')).has_value());
  std::string header("\xd4\xc3\xb2\xa1", 4);
  header += std::string(16, '\0') + std::string("\x01\0\0\0", 4);
  const auto empty = sim::parse_pcap("x", header);
  REQUIRE(empty.has_value());
  CHECK(empty->segments.empty());
  CHECK_FALSE(sim::parse_pcap("x", header + "half a header").has_value());
  const auto foreign = sim::parse_pcap("x", header + std::string(16, '\0'));
  REQUIRE(foreign.has_value());
  CHECK(foreign->others == 1);
}

TEST_CASE("a set-up's unknown word is an error with its line") {
  CHECK(sim::parse_tcp_setup("x", "# remark\nstack linux-6.1\nbytes 5\n")->bytes == 5);
  const auto bad = sim::parse_tcp_setup("x", "bytes 5\nbites 6\n");
  REQUIRE_FALSE(bad.has_value());
  CHECK(bad.error().at(0).place.line == 2);
  CHECK_FALSE(sim::parse_tcp_setup("x", "stack linux-1.0\n").has_value());
}

TEST_CASE("ticks: never early, far timers at coarser instants") {
  sim::TcpSetup setup;
  const auto ms = [](std::int64_t n) { return kev::Instant(n * 1'000'000); };
  CHECK(sim::tick_of(setup, ms(3), ms(40)) == ms(40));
  setup.tick_us = 10'000;
  CHECK(sim::tick_of(setup, ms(3), ms(43)) == ms(50));
  CHECK(sim::tick_of(setup, ms(0), ms(1040)) == ms(1120));
  setup.tick_phase_us = 4'000;
  CHECK(sim::tick_of(setup, ms(3), ms(43)) == ms(46));
}
