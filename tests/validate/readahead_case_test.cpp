#include "sim/validate/readahead_case.hpp"

#include <catch2/catch.hpp>

using sim::ReadaheadCall;
using sim::ReadaheadCase;
using Kind = sim::ReadaheadCall::Kind;

namespace {

ReadaheadCase parsed(const std::string& name, const std::string& text) {
  const auto result = sim::parse_readahead_case(name, text);
  REQUIRE(result);
  return *result;
}

}  // namespace

TEST_CASE("every kind of line of a recorded case is understood") {
  const ReadaheadCase recorded =
      parsed("mnt-ra128-mixed7.txt",
             "# file=mnt/f pages=500 resident_after_DONTNEED=0 pattern=mixed\n"
             "read p=3 n=2 r=8192 new: [3,5)n=2 [9,10)n=1\n"
             "      page_cache_sync_ra index=3\n"
             "      page_cache_ra_order index=3\n"
             "sendfile n=4 r=8192 off=7 new: -\n"
             "splice n=1 r=4096 off=8 new: -\n"
             "fault p=11 new: -\n"
             "-- dropped pages 40..80\n"
             "fadvise_willneed new: [100,107)n=7\n"
             "readahead() new: -\n");
  CHECK(recorded.ra_pages == 32);
  CHECK(recorded.file_pages == 500);
  CHECK_FALSE(recorded.advised_random);
  REQUIRE(recorded.calls.size() == 7);
  const auto is = [&](std::size_t n, Kind kind, std::uint64_t begin, std::uint64_t count) {
    const ReadaheadCall& call = recorded.calls[n];
    return call.kind == kind && call.begin == begin && call.count == count;
  };
  CHECK(is(0, Kind::read, 3, 2));
  CHECK(is(1, Kind::sendfile, 5, 2));
  CHECK(is(2, Kind::splice, 7, 1));
  CHECK(is(3, Kind::fault, 11, 1));
  CHECK(is(4, Kind::drop, 40, 40));
  CHECK(is(5, Kind::advice, 100, 7));
  CHECK(is(6, Kind::advice, 1000, 7));
  CHECK(recorded.calls[0].resident == "[3,5) [9,10)");
  CHECK(recorded.calls[0].actions.size() == 2);
  CHECK(recorded.calls[0].line == 2);
}

TEST_CASE("2.6.18's actions belong to the call after them, and its state is kept") {
  const ReadaheadCase recorded =
      parsed("k2618-ra64-x.txt",
             "      MISS 4\n      RA off=4 n=8\nread p=4 n=1 new: [4,12)n=8 | start=4 size=8\n");
  REQUIRE(recorded.calls.size() == 1);
  CHECK(recorded.calls[0].actions == std::vector<std::string>{"MISS 4", "RA off=4 n=8"});
  CHECK(recorded.calls[0].resident == "[4,12)");
  CHECK(recorded.calls[0].state == "start=4 size=8");
}

TEST_CASE("advice counts, from the name or from the head of the file") {
  const std::string call = "read p=0 n=1 r=4096 new: -\n";
  CHECK(parsed("a-ra4-adv_seq1.txt", call).advised_sequential);
  CHECK(parsed("a-ra4-adv_rand9.txt", call).advised_random);
  CHECK(parsed("a-ra4-other.txt", "# pattern=advrand\n" + call).advised_random);
  CHECK_FALSE(parsed("a-ra4-rand1.txt", call).advised_random);
}

TEST_CASE("a line in other words is a mistake with its place") {
  const auto line_of = [](const std::string& name, const std::string& text) {
    const auto result = sim::parse_readahead_case(name, text);
    return result ? -1 : result.error().front().place.line;
  };
  CHECK(line_of("a-ra4-seq1.txt", "read p=0 n=1 new: -\nwrite p=0 n=1 new: -\n") == 2);
  CHECK(line_of("a-ra4-seq1.txt", "read n=1 new: -\n") == 1);
  CHECK(line_of("a-ra4-seq1.txt", "sendfile n=1 off=1 new: -\n") == 1);
  CHECK(line_of("a-ra4-willneed.txt", "fadvise_willneed new: -\n") == 1);
  CHECK(line_of("a-ra4-seq1.txt", "read p=0 n=1 new: -\n      mm_something index=0\n") == 2);
  CHECK(line_of("seq1.txt", "read p=0 n=1 new: -\n") == 0);
  CHECK(line_of("a-ra4-seq1.txt", "# nothing else\n") == 0);
}
