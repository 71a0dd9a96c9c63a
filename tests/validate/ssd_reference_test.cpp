#include <catch2/catch.hpp>

#include "sim/validate/reference.hpp"
#include "sim/validate/ssd_recording.hpp"
#include "tests/validate/reference_folder.hpp"

using sim::Validation;
using test::ReferenceFolder;

namespace {

Validation validated(const ReferenceFolder& folder, const std::string& text) {
  folder.write("ssd/case.txt", text);
  Validation out;
  sim::validate_ssd(folder.path(), out);
  return out;
}

}  // namespace

TEST_CASE("random writes take as long as in MQSim") {
  Validation out;
  sim::validate_ssd(KEVSIM_SOURCE_DIR "/traces/golden", out);
  CHECK(out.errors.empty());
  REQUIRE(out.rows.size() == 1);
  CHECK(out.rows[0].cases == 2);
  CHECK(out.rows[0].passed == 2);
  CHECK(out.rows[0].value < 5);
}

TEST_CASE("a flow that takes longer is told with its line") {
  const ReferenceFolder folder("ssd-slow");
  const Validation out =
      validated(folder, "profile 970-pro\nseconds 1\nflow read depth 1 sectors 8 mean 10\n");
  REQUIRE(out.mismatches.size() == 1);
  CHECK(out.mismatches[0].name == "line 3");
  CHECK_FALSE(out.rows[0].ok());
  // Firmware, sensing (half of the pages are slow), channel, link.
  CHECK(out.mismatches[0].difference == "recorded 10 us, kevsim 64 us");
}

TEST_CASE("a recording that is not understood is an error with its line") {
  const ReferenceFolder folder("ssd-bad");
  for (const char* text : {"profile 970-pro\nflow read depth 0 sectors 8 mean 10\n",
                           "profile 970-pro\nflow read depth 1 sectors 8\n",
                           "profile 970-pro\nsing\n", "profile 970-pro\nfilled 2\n"}) {
    INFO(text);
    const Validation out = validated(folder, text);
    REQUIRE(out.errors.size() == 1);
    CHECK(out.errors[0].place.line == 2);
  }
  CHECK(validated(folder, "profile 970-pro\n").errors.size() == 1);
  CHECK(validated(folder, "profile x\nflow read depth 1 sectors 8 mean 10\n").errors.size() == 1);
}
