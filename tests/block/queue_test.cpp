// The request queue: merging and its limits, plugging, congestion, errors, choices, accounting.

#include <catch2/catch.hpp>
#include <cerrno>
#include <set>

#include "tests/block/support.hpp"

using namespace kev::literals;
using sim::Bio;
using sim::BlockParams;
using sim::test::PlainDisk;
using sim::test::Rig;

namespace {

/// Nothing is dispatched until the test says so.
BlockParams held_back() {
  BlockParams params;
  params.unplug_requests = 1000;
  params.unplug_delay = 1000_s;
  return params;
}

struct Piece {
  std::uint64_t sector;
  std::uint32_t sectors;
  bool write = false;
};

struct MergeCase {
  const char* story;
  std::vector<Piece> bios;
  std::vector<Piece> requests;                     // as issued by noop
  std::vector<std::vector<std::uint32_t>> chains;  // bio ids, in sector order
};

const MergeCase merge_cases[] = {
    {"back", {{8, 8}, {16, 8}}, {{8, 16}}, {{1, 2}}},
    {"front", {{16, 8}, {8, 8}}, {{8, 16}}, {{2, 1}}},
    {"back, back, front", {{16, 8}, {24, 8}, {32, 8}, {8, 8}}, {{8, 32}}, {{4, 1, 2, 3}}},
    {"a gap is no merge", {{8, 8}, {24, 8}}, {{8, 8}, {24, 8}}, {{1}, {2}}},
    {"nor is an overlap", {{8, 8}, {12, 8}}, {{8, 8}, {12, 8}}, {{1}, {2}}},
    {"directions stay apart", {{8, 8, false}, {16, 8, true}}, {{8, 8}, {16, 8, true}}, {{1}, {2}}},
    {"writes merge with writes", {{8, 8, true}, {16, 8, true}}, {{8, 16, true}}, {{1, 2}}},
    {"filling a gap joins both neighbours: from behind",
     {{8, 8}, {24, 8}, {16, 8}},
     {{8, 24}},
     {{1, 3, 2}}},
    {"filling a gap joins both neighbours: from the front",
     {{1000, 8}, {24, 8}, {8, 8}, {1008, 8}, {16, 8}},
     {{1000, 16}, {24, 8}, {8, 16}},
     {{1, 4}, {2}, {3, 5}}},
    {"the largest request", {{0, 512}, {512, 512}}, {{0, 1024}}, {{1, 2}}},
    {"no larger", {{0, 512}, {512, 512}, {1024, 8}}, {{0, 1024}, {1024, 8}}, {{1, 2}, {3}}},
    {"who refused once is not asked again, even for what would fit",
     {{8, 1020}, {1028, 8}, {4, 4}},
     {{8, 1020}, {1028, 8}, {4, 4}},
     {{1}, {2}, {3}}},
    {"neighbours that would be too large together stay apart",
     {{0, 600}, {608, 600}, {600, 8}},
     {{0, 608}, {608, 600}},
     {{1, 3}, {2}}},
};

}  // namespace

TEST_CASE("bios merge into requests") {
  for (const MergeCase& merge : merge_cases) {
    INFO(merge.story);
    Rig rig;
    PlainDisk& disk = rig.open_plain(1_ms, "noop", held_back());
    for (const Piece& bio : merge.bios) rig.submit(bio.sector, bio.sectors, bio.write);
    CHECK(disk.started.empty());
    rig.queue->unplug();
    rig.engine.run();
    REQUIRE(disk.started.size() == merge.requests.size());
    for (std::size_t i = 0; i < merge.requests.size(); ++i) {
      CHECK(disk.started[i].sector == merge.requests[i].sector);
      CHECK(disk.started[i].sectors == merge.requests[i].sectors);
      CHECK(disk.started[i].write == merge.requests[i].write);
    }
    CHECK(rig.chains == merge.chains);
    const sim::DiskStats stats = rig.queue->stats();
    CHECK(stats.requests + stats.merges == merge.bios.size());
  }
}

TEST_CASE("deadline joins neighbours in sector order, whatever came between") {
  Rig rig;
  PlainDisk& disk = rig.open_plain(1_ms, "deadline", held_back());
  rig.submit(8);
  rig.submit(5000);
  rig.submit(24);
  rig.submit(16);
  rig.queue->unplug();
  rig.engine.run();
  REQUIRE(disk.started.size() == 2);
  CHECK(disk.started[0].sector == 8);
  CHECK(disk.started[0].sectors == 24);
  CHECK(rig.chains[0] == std::vector<std::uint32_t>{1, 4, 3});
}

TEST_CASE("a request at the disk takes no more bios") {
  Rig rig;
  PlainDisk& disk = rig.open_plain(1_ms, "noop");
  rig.submit(8);
  rig.queue->unplug();
  rig.submit(16);
  rig.engine.run();
  CHECK(disk.started.size() == 2);
}

TEST_CASE("an empty queue is plugged until four requests wait, 3 ms pass, or somebody waits") {
  Rig rig;
  PlainDisk& disk = rig.open_plain(10_ms, "noop");
  SECTION("the fourth request pulls the plug") {
    for (std::uint64_t i = 0; i < 3; ++i) rig.submit(i * 100);
    CHECK(disk.started.empty());
    rig.submit(300);
    CHECK(disk.started.size() == 1);
  }
  SECTION("merged bios do not count") {
    for (std::uint64_t i = 0; i < 10; ++i) rig.submit(i * 8);
    CHECK(disk.started.empty());
  }
  SECTION("nor do requests at the disk") {
    rig.submit(0);
    rig.queue->unplug();
    for (std::uint64_t i = 1; i <= 3; ++i) rig.submit(i * 100);
    CHECK(rig.queue->plugged());
    rig.submit(400);
    CHECK_FALSE(rig.queue->plugged());
  }
  SECTION("the timer") {
    rig.submit(0);
    rig.engine.run({kev::Instant(2'999'999)});
    CHECK(disk.started.empty());
    rig.engine.run({kev::Instant(3'000'000)});
    CHECK(disk.started.size() == 1);
    CHECK_FALSE(rig.queue->plugged());
  }
  SECTION("unplug") {
    rig.submit(0);
    rig.queue->unplug();
    CHECK(disk.started.size() == 1);
    CHECK(rig.engine.pending() == 1);  // the timer is gone: only the disk is left
  }
  SECTION("a sync bio") {
    rig.submit(0);
    Bio& bio = rig.make_bio(500, 8);
    bio.sync = true;
    rig.queue->submit(bio);
    CHECK(disk.started.size() == 1);
    CHECK_FALSE(rig.queue->plugged());
  }
  SECTION("a finished request") {
    rig.submit(0);
    rig.queue->unplug();  // at 0, done at 10 ms
    rig.engine.run({kev::Instant(9'000'000)});
    rig.submit(100);
    CHECK(rig.queue->plugged());
    rig.engine.run({kev::Instant(10'000'000)});
    CHECK(disk.started.size() == 2);
    CHECK_FALSE(rig.queue->plugged());
  }
}

TEST_CASE("a queue that is not empty is not plugged again") {
  Rig rig;
  PlainDisk& disk = rig.open_plain(10_ms, "noop");
  rig.submit(0);
  rig.submit(100);
  rig.queue->unplug();
  CHECK(disk.started.size() == 1);
  rig.submit(200);
  CHECK_FALSE(rig.queue->plugged());
}

TEST_CASE("congestion is on from 113 requests and off below 103, per direction") {
  Rig rig;
  rig.open_plain(1_ms, "noop", held_back());
  for (std::uint64_t i = 1; i <= 112; ++i) rig.submit(i * 100);
  CHECK_FALSE(rig.queue->read_congested());
  rig.submit(113 * 100);
  CHECK(rig.queue->read_congested());
  CHECK_FALSE(rig.queue->congested(true));
  rig.queue->unplug();
  rig.engine.run({kev::Instant(10 * 1'000'000)});  // ten done: 103 left
  CHECK(rig.queue->pending() == 103);
  CHECK(rig.queue->read_congested());
  rig.engine.run({kev::Instant(11 * 1'000'000)});
  CHECK_FALSE(rig.queue->read_congested());
}

TEST_CASE("a direction is full at 128 requests, until one would be left") {
  Rig rig;
  rig.open_plain(1_ms, "noop", held_back());
  std::vector<std::pair<bool, std::uint32_t>> freed;
  struct Context {
    Rig& rig;
    std::vector<std::pair<bool, std::uint32_t>>& freed;
  } context{rig, freed};
  rig.queue->set_on_free(
      [](void* self, bool write) {
        auto& c = *static_cast<Context*>(self);
        c.freed.emplace_back(write, c.rig.queue->pending());
      },
      &context);
  for (std::uint64_t i = 0; i < 127; ++i) rig.submit(i * 100);
  CHECK_FALSE(rig.queue->full(false));
  rig.submit(127 * 100);
  CHECK(rig.queue->full(false));
  CHECK_FALSE(rig.queue->full(true));
  Bio& fits = rig.make_bio(8, 8);
  CHECK(rig.queue->try_merge(fits));
  Bio& stranger = rig.make_bio(50, 8);
  stranger.process = 7;
  CHECK_FALSE(rig.queue->try_merge(stranger));
  CHECK_FALSE(rig.queue->may_submit(stranger));
  CHECK(freed.empty());
  rig.queue->unplug();
  rig.engine.run({kev::Instant(1'000'000)});
  REQUIRE(freed.size() == 1);
  CHECK(freed[0] == std::pair<bool, std::uint32_t>(false, 127));
  CHECK_FALSE(rig.queue->full(false));
  CHECK(rig.queue->may_submit(stranger));
  rig.engine.run();
  CHECK(freed.size() == 128);
}

TEST_CASE("at most queue_depth requests are at the disk") {
  Rig rig;
  BlockParams params;
  params.queue_depth = 4;
  PlainDisk& disk = rig.open_plain(1_ms, "noop", params);
  for (std::uint64_t i = 0; i < 10; ++i) rig.submit(i * 100);
  CHECK(disk.started.size() == 4);
  CHECK(rig.queue->in_flight() == 4);
  rig.engine.run({kev::Instant(1'000'000)});
  CHECK(disk.started.size() == 8);
  rig.engine.run();
  CHECK(rig.queue->in_flight() == 0);
  CHECK(rig.queue->pending() == 0);
}

TEST_CASE("a fault fails its bio, not its neighbours in the request") {
  Rig rig;
  rig.open_plain(1_ms, "noop", held_back());
  std::vector<std::uint32_t> asked;
  rig.queue->set_fault_hook({[](void* context, sim::Request& request) {
                               for (Bio* bio = request.bios; bio != nullptr; bio = bio->next) {
                                 static_cast<std::vector<std::uint32_t>*>(context)->push_back(
                                     bio->id);
                                 bio->error = bio->id == 2 ? -EIO : 0;
                               }
                             },
                             &asked});
  rig.submit(8);
  rig.submit(16);
  rig.submit(24);
  rig.submit(900);
  CHECK(asked.empty());  // asked at issue
  rig.queue->unplug();
  rig.engine.run();
  CHECK(asked == std::vector<std::uint32_t>{1, 2, 3, 4});
  CHECK(rig.bios[0].error == 0);
  CHECK(rig.bios[1].error == -EIO);
  CHECK(rig.bios[2].error == 0);
  CHECK(rig.bios[3].error == 0);
  CHECK(rig.queue->stats().errors == 1);
}

TEST_CASE("a resubmitted bio starts without error") {
  Rig rig;
  rig.open_plain(1_ms, "noop");
  Bio& bio = rig.make_bio(8, 8);
  bio.error = -EIO;
  rig.queue->submit(bio);
  rig.engine.run();
  CHECK(bio.error == 0);
}

TEST_CASE("zero latency is a choice, asked once a request at issue") {
  Rig rig;
  sim::test::FixedChooser at_once(1);
  PlainDisk& disk = rig.open_plain(1_ms, "noop", {}, &at_once);
  Bio& bio = rig.submit(8);
  rig.submit(16);
  CHECK(at_once.asked.empty());
  rig.queue->unplug();
  REQUIRE(at_once.asked.size() == 1);
  CHECK(at_once.asked[0].kind == sim::ChoiceKind::latency);
  CHECK(at_once.asked[0].options == 3);
  CHECK(at_once.asked[0].name == "disk.latency");
  CHECK(at_once.asked[0].object == bio.id);
  CHECK(rig.chains.empty());  // not inside unplug(): in an event of the same instant
  rig.engine.run();
  CHECK(rig.chains.size() == 1);
  CHECK(rig.engine.now() == kev::Instant(0));
  CHECK(disk.started.empty());
}

TEST_CASE("a request may take longer than what is submitted after it") {
  Rig rig;
  sim::test::FixedChooser late(2);
  rig.open_plain(1_ms, "noop", {}, &late);
  rig.submit(8);
  rig.queue->unplug();
  rig.engine.run();
  CHECK(rig.chains.size() == 1);
  CHECK(rig.engine.now() == kev::Instant(1'000'000'000));
}

TEST_CASE("what a completion submits is there when the next request is chosen") {
  Rig rig;
  PlainDisk& disk = rig.open_plain(1_ms, "deadline");
  rig.ended = [&](Bio& bio) {
    if (bio.id == 1) rig.submit(16);
  };
  rig.submit(0);
  for (std::uint64_t sector = 500; sector < 800; sector += 100) rig.submit(sector, 8, true);
  rig.engine.run();
  REQUIRE(disk.started.size() == 5);
  CHECK(disk.started[1].sector == 16);  // a read, so before the writes that wait
}

TEST_CASE("statistics add up") {
  Rig rig;
  rig.open_plain(10_ms, "noop");
  rig.submit(8, 8);
  rig.submit(16, 8);
  rig.submit(1000, 16, true);
  rig.queue->unplug();
  rig.engine.run({kev::Instant(15'000'000)});
  CHECK(rig.queue->stats().busy == 15_ms);  // the current request counts
  rig.engine.run();
  const sim::DiskStats stats = rig.queue->stats();
  CHECK(stats.requests == 2);
  CHECK(stats.merges == 1);
  CHECK(stats.bytes_read == 16 * 512);
  CHECK(stats.bytes_written == 16 * 512);
  CHECK(stats.busy == 20_ms);
  CHECK(stats.queue_time == 10_ms);
  CHECK(stats.service_time == 20_ms);
  CHECK(stats.errors == 0);
}

TEST_CASE("a queue may die with work in it") {
  Rig rig;
  rig.open(sim::test::make_hdd(rig.engine, "deskstar-7k500"), "deadline");
  for (std::uint64_t i = 0; i < 10; ++i) rig.submit(i * 1000);
  rig.submit(100'000);
  rig.queue.reset();
  CHECK(rig.engine.pending() == 0);
  CHECK(rig.chains.empty());
}

TEST_CASE("tables name what can be made") {
  Rig rig;
  std::set<std::string_view> seen;
  for (const sim::ElevatorKind& kind : sim::elevator_kinds()) {
    CHECK(seen.insert(kind.name).second);
    CHECK_FALSE(kind.description.empty());
    CHECK(sim::find_elevator_kind(kind.name) == &kind);
    CHECK(kind.make({})->empty());
  }
  for (const sim::DiskKind& kind : sim::disk_kinds()) {
    CHECK(sim::find_disk_kind(kind.name) == &kind);
    CHECK_FALSE(kind.profiles().empty());
    for (const sim::DiskProfile& profile : kind.profiles()) {
      CHECK(seen.insert(profile.name).second);
      const auto disk = kind.make(rig.engine, profile.name);
      REQUIRE(disk != nullptr);
      CHECK(disk->kind() == kind.name);
      CHECK(disk->capacity_sectors() > 0);
    }
    CHECK(kind.make(rig.engine, "no such profile") == nullptr);
  }
  CHECK(sim::find_elevator_kind("cfq?") == nullptr);
  CHECK(sim::find_disk_kind("tape") == nullptr);
}
