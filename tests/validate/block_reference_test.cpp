#include <catch2/catch.hpp>

#include "sim/validate/block_recording.hpp"
#include "sim/validate/reference.hpp"
#include "tests/validate/reference_folder.hpp"

using sim::Validation;
using test::ReferenceFolder;

namespace {

const std::string two_reads =
    "/sys/block/x/queue/iosched/fifo_batch 1\n"
    "== mq-deadline 128\n"
    "block_rq_insert: 254,0 R 4096 () 800 + 8 [io]\n"
    "block_rq_insert: 254,0 R 4096 () 80 + 8 [io]\n";

Validation validated(const ReferenceFolder& folder, const std::string& text) {
  folder.write("block/case.txt", text);
  Validation out;
  sim::validate_block(folder.path(), out);
  return out;
}

}  // namespace

TEST_CASE("mq-deadline and none send requests in the order of the recorded Linux 6.1") {
  Validation out;
  sim::validate_block(KEVSIM_SOURCE_DIR "/traces/golden", out);
  CHECK(out.errors.empty());
  REQUIRE(out.rows.size() == 2);
  for (const sim::ReferenceRow& row : out.rows) {
    CHECK(row.cases == 48);
    CHECK(row.passed == 48);
  }
  for (const sim::Mismatch& mismatch : out.mismatches)
    FAIL_CHECK(mismatch.reference << ' ' << mismatch.name << ": " << mismatch.difference);
}

TEST_CASE("another order is told with its line") {
  const ReferenceFolder folder("block-order");
  const Validation good = validated(folder, two_reads +
                                                "block_rq_issue: 254,0 R 4096 () 800 + 8 [k]\n"
                                                "block_rq_complete: 254,0 R () 800 + 8 [0]\n"
                                                "block_rq_issue: 254,0 R 4096 () 80 + 8 [k]\n");
  REQUIRE(good.rows.size() == 1);
  CHECK(good.rows[0].passed == 2);
  const Validation bad =
      validated(folder, two_reads + "block_rq_issue: 254,0 R 4096 () 80 + 8 [k]\n");
  REQUIRE(bad.mismatches.size() == 1);
  CHECK(bad.mismatches[0].difference ==
        "line 5\n  recorded: read 80 + 8\n  kevsim:   read 800 + 8");
  CHECK_FALSE(bad.rows[0].ok());
}

TEST_CASE("a recording that cannot be read is an error with its line") {
  const ReferenceFolder folder("block-bad");
  const Validation early = validated(folder, "block_rq_issue: 254,0 R 4096 () 80 + 8 [k]\n");
  REQUIRE(early.errors.size() == 1);
  CHECK(early.errors[0].place.line == 1);
  const Validation torn = validated(folder, "== none 1\nblock_rq_issue: 254,0 R 40\n");
  REQUIRE(torn.errors.size() == 1);
  CHECK(torn.errors[0].place.line == 2);
  CHECK(validated(folder, "== none 1\nnothing happened\n").errors.size() == 1);
}

TEST_CASE("the depth of the disk is the most requests that were at it") {
  const auto recordings = sim::parse_block_recordings(
      "== none 2\n"
      "block_rq_issue: 254,0 R 4096 () 0 + 8 [k]\n"
      "block_rq_issue: 254,0 W 4096 () 8 + 8 [k]\n"
      "block_rq_complete: 254,0 R () 0 + 8 [0]\n"
      "block_rq_issue: 254,0 WS 4096 () 16 + 8 [k]\n",
      "x");
  REQUIRE(recordings);
  REQUIRE(recordings->size() == 1);
  CHECK(recordings->front().depth() == 2);
  CHECK_FALSE(recordings->front().events[1].sync);
  CHECK(recordings->front().events[3].sync);
}
