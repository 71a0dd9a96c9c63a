// What each fault of the disk does to the reads and writes of a machine.

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

TEST_CASE("disk.write: a write that failed heals nothing") {
  VfsWorld w;
  Reads reads(w);
  add(w, FaultPoint::disk_latent, 1);
  add(w, FaultPoint::disk_write, 1);
  w.run([&] {
    CHECK(reads.run(1000).error == -EIO);
    CHECK(reads.run(1000, true).error == -EIO);
    CHECK(reads.run(1000).error == -EIO);
  });
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

TEST_CASE("disk.slow: a read or a write ends that much later") {
  for (const bool write : {false, true}) {
    kev::Duration took[2];
    for (const int slow : {0, 1}) {
      VfsWorld w;
      Reads reads(w);
      if (slow != 0) add(w, FaultPoint::disk_slow, 1, 50_ms);
      w.run([&] { took[slow] = reads.run(1000, write).at - kev::Instant(0); });
      CHECK(reads.bios[0].error == 0);
    }
    INFO("write " << write);
    CHECK(took[1] - took[0] == 50_ms);
  }
}

TEST_CASE("disk.hang: nobody is answered, then everybody") {
  for (const bool write : {false, true}) {
    VfsWorld w;
    Reads reads(w);
    add(w, FaultPoint::disk_hang, 2, 500_ms);
    w.run([&] {
      reads.submit(1000);
      reads.submit(900'000, write);
      reads.submit(5'000'000);
      w.disk.unplug();
      w.sleep(499_ms);
      INFO("write " << write);
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
}

TEST_CASE("disk.timeout: the request fails in the end, and the reset holds up the next one") {
  for (const bool write : {false, true}) {
    INFO("write " << write);
    VfsWorld w;
    Reads reads(w);
    add(w, FaultPoint::disk_timeout, 1, 30'000_ms);
    w.run([&] {
      CHECK(reads.run(1000, write).error == -ETIMEDOUT);
      CHECK(reads.bios[0].at - kev::Instant(0) >= 30'000_ms);
      CHECK(reads.run(1000).error == 0);
      CHECK(reads.bios[1].at - kev::Instant(0) >= 40'000_ms);
    });
    CHECK(w.broken() == "nothing");
    CHECK(w.disk.queue().in_flight() == 0);
  }
}

TEST_CASE("disk.timeout: a write that was lost heals no sector, not even those before it") {
  VfsWorld w;
  Reads reads(w);
  add(w, FaultPoint::disk_latent, 1);
  add(w, FaultPoint::disk_timeout, 2);
  w.run([&] {
    CHECK(reads.run(1000).error == -EIO);
    reads.submit(1000, true);
    reads.submit(1008, true);
    w.disk.unplug();
    w.sleep(60'000_ms);
    CHECK(reads.bios[1].error == -ETIMEDOUT);
    CHECK(reads.bios[2].error == -ETIMEDOUT);
    CHECK(reads.run(1000).error == -EIO);
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("a rule of the disk may strike one direction alone") {
  for (const bool struck : {false, true}) {
    VfsWorld w;
    Reads reads(w);
    sim::FaultRule rule;
    rule.point = FaultPoint::disk_timeout;
    rule.target = struck ? 1 : 0;
    w.faults.add(rule);
    w.run([&] {
      INFO("writes " << struck);
      CHECK(reads.run(1000, struck).error == -ETIMEDOUT);
      CHECK(reads.run(5000, !struck).error == 0);
    });
  }
}

TEST_CASE("no write is torn, bad or unreadable, and no read fails as a write") {
  VfsWorld w;
  Reads reads(w);
  for (const FaultPoint of_reads :
       {FaultPoint::disk_read, FaultPoint::disk_latent, FaultPoint::disk_torn})
    add(w, of_reads, 0);
  w.run([&] { CHECK(reads.run(1000, true).error == 0); });
  CHECK(w.faults.struck() == 0);

  VfsWorld other;
  Reads others(other);
  add(other, FaultPoint::disk_write, 0);
  other.run([&] { CHECK(others.run(1000).error == 0); });
  CHECK(other.faults.struck() == 0);
}
