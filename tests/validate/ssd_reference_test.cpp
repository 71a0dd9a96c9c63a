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

TEST_CASE("random reads of two classes and random writes take as long as in MQSim") {
  Validation out;
  sim::validate_ssd(KEVSIM_SOURCE_DIR "/traces/golden", out);
  CHECK(out.errors.empty());
  REQUIRE(out.rows.size() == 2);
  for (const sim::ReferenceRow& row : out.rows) {
    INFO(row.reference);
    CHECK(row.cases == 2);
    CHECK(row.passed == 2);
    CHECK(row.value < 5);
  }
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

TEST_CASE("a flow's class counts") {
  const ReferenceFolder folder("ssd-class");
  const std::string flow = "flow read depth 64 sectors 16 mean 1 class ";
  const Validation out = validated(folder, "profile mqsim-default\nworking_set 0.001\nseconds 1\n" +
                                               flow + "urgent\n" + flow + "low\n");
  REQUIRE(out.mismatches.size() == 2);
  const auto microseconds = [&](std::size_t i) {
    const std::string& text = out.mismatches[i].difference;
    return std::stod(text.substr(text.find("kevsim ") + 7));
  };
  CHECK(microseconds(0) * 1.5 < microseconds(1));
}

TEST_CASE("a recording that is not understood is an error with its line") {
  const ReferenceFolder folder("ssd-bad");
  for (const char* text : {"profile 970-pro\nflow read depth 0 sectors 8 mean 10\n",
                           "profile 970-pro\nflow read depth 1 sectors 8\n",
                           "profile 970-pro\nflow read depth 1 sectors 8 mean 10 class top\n",
                           "profile 970-pro\nflow read depth 1 sectors 8 mean 10 class\n",
                           "profile 970-pro\nflow read depth 1 sectors 8 mean 10 class low x\n",
                           "profile 970-pro\nsing\n", "profile 970-pro\nfilled 2\n"}) {
    INFO(text);
    const Validation out = validated(folder, text);
    REQUIRE(out.errors.size() == 1);
    CHECK(out.errors[0].place.line == 2);
  }
  CHECK(validated(folder, "profile 970-pro\n").errors.size() == 1);
  CHECK(validated(folder, "profile x\nflow read depth 1 sectors 8 mean 10\n").errors.size() == 1);
}
