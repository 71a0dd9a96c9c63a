// What each fault of the disk does to the reads of a machine.

#include <catch2/catch.hpp>
#include <cerrno>
#include <deque>

#include "tests/support/vfs_world.hpp"

using namespace kev::literals;
using sim::FaultPoint;
using test::VfsWorld;

namespace {

struct Reads {
  explicit Reads(VfsWorld& world) : w(world) {}

  struct Read : sim::Bio {
    kev::Instant at;
    bool ended = false;
    sim::Completion done;

    explicit Read(sim::Kernel& kernel) : done(kernel) {}
  };
  Read& submit(std::uint64_t sector, bool write_it = false) {
    Read& bio = bios.emplace_back(w.kernel);
    bio.sector = sector;
    bio.sectors = 8;
    bio.write = write_it;
    bio.owner = this;
    bio.end_io = [](sim::Bio& finished) {
      auto& read = static_cast<Read&>(finished);
      read.at = static_cast<Reads*>(read.owner)->w.kernel.now();
      read.ended = true;
      read.done.complete();
    };
    w.disk.submit(bio);
    return bio;
  }
  /// To its end, on its own.
  Read& run(std::uint64_t sector, bool write_it = false) {
    Read& read = submit(sector, write_it);
    w.disk.unplug();
    read.done.wait();
    return read;
  }

  VfsWorld& w;
  std::deque<Read> bios;
};

void add(VfsWorld& w, FaultPoint point, std::int64_t nth, kev::Duration delay = kev::Duration(0)) {
  sim::FaultRule rule;
  rule.point = point;
  rule.nth = nth;
  rule.delay = delay;
  w.faults.add(rule);
}

}  // namespace

TEST_CASE("disk.latent: the sector stays bad for whoever reads it, until it is written") {
  VfsWorld w;
  Reads reads(w);
  add(w, FaultPoint::disk_latent, 1);
  w.run([&] {
    CHECK(reads.run(1000).error == -EIO);
    CHECK(reads.run(1000).error == -EIO);
    CHECK(reads.run(1008).error == 0);
    CHECK(reads.run(1000, true).error == 0);
    CHECK(reads.run(1000).error == 0);
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("disk.torn: what was read before the tear is good, the rest fails") {
  VfsWorld w;
  Reads reads(w);
  add(w, FaultPoint::disk_torn, 2);
  w.run([&] {
    for (const std::uint64_t sector : {1000u, 1008u, 1016u}) reads.submit(sector);
    w.disk.unplug();
    w.sleep(100_ms);
  });
  CHECK(w.disk.queue().stats().requests == 1);
  CHECK(reads.bios[0].error == 0);
  CHECK(reads.bios[1].error == -EIO);
  CHECK(reads.bios[2].error == -EIO);
}

TEST_CASE("disk.slow: the request ends that much later") {
  kev::Duration took[2];
  for (const int slow : {0, 1}) {
    VfsWorld w;
    Reads reads(w);
    if (slow != 0) add(w, FaultPoint::disk_slow, 1, 50_ms);
    w.run([&] { took[slow] = reads.run(1000).at - kev::Instant(0); });
    CHECK(reads.bios[0].error == 0);
  }
  CHECK(took[1] - took[0] == 50_ms);
}

TEST_CASE("disk.hang: nobody is answered, then everybody") {
  VfsWorld w;
  Reads reads(w);
  add(w, FaultPoint::disk_hang, 2, 500_ms);
  w.run([&] {
    reads.submit(1000);
    reads.submit(900'000);
    reads.submit(5'000'000);
    w.disk.unplug();
    w.sleep(499_ms);
    // The first was issued, and may have been done, before the disk hung.
    CHECK_FALSE(reads.bios[1].ended);
    CHECK_FALSE(reads.bios[2].ended);
    w.sleep(200_ms);
  });
  for (const Reads::Read& read : reads.bios) {
    CHECK(read.ended);
    CHECK(read.error == 0);
  }
}

TEST_CASE("disk.timeout: the request fails in the end, and the reset holds up the next one") {
  VfsWorld w;
  Reads reads(w);
  add(w, FaultPoint::disk_timeout, 1, 30'000_ms);
  w.run([&] {
    CHECK(reads.run(1000).error == -ETIMEDOUT);
    CHECK(reads.bios[0].at - kev::Instant(0) >= 30'000_ms);
    CHECK(reads.run(1000).error == 0);
    CHECK(reads.bios[1].at - kev::Instant(0) >= 40'000_ms);
  });
  CHECK(w.broken() == "nothing");
  CHECK(w.disk.queue().in_flight() == 0);
}
