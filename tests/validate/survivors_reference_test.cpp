#include <catch2/catch.hpp>

#include "sim/validate/reference.hpp"
#include "tests/validate/reference_folder.hpp"

using sim::Validation;
using test::ReferenceFolder;

TEST_CASE("the page cache keeps the pages that Linux kept, within one in a hundred") {
  Validation out;
  sim::validate_survivors(KEVSIM_SOURCE_DIR "/traces/golden", out);
  CHECK(out.errors.empty());
  for (const sim::Mismatch& mismatch : out.mismatches) FAIL_CHECK(mismatch.difference);
  REQUIRE(out.rows.size() == 1);
  CHECK(out.rows[0].cases == 3);
  CHECK(out.rows[0].passed == 3);
}

TEST_CASE("survivors that are not the model's are a mismatch with the figures") {
  const ReferenceFolder folder("survivors-differ");
  folder.write("page-cache/survivors.txt",
               "# a\n10000 4000 2 40000 4000 6000\n10000 4000 1 8000 3000 -\n");
  Validation out;
  sim::validate_survivors(folder.path(), out);
  REQUIRE(out.rows.size() == 1);
  CHECK(out.rows[0].passed == 1);
  REQUIRE(out.mismatches.size() == 1);
  CHECK(out.mismatches[0].name == "line 3");
}

TEST_CASE("a line of survivors that is none is told with its place") {
  const ReferenceFolder folder("survivors-wrong");
  folder.write("page-cache/survivors.txt", "1000 400 2 4000 400 600\n1000 400 many 800 300 -\n");
  Validation out;
  sim::validate_survivors(folder.path(), out);
  REQUIRE(out.errors.size() == 1);
  CHECK(out.errors[0].place.line == 2);
}
