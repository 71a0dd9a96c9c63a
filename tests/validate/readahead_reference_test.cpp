#include <catch2/catch.hpp>

#include "sim/validate/reference.hpp"
#include "tests/validate/reference_folder.hpp"

using sim::Validation;
using test::ReferenceFolder;

TEST_CASE("readahead does what Linux 2.6.18, 6.1 and 6.18 did, in every recorded case") {
  Validation out;
  sim::validate_readahead(KEVSIM_SOURCE_DIR "/traces/golden", out);
  CHECK(out.errors.empty());
  CHECK(out.notes.empty());
  REQUIRE(out.rows.size() == 4);
  std::uint64_t cases = 0;
  for (const sim::ReferenceRow& row : out.rows) {
    CHECK(row.passed == row.cases);
    CHECK(row.value == 1);
    cases += row.cases;
  }
  CHECK(cases == 954);
  for (const sim::Mismatch& mismatch : out.mismatches)
    FAIL_CHECK(mismatch.reference << ' ' << mismatch.name << ": " << mismatch.difference);
}

TEST_CASE("a case that differs is told with its line, and what was expected") {
  const ReferenceFolder folder("one-differs");
  folder.write("readahead/6.1/uml-ra128-good.txt", "read p=0 n=1 r=4096 new: [0,4)n=4\n");
  folder.write("readahead/6.1/uml-ra128-wrong.txt",
               "read p=0 n=1 r=4096 new: [0,4)n=4\nread p=1 n=1 r=4096 new: [4,8)n=4\n"
               "read p=2 n=1 r=4096 new: -\nread p=3 n=1 r=4096 new: [12,16)n=4\n");
  folder.write("readahead/6.1/uml-ra128-strange.txt", "sing p=0\n");
  const Validation out = sim::validate_references(folder.path());
  REQUIRE(out.rows.size() == 1);
  CHECK(out.rows[0].reference == "readahead/6.1");
  CHECK(out.rows[0].cases == 3);
  CHECK(out.rows[0].passed == 1);
  CHECK_FALSE(out.rows[0].ok());
  REQUIRE(out.mismatches.size() == 2);
  CHECK(out.mismatches[0].difference == "line 1: not understood: 'sing p=0'");
  CHECK(out.mismatches[1].name == "uml-ra128-wrong.txt");
  CHECK(out.mismatches[1].difference ==
        "line 2\n  recorded: [4,8)\n  kevsim:   [4,12)\n"
        "line 4\n  recorded: [12,16)\n  kevsim:   -");
}

TEST_CASE("recordings may be called anything that begins with their kernel, and lie in any way") {
  const std::string good = "read p=0 n=1 r=4096 new: [0,4)n=4\n";
  const ReferenceFolder folder("more");
  folder.write("readahead/6.1-random/x-ra128-a.txt", good);
  folder.write("readahead/hidden/uml-ra128-b.txt", good);
  folder.write("readahead/hidden/k2618-ra128-c.txt",
               "      RA off=0 n=4\nread p=0 n=1 r=4096 new: [0,4)n=4 | start=0 size=4 ahead=0+0 "
               "flags=0 prev=0\n");
  folder.write("readahead/hidden/odd-ra128-d.txt",
               "# file=mntj/f pages=100\nread p=0 n=1 r=4096 new: [0,4)n=4\n"
               "      page_cache_sync_ra index=0 req_count=1 order=0 size=0 async_size=0 "
               "ra_pages=32 mmap_miss=0 prev_pos=-1\n"
               "      page_cache_ra_order index=0 order=0 size=4 async_size=3 ra_pages=32\n"
               "      page_cache_ra_unbounded index=0 nr_to_read=4 lookahead_size=3\n");
  folder.write("readahead/6.1-ra128-e.txt", good);
  folder.write("readahead/README.md", "about them");
  const auto rows_of = [](const std::string& path) {
    const Validation out = sim::validate_references(path);
    CHECK(out.errors.empty());
    CHECK(out.mismatches.empty());
    std::string text;
    for (const sim::ReferenceRow& row : out.rows) {
      CHECK(row.ok());
      text += row.reference + ' ' + std::to_string(row.cases) + '\n';
    }
    return text;
  };
  const std::string all =
      "readahead/6.1-random 1\nreadahead/hidden 2.6.18 1\nreadahead/hidden 6.1 1\n"
      "readahead/hidden 6.18-order0 1\nreadahead/* 6.1 1\n";
  CHECK(rows_of(folder.path()) == all);
  CHECK(rows_of(folder.path() + "/readahead") == all);
  CHECK(rows_of(folder.path() + "/readahead/") == all);
  CHECK(rows_of(folder.path() + "/readahead/6.1-random") == "readahead/6.1 1\n");
}

TEST_CASE("what is no recording, and what is of no known kernel, is an error that says so") {
  const ReferenceFolder folder("strange");
  folder.write("readahead/notes.doc", "?");
  folder.write("readahead/other/sun-ra128-a.txt", "read p=0 n=1 r=4096 new: [0,4)n=4\n");
  const Validation out = sim::validate_references(folder.path());
  CHECK(out.rows.empty());
  REQUIRE(out.errors.size() == 2);
  CHECK(out.errors[0].place.file == folder.path() + "/readahead/notes.doc");
  CHECK(out.errors[1].message == "sun-ra128-a.txt: not known which kernel this is of");
  CHECK(out.errors[1].hint.find("6.18-folios") != std::string::npos);
}

TEST_CASE("what is not there is noted, what cannot be read is an error") {
  const ReferenceFolder folder("half-empty");
  CHECK(sim::validate_references(folder.path()).rows.empty());
  CHECK(sim::validate_references(folder.path()).errors.empty());
  CHECK_FALSE(sim::validate_references(folder.path()).notes.empty());

  folder.write("readahead/6.18-folios.tar.xz", "damaged");
  const Validation out = sim::validate_references(folder.path());
  CHECK(out.rows.empty());
  REQUIRE(out.errors.size() == 1);
  CHECK(out.errors[0].place.file == folder.path() + "/readahead/6.18-folios.tar.xz");

  CHECK(sim::validate_references(folder.path() + "/nowhere").errors.size() == 1);
}
