// The deadline elevator against orders worked out by hand from the rules of Linux 2.6.18.
//
// Notation: "R10" is a read at page 10 (sector 80), "W3" a write; all are queued at once, while the
// queue is plugged, in this order. The disk takes one request at a time.

#include <catch2/catch.hpp>
#include <sstream>

#include "tests/block/support.hpp"

using namespace kev::literals;
using sim::test::one_page_requests;
using sim::test::order_of;
using sim::test::PlainDisk;
using sim::test::Rig;

namespace {

void submit_all(Rig& rig, const std::string& list) {
  std::istringstream words(list);
  std::string word;
  while (words >> word) rig.submit(std::stoull(word.substr(1)) * 8, 8, word[0] == 'W');
}

std::string dispatch_order(const char* elevator, const std::string& list,
                           kev::Duration service = 1_ms) {
  Rig rig;
  PlainDisk& disk = rig.open_plain(service, elevator, one_page_requests());
  submit_all(rig, list);
  rig.queue->unplug();
  rig.engine.run();
  return order_of(disk);
}

/// "R0 R1 ... R(n-1)"
std::string run_of(char direction, int from, int to) {
  std::string list;
  for (int page = from; page <= to; ++page)
    list += std::string(list.empty() ? "" : " ") + direction + std::to_string(page);
  return list;
}

struct OrderCase {
  const char* story;
  std::string queued;
  std::string dispatched;
};

}  // namespace

TEST_CASE("noop keeps the order of arrival") {
  CHECK(dispatch_order("noop", "R90 W10 R50 R20 W60") == "R90 W10 R50 R20 W60");
}

TEST_CASE("deadline dispatches in the order of its rules") {
  const OrderCase cases[] = {
      {"upwards by sector", "R90 R10 R50 R20", "R10 R20 R50 R90"},
      {"reads before writes", "W1 R9", "R9 W1"},
      {"writes wait for at most two choices of reads", "W5 W15 R10 R20 R30 R40",
       "R10 R20 W5 R30 R40 W15"},
      {"writes alone go upwards", "W9 W3 W5", "W3 W5 W9"},
      {"a contiguous run is one batch of sixteen, then two choices", "W100 " + run_of('R', 0, 19),
       run_of('R', 0, 16) + " W100 " + run_of('R', 17, 19)},
      {"writes get a batch of sixteen too", run_of('W', 0, 19) + " R50 R60 R70 R80",
       "R50 R60 " + run_of('W', 0, 15) + " R70 R80 " + run_of('W', 16, 19)},
      {"a second request for a sector sends the first one off", "R50 R10 R50 R60",
       "R50 R10 R50 R60"},
  };
  for (const OrderCase& order : cases) {
    INFO(order.story);
    CHECK(dispatch_order("deadline", order.queued) == order.dispatched);
  }
}

TEST_CASE("an expired read goes first, and expired reads go in order of age") {
  // 100 ms each: at 500 ms nothing is older than 500 ms, at 600 ms all are.
  CHECK(dispatch_order("deadline", "R900 R10 R20 R30 R40 R50 R60 R80 R70", 100_ms) ==
        "R10 R20 R30 R40 R50 R60 R900 R80 R70");
}

TEST_CASE("writes expire after five seconds") {
  CHECK(dispatch_order("deadline", "W900 W10 W20 W30 W40 W50 W60 W80 W70", 1000_ms) ==
        "W10 W20 W30 W40 W50 W60 W900 W80 W70");
}

TEST_CASE("a contiguous batch goes on past an expired request, up to sixteen") {
  // R900 has expired when R6 is due, but the batch R0..R15 is entitled to go on.
  CHECK(dispatch_order("deadline", "R900 " + run_of('R', 0, 17), 100_ms) ==
        run_of('R', 0, 15) + " R900 R16 R17");
}

TEST_CASE("the elevator goes one way: what comes in below waits for the next sweep") {
  Rig rig;
  PlainDisk& disk = rig.open_plain(1_ms, "deadline", one_page_requests());
  submit_all(rig, "R100 R200 R300");
  rig.queue->unplug();
  submit_all(rig, "R50 R250");
  rig.engine.run();
  CHECK(order_of(disk) == "R100 R200 R250 R300 R50");
}

TEST_CASE("a merged request is as urgent as the older of the two") {
  Rig rig;
  sim::BlockParams params = one_page_requests();
  params.max_sectors_kb = 512;
  PlainDisk& disk = rig.open_plain(100_ms, "deadline", params);
  submit_all(rig, "R1000");  // old; swallowed at 400 ms by a young request below it
  submit_all(rig, "R10 R20 R30 R40 R50 R60 R70 R80");
  rig.queue->unplug();
  rig.engine.run({kev::Instant(400'000'000)});
  submit_all(rig, "R998 R999");
  rig.engine.run();
  // At 600 ms R1000 would have expired: so has R998..R1000.
  CHECK(order_of(disk) == "R10 R20 R30 R40 R50 R60 R998 R70 R80");
}

TEST_CASE("when the next of the batch is swallowed, the batch goes on after it") {
  Rig rig;
  sim::BlockParams params = one_page_requests();
  params.max_sectors_kb = 512;
  PlainDisk& disk = rig.open_plain(1_ms, "deadline", params);
  submit_all(rig, "R0 R20 R30");
  rig.queue->unplug();  // R0 is at the disk, R20 would be next
  submit_all(rig, "R18 R19");
  rig.engine.run();
  CHECK(order_of(disk) == "R0 R30 R18");
  CHECK(disk.started[2].sectors == 24);
}

TEST_CASE("a request sent off by one for the same sector takes no more bios") {
  Rig rig;
  sim::BlockParams params = one_page_requests();
  params.max_sectors_kb = 512;
  PlainDisk& disk = rig.open_plain(1_ms, "deadline", params);
  rig.submit(400, 16);
  rig.submit(400, 8);
  rig.submit(416, 8);
  rig.queue->unplug();
  rig.engine.run();
  REQUIRE(disk.started.size() == 3);
  CHECK(disk.started[0].sectors == 16);
}

TEST_CASE("a front merge keeps the sorted order") {
  Rig rig;
  sim::BlockParams params = one_page_requests();
  params.max_sectors_kb = 512;
  PlainDisk& disk = rig.open_plain(1_ms, "deadline", params);
  submit_all(rig, "R100 R50 R49 R48 R99");
  rig.queue->unplug();
  rig.engine.run();
  CHECK(order_of(disk) == "R48 R99");
  CHECK(disk.started[0].sectors == 24);
  CHECK(disk.started[1].sectors == 16);
}
