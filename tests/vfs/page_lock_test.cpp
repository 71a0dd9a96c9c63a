#include <catch2/catch.hpp>

#include "tests/support/vfs_world.hpp"

using namespace kev::literals;
using test::VfsOptions;
using test::VfsWorld;

namespace {

/// An asynchronous waiter, as kaio-style code has: counts its wake-ups and leaves the queue at the
/// first.
struct AsyncWaiter {
  AsyncWaiter(VfsWorld& world, sim::Page& watched) : w(world), page(watched) {}

  static bool wake(sim::WaitEntry& entry, std::uint32_t key) {
    auto& self = *static_cast<AsyncWaiter*>(entry.owner());
    if (key != self.page.id()) {
      ++self.others;
      return false;
    }
    ++self.wakes;
    self.w.cache.page_waiters(self.page).remove_locked(entry);
    return true;
  }

  VfsWorld& w;
  sim::Page& page;
  int wakes = 0;
  int others = 0;
  sim::WaitEntry entry{&wake, this};
};

}  // namespace

TEST_CASE("lock_page sleeps until the read's interrupt unlocks the page, and pulls the plug") {
  VfsWorld w;
  sim::Inode& file = w.file(4);
  kev::Instant got;
  w.run([&] {
    w.start_read(file, 0, 4);
    CHECK(w.disk.queue().plugged());
    sim::Page* page = w.cache.find_get(file, 3);
    w.cache.lock_page(*page);
    got = w.kernel.now();
    CHECK(page->uptodate());
    w.cache.unlock_page(*page);
    w.cache.put(*page);
  });
  CHECK(w.broken() == "nothing");
  CHECK(w.all_ended());
  // One service time: had nobody pulled the plug, it would be 3 ms more.
  CHECK(got > kev::Instant(1'000'000));
  CHECK(got < kev::Instant(1'200'000));
  CHECK(w.kernel.stats().interrupts == 1);
  CHECK(w.kernel.stats().softirqs == 1);
}

TEST_CASE("threads that wait for a page's lock get it one at a time, in order of arrival") {
  VfsWorld w;
  sim::Inode& file = w.file(1);
  std::string order;
  int inside = 0;
  w.thread("reader", [&] { w.start_read(file, 0, 1); });
  for (const char name : {'a', 'b', 'c'})
    w.thread(std::string(1, name), [&, name] {
      sim::Page* page = w.cache.find_get(file, 0);
      REQUIRE(page != nullptr);
      w.cache.lock_page(*page);
      CHECK(++inside == 1);
      order += name;
      w.kernel.spend_time(1_ms);
      --inside;
      w.cache.unlock_page(*page);
      w.cache.put(*page);
    });
  w.run();
  CHECK(w.broken() == "nothing");
  CHECK(w.all_ended());
  CHECK(order == "abc");
}

TEST_CASE("one unlock wakes all who only wait for the page") {
  VfsWorld w;
  sim::Inode& file = w.file(1);
  int woken = 0;
  w.thread("reader", [&] { w.start_read(file, 0, 1); });
  for (int i = 0; i < 3; ++i)
    w.thread("waiter", [&] {
      sim::Page* page = w.cache.find_get(file, 0);
      w.cache.wait_on_page_locked(*page);
      CHECK(page->uptodate());
      ++woken;
      w.cache.put(*page);
    });
  w.run();
  CHECK(w.broken() == "nothing");
  CHECK(woken == 3);
}

TEST_CASE("the page lock excludes, and nobody waits for ever, under any schedule") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    VfsWorld w(VfsOptions{.cpus = 2, .seed = seed});
    sim::Inode& file = w.file(2);
    int counter = 0;
    for (int i = 0; i < 3; ++i)
      w.thread("t", [&] {
        w.start_read(file, 0, 2);
        sim::Page* page = w.cache.find_get(file, 1);
        if (page == nullptr) return;
        for (int n = 0; n < 2; ++n) {
          w.cache.lock_page(*page);
          const int seen = counter;
          w.kernel.point({"inside", 0});
          counter = seen + 1;
          w.cache.unlock_page(*page);
        }
        w.cache.wait_on_page_locked(*page);
        w.cache.put(*page);
      });
    w.run();
    INFO("seed " << seed << ' ' << w.violation());
    REQUIRE(w.broken() == "nothing");
    REQUIRE(w.all_ended());
    REQUIRE(counter == 6);
  }
}

TEST_CASE("waiters for two pages that share a queue do not take each other's wake-ups") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    VfsWorld w(VfsOptions{.cpus = 2, .seed = seed, .capacity_pages = 64});
    sim::Inode& file = w.file(16);
    int done = 0;
    w.thread("opener", [&] {
      sim::Page& first = w.add_page(file, 0);
      sim::Page* second = nullptr;
      for (std::uint64_t i = 1; second == nullptr; ++i) {
        sim::Page& page = w.add_page(file, i);
        if (&w.cache.page_waiters(page) == &w.cache.page_waiters(first)) second = &page;
      }
      for (sim::Page* page : {&first, &first, second, second})
        w.thread("t", [&, page] {
          w.cache.lock_page(*page);
          w.kernel.point({"inside", 0});
          w.cache.unlock_page(*page);
          ++done;
        });
      w.cache.unlock_page(first);
      w.cache.unlock_page(*second);
    });
    w.run();
    INFO("seed " << seed << ' ' << w.violation());
    REQUIRE(w.broken() == "nothing");
    REQUIRE(w.all_ended());
    REQUIRE(done == 4);
  }
}

TEST_CASE("an asynchronous waiter is woken once, by its own page, though queues are shared") {
  VfsWorld w(VfsOptions{.capacity_pages = 64});  // four queues for all pages
  sim::Inode& file = w.file(32);
  w.run([&] {
    w.start_read(file, 0, 32);
    sim::Page& page = *file.cached(5);
    AsyncWaiter waiter(w, page);
    w.cache.add_page_waiter(page, waiter.entry);
    CHECK(page.locked());
    w.cache.sync_page(page);
    w.cache.wait_on_page_locked(*file.cached(0));  // pages end last first
    CHECK(waiter.wakes == 1);
    CHECK(waiter.others > 0);
    CHECK_FALSE(waiter.entry.queued());
    w.cache.lock_page(page);
    w.cache.unlock_page(page);
    CHECK(waiter.wakes == 1);
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("add, then test: an asynchronous waiter misses no wake-up under any schedule") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    VfsWorld w(VfsOptions{.cpus = 2, .seed = seed});
    sim::Inode& file = w.file(1);
    int events = 0;
    std::unique_ptr<AsyncWaiter> waiter;
    w.thread("t", [&] {
      w.start_read(file, 0, 1);
      sim::Page& page = *file.cached(0);
      waiter = std::make_unique<AsyncWaiter>(w, page);
      w.cache.sync_page(page);
      w.cache.add_page_waiter(page, waiter->entry);
      if (page.locked()) return;
      w.cache.remove_page_waiter(page, waiter->entry);
      if (waiter->wakes == 0) ++events;
    });
    w.run();
    INFO("seed " << seed << ' ' << w.violation());
    REQUIRE(w.broken() == "nothing");
    REQUIRE(events + waiter->wakes == 1);
  }
}

TEST_CASE("a removed asynchronous waiter is not woken") {
  VfsWorld w;
  sim::Inode& file = w.file(1);
  w.run([&] {
    sim::Page& page = w.add_page(file, 0);
    AsyncWaiter waiter(w, page);
    w.cache.add_page_waiter(page, waiter.entry);
    w.cache.remove_page_waiter(page, waiter.entry);
    w.cache.unlock_page(page);
    CHECK(waiter.wakes == 0);
  });
  CHECK(w.broken() == "nothing");
}

// -- violations -----------------------------------------------------------------------------------

TEST_CASE("unlocking an unlocked page breaks page_state") {
  VfsWorld w;
  sim::Inode& file = w.file(1);
  w.run([&] {
    sim::Page& page = w.add_page(file, 0);
    w.cache.unlock_page(page);
    w.cache.unlock_page(page);
  });
  CHECK(w.broken() == "page_state");
  CHECK(w.violation() == "'test' unlocks page 0 of file 1, which is not locked");
}

TEST_CASE("unlocking a page whose read is in flight breaks page_state") {
  VfsWorld w;
  sim::Inode& file = w.file(1);
  w.run([&] {
    w.start_read(file, 0, 1);
    w.cache.unlock_page(*file.cached(0));
  });
  CHECK(w.broken() == "page_state");
  CHECK(w.violation() == "'test' unlocks page 0 of file 1, whose read is in flight");
}

TEST_CASE("unlocking a page that somebody else locked breaks page_state") {
  VfsWorld w;
  sim::Inode& file = w.file(1);
  w.thread("owner", [&] { w.add_page(file, 0); });
  w.thread("stranger", [&] { w.cache.unlock_page(*file.cached(0)); });
  w.run();
  CHECK(w.broken() == "page_state");
  CHECK(w.violation() == "'stranger' unlocks page 0 of file 1, which somebody else has locked");
}

TEST_CASE("setting the state of a page that is not locked breaks page_state") {
  for (const bool error : {false, true}) {
    VfsWorld w;
    sim::Inode& file = w.file(1);
    w.run([&] {
      sim::Page& page = w.add_page(file, 0);
      w.cache.unlock_page(page);
      if (error)
        w.cache.set_error(page);
      else
        w.cache.set_uptodate(page);
    });
    CHECK(w.broken() == "page_state");
  }
}

TEST_CASE("nobody takes uptodate back from a cached page, or reads it again") {
  for (const bool read : {false, true}) {
    VfsWorld w;
    sim::Inode& file = w.file(1);
    w.run([&] {
      sim::Page& page = w.add_page(file, 0);
      w.cache.clear_uptodate(page);  // not set: nothing to complain about
      w.cache.set_uptodate(page);
      if (read)
        sim::read_page(w.cache, page);
      else
        w.cache.clear_uptodate(page);
    });
    CHECK(w.broken() == "page_state");
  }
}

TEST_CASE("freeing a locked page breaks page_state") {
  VfsWorld w;
  w.run([&] {
    sim::Page* page = w.cache.allocate();
    CHECK(w.cache.try_lock_page(*page));
    CHECK_FALSE(w.cache.try_lock_page(*page));
    w.cache.put(*page);
  });
  CHECK(w.broken() == "page_state");
}

TEST_CASE("lock_page with a spinlock held is sleeping_in_atomic") {
  VfsWorld w;
  sim::Inode& file = w.file(1);
  w.run([&] {
    sim::Page& page = w.add_page(file, 0);
    w.cache.unlock_page(page);
    sim::SpinLock lock(w.kernel, "outer");
    sim::SpinGuard guard(lock);
    w.cache.lock_page(page);
  });
  CHECK(w.broken() == "sleeping_in_atomic");
}
