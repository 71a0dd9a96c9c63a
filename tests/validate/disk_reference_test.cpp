// Measured disks: traces are read, compared, and what differs is told.

#include <catch2/catch.hpp>
#include <cmath>

#include "sim/validate/disk_trace.hpp"
#include "sim/validate/reference.hpp"
#include "tests/validate/reference_folder.hpp"

using namespace kev::literals;
using sim::Validation;
using test::ReferenceFolder;

namespace {

/// Ten sectors a track, 1 ms each, one surface; no overheads, no cache.
sim::HddSpec slow_disk() {
  sim::HddSpec spec;
  spec.rpm = 6000;
  spec.zones = {{0, 9, 10, 0, 0, 0}};
  spec.capacity_sectors = 100;
  return spec;
}

sim::DiskComparison compare(const std::string& text) {
  const auto requests = sim::parse_disk_trace("a.trace", text);
  REQUIRE(requests.has_value());
  const auto comparison = sim::compare_with_disk("a.trace", *requests, slow_disk());
  REQUIRE(comparison.has_value());
  return *comparison;
}

std::string error_of(const std::string& text) {
  const auto requests = sim::parse_disk_trace("a.trace", text);
  if (requests) return "";
  const kev::Error& error = requests.error().front();
  return std::to_string(error.place.line) + ":" + std::to_string(error.place.column) + ": " +
         error.message;
}

}  // namespace

TEST_CASE("four drives: service times within what DiskSim's authors publish for them") {
  Validation out;
  sim::validate_disks(KEVSIM_SOURCE_DIR "/traces/golden", out);
  CHECK(out.errors.empty());
  REQUIRE(out.rows.size() == 4);
  for (const sim::ReferenceRow& row : out.rows) {
    INFO(row.reference << ' ' << row.value << ' ' << row.tolerance);
    CHECK(row.ok());
    CHECK(row.value > 0);
    CHECK(row.unit == "ms");
  }
}

TEST_CASE("the demerit is the distance between sorted service times") {
  // Sector 2 is done after 3 ms, sector 9 after 7 more: measured 1 ms later and 2 ms earlier.
  const sim::DiskComparison one = compare("R Hit 2 1 4000 0\nR Miss 9 1 5000 0\n");
  CHECK(one.requests == 2);
  CHECK(one.measured_ms == Approx(4.5));
  CHECK(one.simulated_ms == Approx(5));
  CHECK(one.demerit_ms == Approx(std::sqrt((1.0 + 4.0) / 2)));
  CHECK(one.demerit_percent() == Approx(100 * one.demerit_ms / 4.5));
  // Which request took how long does not count.
  CHECK(compare("R Hit 2 1 7000 0\nR Hit 9 1 3000 0\n").demerit_ms == Approx(0).margin(1e-9));
}

TEST_CASE("a request arrives its delay after the one before is done") {
  // Sector 2 is done at 3 ms; 4 ms later sector 9 is 2 ms away.
  CHECK(compare("R Hit 2 1 3000 4000\nR Hit 9 1 3000 0\n").demerit_ms == Approx(0).margin(1e-9));
}

TEST_CASE("traces that cannot be read are told with their place") {
  CHECK(error_of("\nR Hit 2 1 4000 0\n\n") == "");
  CHECK(error_of("") == "0:0: no requests in it");
  CHECK(error_of("R Hit 2 1 4000 0\nX Hit 2 1 4000 0\n") == "2:1: expected R or W, not 'X'");
  CHECK(error_of("R Maybe 2 1 4000 0\n") == "1:3: expected Hit or Miss, not 'Maybe'");
  CHECK(error_of("R Hit -2 1 4000 0\n") == "1:7: expected a logical block number, not '-2'");
  CHECK(error_of("R Hit 2 0 4000 0\n") == "1:16: a request of no blocks");
  CHECK(error_of("R Hit 2 1 4000\n") == "1:15: expected a delay in us, not ''");
  CHECK(error_of("R Hit 2 1 4000 0 9\n") == "1:18: more than six fields");
  const auto beyond = sim::parse_disk_trace("a.trace", "R Hit 99 2 4000 0\n");
  CHECK_FALSE(sim::compare_with_disk("a.trace", *beyond, slow_disk()).has_value());
}

TEST_CASE("a drive that is far off is a mismatch, one without parameters an error") {
  const ReferenceFolder folder("disks");
  folder.write("disksim/cheetah9LP.trace", "R Hit 1000 4 99000 0\n");
  folder.write("disksim/unknown.trace", "R Hit 1000 4 99000 0\n");
  Validation out;
  sim::validate_disks(folder.path(), out);
  // What is missing beside the first comes with the program.
  REQUIRE(out.rows.size() == 1);
  CHECK(out.rows[0].reference == "disksim/cheetah9LP");
  CHECK(out.rows[0].tolerance == "0.107 ms");
  CHECK_FALSE(out.rows[0].ok());
  CHECK(out.mismatches.size() == 1);
  REQUIRE(out.errors.size() == 1);
  CHECK(out.errors[0].place.file == folder.path() + "/disksim/unknown.parv");
}
