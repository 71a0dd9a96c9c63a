#include "sim/validate/readahead_calls.hpp"

#include <catch2/catch.hpp>

using sim::ReadaheadCalls;
using sim::ReadaheadFile;
using sim::ReadaheadMark;
using sim::ReadLoop;
using Log = sim::ReadaheadFile::Log;

namespace {

/// Calls on a fresh file, of one generation.
struct Subject {
  explicit Subject(const char* readahead, int max_folio_order = 0)
      : policy(sim::find_readahead_kind(readahead)->make()),
        file(16384, max_folio_order, Log::nothing),
        calls(*policy, state, file, {ReadLoop::by_batch, 31}) {}

  std::unique_ptr<sim::ReadaheadPolicy> policy;
  sim::ReadaheadState state;
  ReadaheadFile file;
  ReadaheadCalls calls;
};

}  // namespace

TEST_CASE("advice reads what is asked for, up to what the disk takes at once") {
  Subject s("linux-6.10");
  s.state.io_pages = 320;
  s.calls.advise(1000, 3000);
  CHECK(s.file.take_new() == "[1000,1320)");
  s.state.ra_pages = 1500;
  s.calls.advise(1300, 1400);
  CHECK(s.file.take_new() == "[1320,2700)");
}

TEST_CASE("2.6.18 reads all that advice asks for") {
  Subject s("linux-2.6.18");
  s.calls.advise(1000, 3000);
  CHECK(s.file.take_new() == "[1000,4000)");
}

TEST_CASE("a page fault reads around the page, until faults miss too often") {
  for (const char* readahead : {"linux-2.6.18", "linux-2.6.23", "linux-6.10"}) {
    INFO(readahead);
    Subject s(readahead);
    s.calls.fault(100);
    CHECK(s.file.take_new() == "[84,116)");
    s.calls.fault(3);
    CHECK(s.file.take_new() == "[0,32)");
    s.state.mmap_miss = 1000;
    s.calls.fault(5000);
    CHECK(s.file.take_new() == "[5000,5001)");
    s.state.ra_pages = 0;
    s.calls.fault(6000);
    CHECK(s.file.take_new() == "[6000,6001)");
  }
}

TEST_CASE("touching a mapped page is no fault, and a marked page is not mapped around another") {
  Subject s("linux-6.10");
  s.calls.fault(0);
  s.file.take_new();
  for (std::uint64_t page = 1; page < 24; ++page) s.calls.fault(page);
  CHECK(s.file.take_new() == "-");
  CHECK(s.file.mapped(23));
  CHECK_FALSE(s.file.mapped(24));
  s.calls.fault(24);
  CHECK(s.file.take_new() == "[32,64)");
}

// Its window begins a little after that end: see folio_cursor.hpp.
TEST_CASE("a fault inside a marked folio looks for the end of what is cached") {
  Subject s("linux-6.10", 9);
  s.state.ra_pages = 32;
  s.file.add_folio(64, 3, ReadaheadMark::set);
  s.calls.fault(67);
  CHECK(s.file.take_new() == "[64,72) [76,108)");
}

TEST_CASE("a splice moves a pipe's 16 pages at a time") {
  Subject spliced("linux-6.10");
  spliced.state.io_pages = 320;
  spliced.calls.splice(0, 64);
  CHECK(spliced.file.take_new() == "[0,96)");
  Subject read("linux-6.10");
  read.state.io_pages = 320;
  read.calls.read(0, 64);
  CHECK(read.file.take_new() == "[0,128)");
  CHECK(spliced.state.prev_pos == 64 * 4096);
}

TEST_CASE("dropping pages leaves the folios that lie only partly in the range") {
  ReadaheadFile file(1000, 9, Log::nothing);
  file.add_folio(32, 4, ReadaheadMark::none);
  file.add_folio(48, 4, ReadaheadMark::set);
  file.add_folio(64, 5, ReadaheadMark::none);
  file.drop(40, 80);
  CHECK(file.present(40));
  CHECK_FALSE(file.present(48));
  CHECK_FALSE(file.marked(48));
  CHECK(file.present(64));
}

TEST_CASE("a folio is not added over a page that is there") {
  ReadaheadFile file(1000, 9, Log::nothing);
  file.add(37);
  CHECK_FALSE(file.add_folio(32, 4, ReadaheadMark::none));
  CHECK_FALSE(file.present(32));
  CHECK(file.add_folio(48, 4, ReadaheadMark::none));
}
