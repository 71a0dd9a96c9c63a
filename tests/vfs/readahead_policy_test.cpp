#include <catch2/catch.hpp>

#include "tests/vfs/fake_pages.hpp"

using sim::ReadaheadState;
using test::FakePages;

namespace {

/// What reading pages [begin, end) in one request did: "RA off=0 n=4;" and so on.
std::string log_of(sim::ReadaheadPolicy& policy, ReadaheadState& state, FakePages& pages,
                   std::uint64_t begin, std::uint64_t end) {
  pages.log.clear();
  test::read_through(policy, state, pages, begin, end);
  return pages.log;
}

void put(FakePages& pages, std::uint64_t begin, std::uint64_t end) {
  for (std::uint64_t i = begin; i < end; ++i) pages.add(i);
}

}  // namespace

TEST_CASE("the first window grows with the request") {
  struct Row {
    std::uint64_t request;
    std::uint64_t max;
    std::uint64_t window;
  };
  const Row rows[] = {{1, 32, 4},    {2, 32, 4},     {3, 32, 8},   {4, 32, 8},  {5, 32, 16},
                      {8, 32, 16},   {9, 32, 32},    {32, 32, 32}, {1, 128, 4}, {4, 128, 16},
                      {5, 128, 16},  {1, 4, 2},      {2, 4, 4},    {1, 512, 4}, {16, 512, 64},
                      {17, 512, 64}, {200, 512, 512}};
  for (const Row& row : rows) {
    INFO("request " << row.request << " max " << row.max);
    CHECK(sim::initial_window(row.request, row.max) == row.window);
  }
}

TEST_CASE("the next window is four times a small one and twice a large one, up to the limit") {
  CHECK(sim::next_window(1, 32) == 4);
  CHECK(sim::next_window(2, 32) == 4);
  CHECK(sim::next_window(4, 32) == 8);
  CHECK(sim::next_window(16, 32) == 32);
  CHECK(sim::next_window(32, 32) == 32);
  CHECK(sim::next_window(4, 128) == 16);
  CHECK(sim::next_window(100, 128) == 128);
}

TEST_CASE("every algorithm is found by its name") {
  for (const sim::ReadaheadKind& kind : sim::readahead_kinds()) {
    CHECK(sim::find_readahead_kind(kind.name) == &kind);
    CHECK(kind.make() != nullptr);
    CHECK_FALSE(kind.description.empty());
  }
  CHECK(sim::find_readahead_kind("linux-2.4") == nullptr);
}

TEST_CASE("an I/O error leaves a quarter of the limit, and in the end nothing") {
  const auto policy = sim::make_readahead_2_6_18();
  ReadaheadState state;
  for (const std::uint64_t left : {8U, 2U, 0U}) {
    policy->on_io_error(state);
    CHECK(state.ra_pages == left);
  }
}

// -- 2.6.18 ---------------------------------------------------------------------------------------

TEST_CASE("2.6.18: a congested disk gets no ahead window until the reader needs it") {
  const auto policy = sim::make_readahead_2_6_18();
  ReadaheadState state;
  FakePages pages;
  CHECK(log_of(*policy, state, pages, 0, 1) == "RA off=0 n=4;");
  pages.is_congested = true;
  CHECK(log_of(*policy, state, pages, 1, 2).empty());
  CHECK(state.ahead_start == 0);
  CHECK(state.ahead_size == 12);  // the window's end is remembered
  CHECK(log_of(*policy, state, pages, 2, 4).empty());
  CHECK(log_of(*policy, state, pages, 4, 5) == "RA off=4 n=8;");
  pages.is_congested = false;
  CHECK(log_of(*policy, state, pages, 5, 6) == "RA off=12 n=16;");
}

TEST_CASE("2.6.18: the first windows are read though the disk is congested") {
  const auto policy = sim::make_readahead_2_6_18();
  ReadaheadState state;
  FakePages pages;
  pages.is_congested = true;
  CHECK(log_of(*policy, state, pages, 0, 1) == "RA off=0 n=4;");
  CHECK(log_of(*policy, state, pages, 500, 503) == "RA off=500 n=3;");
}

TEST_CASE("2.6.18: after 256 pages found present, readahead stops until a page is missed") {
  const auto policy = sim::make_readahead_2_6_18();
  ReadaheadState state;
  FakePages pages;
  put(pages, 0, 1000);
  std::uint64_t at = 0;
  while (!state.incache) {
    log_of(*policy, state, pages, at, at + 8);
    at += 8;
  }
  CHECK(state.size == 0);
  CHECK(log_of(*policy, state, pages, at, at + 8).empty());
  pages.drop(at + 8, at + 9);
  CHECK(log_of(*policy, state, pages, at + 8, at + 9) == "MISS " + std::to_string(at + 8) + ";");
  CHECK_FALSE(state.incache);
  CHECK(state.cache_hit == 0);
  CHECK_FALSE(log_of(*policy, state, pages, at + 9, at + 10).empty());
}

TEST_CASE("2.6.18: a page that was read ahead and lost makes the next window two pages smaller") {
  const auto policy = sim::make_readahead_2_6_18();
  ReadaheadState state;
  FakePages pages;
  for (std::uint64_t i = 0; i < 40; ++i) log_of(*policy, state, pages, i, i + 1);
  CHECK(state.ahead_start == 60);
  pages.drop(40, 41);
  CHECK(log_of(*policy, state, pages, 40, 41) == "MISS 40;");
  for (std::uint64_t i = 41; i < 60; ++i) log_of(*policy, state, pages, i, i + 1);
  CHECK(log_of(*policy, state, pages, 60, 61) == "RA off=92 n=30;");
  CHECK_FALSE(state.miss);
}

// -- on demand ------------------------------------------------------------------------------------

TEST_CASE("on demand: a marker is on the page that is so many before the window's end") {
  for (const auto& policy : {sim::make_readahead_2_6_24, sim::make_readahead_2_6_23}) {
    ReadaheadState state;
    FakePages pages;
    const auto made = policy();
    log_of(*made, state, pages, 0, 1);
    CHECK(state.size == 4);
    CHECK(state.async_size == 3);
    CHECK(pages.marked(1));
    CHECK(log_of(*made, state, pages, 1, 2) == "RA off=4 n=8;");
    CHECK(pages.marked(4));
    CHECK_FALSE(pages.marked(1));
    CHECK(log_of(*made, state, pages, 2, 4).empty());
  }
}

TEST_CASE("on demand: a page that was there already is not marked") {
  const auto policy = sim::make_readahead_2_6_23();
  ReadaheadState state;
  FakePages pages;
  put(pages, 1, 2);
  log_of(*policy, state, pages, 0, 1);
  CHECK_FALSE(pages.marked(1));
}

TEST_CASE("on demand: a congested disk gets nothing for a marker, which is gone then") {
  const auto policy = sim::make_readahead_2_6_23();
  ReadaheadState state;
  FakePages pages;
  log_of(*policy, state, pages, 0, 1);
  pages.is_congested = true;
  CHECK(log_of(*policy, state, pages, 1, 2).empty());
  CHECK_FALSE(pages.marked(1));
  pages.is_congested = false;
  CHECK(log_of(*policy, state, pages, 4, 5) == "RA off=4 n=24;");  // at the window's end: a miss
}

TEST_CASE("on demand: a small read out of the blue is read as it is, and changes no state") {
  for (const auto& policy : {sim::make_readahead_2_6_24, sim::make_readahead_2_6_23}) {
    ReadaheadState state;
    FakePages pages;
    const auto made = policy();
    log_of(*made, state, pages, 0, 1);
    CHECK(log_of(*made, state, pages, 700, 703) == "RA off=700 n=3;");
    CHECK(state.start == 0);
    CHECK(state.size == 4);
  }
}

TEST_CASE(
    "context readahead: cached pages before a miss tell of a sequential reader, since 2.6.31") {
  ReadaheadState state;
  FakePages pages;
  put(pages, 490, 500);
  CHECK(log_of(*sim::make_readahead_2_6_23(), state, pages, 500, 502) == "RA off=500 n=12;");
  CHECK(state.async_size == 1);
  pages.drop(500, 600);
  state = {};
  CHECK(log_of(*sim::make_readahead_2_6_24(), state, pages, 500, 502) == "RA off=500 n=2;");
}

TEST_CASE("a history that reaches back to the file's start counts twice") {
  ReadaheadState state;
  FakePages pages;
  put(pages, 0, 6);
  CHECK(log_of(*sim::make_readahead_2_6_23(), state, pages, 6, 8) == "RA off=6 n=14;");
}

TEST_CASE("somebody else's marker starts a window at the next hole") {
  struct Row {
    std::unique_ptr<sim::ReadaheadPolicy> (*make)();
    std::uint64_t size;
  };
  // Twice the 8 pages up to the hole; since 2.6.31 the 3 asked for count too.
  for (const auto& [make, size] :
       {Row{sim::make_readahead_2_6_24, 16}, Row{sim::make_readahead_2_6_23, 22}}) {
    const auto made = make();
    FakePages pages;
    ReadaheadState other;
    log_of(*made, other, pages, 0, 1);
    log_of(*made, other, pages, 1, 2);  // [0,12), marker at 4
    ReadaheadState state;
    pages.log.clear();
    CHECK(pages.take_mark(4));
    made->on_marked(state, pages, 4, 3);
    CHECK(state.start == 12);
    CHECK(state.size == size);
  }
}

TEST_CASE("no hole within the limit: a marker starts nothing") {
  const auto policy = sim::make_readahead_2_6_23();
  ReadaheadState state;
  FakePages pages;
  put(pages, 0, 200);
  policy->on_marked(state, pages, 100, 1);
  CHECK(pages.log.empty());
  CHECK(state.size == 0);
  pages.drop(132, 133);
  policy->on_marked(state, pages, 100, 1);
  CHECK(pages.log == "RA off=132 n=32;");
}

TEST_CASE(
    "what counts as sequential: the page after the last one, and from 5.12 also the one after") {
  ReadaheadState state;
  FakePages pages;
  const auto old = sim::make_readahead_2_6_24();
  log_of(*old, state, pages, 100, 102);
  CHECK(log_of(*old, state, pages, 103, 104) == "RA off=103 n=1;");
  CHECK(state.size == 0);
  CHECK(log_of(*old, state, pages, 104, 105) == "RA off=104 n=4;");

  state = {};
  pages.drop(100, 200);
  const auto later = sim::make_readahead_2_6_23();
  log_of(*later, state, pages, 100, 102);
  pages.drop(100, 102);
  CHECK(log_of(*later, state, pages, 103, 104) == "RA off=103 n=4;");
}

TEST_CASE("the end of a read within a page is where the next one is measured from") {
  FakePages pages;
  const auto policy = sim::make_readahead_2_6_23();
  for (const bool whole : {false, true}) {
    ReadaheadState state;
    pages.drop(0, 1000);
    log_of(*policy, state, pages, 100, 101);
    policy->on_read_end(state, whole ? 101 * 4096 : 100 * 4096 + 100);
    pages.drop(100, 101);
    CHECK(log_of(*policy, state, pages, 102, 103) ==
          (whole ? "RA off=102 n=4;" : "RA off=102 n=1;"));
  }
}

TEST_CASE("a read that was declared random gets exactly what it asks for") {
  const auto policy = sim::make_readahead_2_6_23();
  ReadaheadState state;
  state.random = true;
  FakePages pages;
  CHECK(log_of(*policy, state, pages, 0, 3) == "RA off=0 n=3;");
  state.ra_pages = 2000;
  pages.log.clear();
  policy->on_miss(state, pages, 1000, 1500);
  CHECK(pages.log == "RA off=1000 n=512;RA off=1512 n=512;RA off=2024 n=476;");
}

TEST_CASE("an oversize read may take what the disk takes at once") {
  const auto policy = sim::make_readahead_2_6_23();
  ReadaheadState state;
  state.io_pages = 128;
  FakePages pages;
  CHECK(log_of(*policy, state, pages, 0, 100) == "RA off=0 n=100;RA off=100 n=100;");
}
