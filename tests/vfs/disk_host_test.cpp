#include <catch2/catch.hpp>
#include <cerrno>
#include <deque>

#include "tests/support/vfs_world.hpp"

using namespace kev::literals;
using test::VfsOptions;
using test::VfsWorld;

namespace {

/// Bios that do not touch each other, each reporting its end.
struct Transfers {
  explicit Transfers(VfsWorld& world) : w(world) {}

  sim::Bio& make(std::uint64_t sector, bool write = false) {
    sim::Bio& bio = bios.emplace_back();
    bio.sector = sector;
    bio.sectors = 8;
    bio.write = write;
    bio.owner = this;
    bio.id = w.kernel.next_id();
    bio.end_io = [](sim::Bio& finished) {
      auto& self = *static_cast<Transfers*>(finished.owner);
      ++self.ended;
      self.kind = self.w.kernel.current()->kind();
      if (finished.error != 0) ++self.failed;
    };
    return bio;
  }

  VfsWorld& w;
  std::deque<sim::Bio> bios;
  int ended = 0;
  int failed = 0;
  sim::ContextKind kind = sim::ContextKind::process;
};

}  // namespace

TEST_CASE("a finished request goes through the hardirq and the softirq to each bio's end_io") {
  VfsWorld w;
  Transfers transfers(w);
  w.run([&] {
    w.disk.submit(transfers.make(1000));
    w.disk.submit(transfers.make(1008));  // merges: one request, one interrupt
    CHECK(transfers.ended == 0);
    w.disk.unplug();
    w.sleep(10_ms);
  });
  CHECK(w.broken() == "nothing");
  CHECK(transfers.kind == sim::ContextKind::softirq);
  CHECK(w.disk.queue().stats().requests == 1);
}

TEST_CASE("the end of a request interrupts a busy thread, and costs it time") {
  VfsWorld w;
  Transfers transfers(w);
  w.run([&] {
    w.disk.submit(transfers.make(1000));
    w.disk.unplug();
    const kev::Instant begin = w.kernel.now();
    w.kernel.spend_time(10_ms);
    CHECK(transfers.ended == 1);
    // Interrupt, softirq and bio_complete of the athlon64-3500 profile.
    CHECK((w.kernel.now() - begin).ns() == 10'000'000 + 1000 + 300 + 600);
  });
  CHECK(w.kernel.stats().interrupts == 1);
}

TEST_CASE("who submits sleeps while all requests are in use, and all bios end") {
  VfsWorld w(VfsOptions{.block = {.nr_requests = 4}});
  Transfers transfers(w);
  w.run([&] {
    for (std::uint64_t i = 0; i < 20; ++i) {
      w.disk.submit(transfers.make(1000 + i * 100));
      CHECK(w.disk.queue().pending() <= 6);  // a batcher may go half beyond
    }
    CHECK(w.kernel.now() > kev::Instant(13'000'000));  // the disk had to do at least 14 of them
    w.sleep(1_s);
  });
  CHECK(w.broken() == "nothing");
  w.kernel.shut_down();
  CHECK(transfers.ended == 20);
}

TEST_CASE("who waits for a request pulls the plug first") {
  VfsWorld w(VfsOptions{.block = {.nr_requests = 4, .unplug_requests = 100}});
  Transfers transfers(w);
  w.run([&] {
    // Six are a batch; the seventh waits until the direction is not full any more.
    for (std::uint64_t i = 0; i < 7; ++i) w.disk.submit(transfers.make(1000 + i * 100));
    CHECK(w.kernel.now() > kev::Instant(3'000'000));  // three are done,
    CHECK(w.kernel.now() < kev::Instant(3'100'000));  // and nobody waited for the plug's 3 ms
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("a bio that merges needs no request of its own, even if there is none") {
  VfsWorld w(VfsOptions{.block = {.nr_requests = 4, .unplug_requests = 100}});
  Transfers transfers(w);
  w.run([&] {
    for (std::uint64_t i = 0; i < 4; ++i) w.disk.submit(transfers.make(1000 + i * 100));
    CHECK(w.disk.queue().full(false));
    const kev::Instant begin = w.kernel.now();
    w.disk.submit(transfers.make(1308));
    CHECK(w.kernel.now() - begin == 900_ns);  // bio_submit
    CHECK(w.disk.queue().full(false));
  });
  CHECK(transfers.ended == 5);
}

TEST_CASE("many submitters share few requests, under any schedule") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    VfsWorld w(VfsOptions{.cpus = 2, .seed = seed, .block = {.nr_requests = 4}});
    Transfers transfers(w);
    for (std::uint64_t t = 0; t < 4; ++t)
      w.thread("t", [&, t] {
        for (std::uint64_t i = 0; i < 4; ++i)
          w.disk.submit(transfers.make(1000 + 10000 * t + i * 100));
      });
    w.run();
    INFO("seed " << seed << ' ' << w.violation());
    REQUIRE(w.broken() == "nothing");
    REQUIRE(w.all_ended());
    REQUIRE(transfers.ended == 16);
  }
}

TEST_CASE("the fault disk.read strikes reads only") {
  VfsWorld w;
  Transfers transfers(w);
  w.faults.add({sim::FaultPoint::disk_read, 1.0, ETIMEDOUT});
  w.run([&] {
    w.disk.submit(transfers.make(1000));
    w.disk.submit(transfers.make(5000, true));
    w.sleep(100_ms);
  });
  CHECK(transfers.ended == 2);
  CHECK(transfers.failed == 1);
  CHECK(transfers.bios[0].error == -ETIMEDOUT);
  CHECK(transfers.bios[1].error == 0);
}

TEST_CASE("submitting with a spinlock held is sleeping_in_atomic") {
  VfsWorld w;
  Transfers transfers(w);
  w.run([&] {
    sim::SpinLock lock(w.kernel, "outer");
    sim::SpinGuard guard(lock);
    w.disk.submit(transfers.make(1000));
  });
  CHECK(w.broken() == "sleeping_in_atomic");
}
