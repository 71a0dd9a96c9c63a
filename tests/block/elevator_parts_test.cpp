// The parts that elevators share: the dispatch list, the nearest request, what is learnt of a
// process; and the limits on requests in use.

#include <catch2/catch.hpp>

#include "sim/block/dispatch_list.hpp"
#include "sim/block/io_history.hpp"
#include "sim/block/nearest_request.hpp"
#include "sim/block/request_limits.hpp"
#include "tests/block/support.hpp"

using namespace kev::literals;
using sim::Request;
using sim::RequestLimits;
using sim::test::Rig;

namespace {

/// Requests outside of any elevator.
struct Requests {
  Rig rig;
  std::deque<Request> all;

  Requests() { rig.open_plain(1_ms, "noop"); }
  Request& at(std::uint64_t sector) {
    Request& request = all.emplace_back(*rig.queue, nullptr);
    request.sector = sector;
    request.sectors = 8;
    return request;
  }
};

}  // namespace

TEST_CASE("the dispatch list goes on upwards from where the arm is, then round") {
  Requests requests;
  sim::DispatchList list;
  list.add_sorted(requests.at(500));
  CHECK(list.take().sector == 500);
  for (const std::uint64_t sector : {100U, 900U, 600U, 508U, 300U})
    list.add_sorted(requests.at(sector));
  CHECK(list.last_end() == 308);
  std::vector<std::uint64_t> order;
  while (!list.empty()) order.push_back(list.take().sector);
  CHECK(order == std::vector<std::uint64_t>{508, 600, 900, 100, 300});
}

TEST_CASE("the nearer request: ahead, or a little behind at twice the way") {
  struct Case {
    const char* story;
    std::uint64_t one, other, nearer;
  };
  // The arm is at 10 000 and goes back 1000 at most.
  const Case cases[] = {
      {"both ahead", 10'100, 10'200, 10'100},    {"behind counts twice", 9940, 10'100, 10'100},
      {"but may be nearer", 9960, 10'100, 9960}, {"equally far: ahead", 9950, 10'100, 10'100},
      {"too far behind", 8990, 90'000, 90'000},  {"both too far behind: the lower", 500, 700, 500},
  };
  Requests requests;
  const sim::ArmReach reach{10'000, 1000, 2};
  for (const Case& c : cases) {
    INFO(c.story);
    Request& one = requests.at(c.one);
    Request& other = requests.at(c.other);
    CHECK(sim::nearer(reach, &one, &other)->sector == c.nearer);
    CHECK(sim::nearer(reach, &other, &one)->sector == c.nearer);
  }
  Request& only = requests.at(1);
  CHECK(sim::nearer(reach, nullptr, &only) == &only);
  CHECK(sim::nearer(reach, &only, nullptr) == &only);
}

TEST_CASE("think times and seek distances are decaying means") {
  sim::ThinkTime think;
  think.add(8);
  CHECK(think.samples() == 32);  // an eighth of 256
  CHECK(think.mean() == 12);     // (256 + 128) / 32: rounded for 256 samples, as in the kernel
  for (int i = 0; i < 50; ++i) think.add(8);
  CHECK(think.mean() == 8);
  sim::SeekDistance seek;
  seek.add(1ULL << 40);
  CHECK(seek.mean() == 2 * 1024 * 1024);  // one far request counts for that much at first
  for (int i = 0; i < 200; ++i) seek.add(1000);
  CHECK(seek.mean() < 1050);
  seek.add(1ULL << 40);
  CHECK(seek.mean() < 20'000);  // and for less once there is a habit
}

TEST_CASE("who reaches the limit, or has slept, may batch: 32 requests, or 20 ms") {
  constexpr auto no = RequestLimits::Exempt::no;
  constexpr kev::Instant start;
  RequestLimits limits(128);
  for (int i = 0; i < 127; ++i) limits.take(false, 1, no, start);
  CHECK_FALSE(limits.full(false));
  limits.take(false, 2, no, start);  // process 2 reaches the limit
  CHECK(limits.full(false));
  CHECK_FALSE(limits.may_take(false, 1, no, start));
  CHECK(limits.may_take(false, 1, RequestLimits::Exempt::yes, start));
  CHECK(limits.may_take(false, 2, no, start));
  CHECK(limits.may_take(true, 1, no, start));
  SECTION("32 requests") {
    for (int i = 0; i < 31; ++i) limits.take(false, 2, no, start);
    CHECK_FALSE(limits.may_take(false, 2, no, start));
  }
  SECTION("20 ms") {
    CHECK(limits.may_take(false, 2, no, start + 19'999_us));
    CHECK_FALSE(limits.may_take(false, 2, no, start + 20_ms));
  }
  SECTION("the first request of a batch has time") {
    limits.has_slept(3, start);
    CHECK(limits.may_take(false, 3, no, start + 10_s));
  }
  SECTION("three halves of the limit, whoever asks") {
    for (std::uint32_t process = 10; limits.in_use() < 192; ++process) {
      limits.has_slept(process, start);
      limits.take(false, process, no, start);
    }
    limits.has_slept(9, start);
    CHECK_FALSE(limits.may_take(false, 9, RequestLimits::Exempt::yes, start));
  }
}
