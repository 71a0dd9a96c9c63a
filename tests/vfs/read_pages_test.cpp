#include <catch2/catch.hpp>
#include <cerrno>
#include <vector>

#include "tests/support/vfs_world.hpp"

using test::VfsOptions;
using test::VfsWorld;

namespace {

constexpr std::uint64_t base = 2048;  // where VfsWorld's first file begins

/// "2048+16 2072+8": the requests the disk was given.
std::string requests(const VfsWorld& w) {
  std::string out;
  for (const sim::DiskRequest& request : w.raw_disk->started)
    out += std::to_string(request.sector) + '+' + std::to_string(request.sectors) + ' ';
  return out;
}

/// Records what the hooks see.
struct Watcher {
  explicit Watcher(VfsWorld& world) : w(world) {}

  static void on_bio(void* owner, sim::Bio& bio) {
    auto& self = *static_cast<Watcher*>(owner);
    self.submitted += std::to_string(bio.sector) + '+' + std::to_string(bio.sectors) + ' ';
  }
  static void end_io(void* owner, sim::ReadBio& bio) {
    auto& self = *static_cast<Watcher*>(owner);
    CHECK(self.w.kernel.current()->kind() == sim::ContextKind::softirq);
    for (const sim::Page* page : bio.pages()) {
      CHECK(page->locked());
      CHECK_FALSE(page->uptodate());
      self.ended += std::to_string(page->index()) + ' ';
    }
    self.error = bio.error;
    self.w.cache.finish_pages(bio);
  }
  sim::ReadHooks hooks() { return {&on_bio, &end_io, this}; }

  VfsWorld& w;
  std::string submitted;
  std::string ended;
  int error = 0;
};

}  // namespace

TEST_CASE("contiguous pages travel in one bio and become uptodate together") {
  VfsWorld w;
  sim::Inode& file = w.file(8);
  w.run([&] {
    CHECK(w.start_read(file, 0, 8) == 8);
    for (std::uint64_t i = 0; i < 8; ++i) {
      CHECK(file.cached(i)->locked());
      CHECK(file.cached(i)->in_flight());
      CHECK(file.cached(i)->references() == 1);  // the cache's own
    }
    w.cache.wait_on_page_locked(*file.cached(0));
    for (std::uint64_t i = 0; i < 8; ++i) CHECK(file.cached(i)->uptodate());
  });
  CHECK(w.broken() == "nothing");
  CHECK(requests(w) == "2048+64 ");
  CHECK(w.cache.stats().read_errors == 0);
}

TEST_CASE("pages that are cached already are skipped, and split the bio") {
  VfsWorld w;
  sim::Inode& file = w.file(8);
  Watcher watcher(w);
  w.run([&] {
    sim::Page& cached = w.add_page(file, 3);
    w.cache.set_uptodate(cached);
    w.cache.unlock_page(cached);
    w.cache.put(cached);
    CHECK(w.start_read(file, 1, 6, watcher.hooks()) == 4);
    CHECK(w.cache.pages_in_use() == 5);
    CHECK(cached.references() == 1);
    w.disk.unplug();
  });
  CHECK(w.broken() == "nothing");
  CHECK(watcher.submitted == "2056+16 2080+16 ");
  CHECK(watcher.ended == "1 2 4 5 ");
}

TEST_CASE("a bio holds at most 128 pages, or what the disk takes at once") {
  for (const std::uint32_t max_kb : {512U, 1024U, 64U}) {
    VfsWorld w(VfsOptions{.block = {.max_sectors_kb = max_kb}});
    sim::Inode& file = w.file(140);
    Watcher watcher(w);
    w.run([&] { w.start_read(file, 0, 140, watcher.hooks()); });
    const std::string whole = "2048+1024 3072+96 ";
    CHECK(watcher.submitted.substr(0, whole.size()) ==
          (max_kb == 64 ? std::string("2048+128 2176+128 ") : whole));
    for (std::uint64_t i = 0; i < 140; ++i) CHECK(file.cached(i)->uptodate());
  }
}

TEST_CASE("pages that lie apart on the disk travel in different bios") {
  VfsWorld w;
  sim::Inode& file = w.files.create_at(6 * sim::page_bytes, {{0, 2, 8000}, {2, 4, 4000}});
  Watcher watcher(w);
  w.run([&] { w.start_read(file, 0, 6, watcher.hooks()); });
  CHECK(watcher.submitted == "8000+16 4000+32 ");
  CHECK(w.broken() == "nothing");
}

TEST_CASE("a hole is uptodate at once, without any request") {
  VfsWorld w;
  sim::Inode& file = w.files.create_at(6 * sim::page_bytes, {{0, 2, 8000}, {4, 2, 8016}});
  Watcher watcher(w);
  w.run([&] {
    CHECK(w.start_read(file, 0, 6, watcher.hooks()) == 6);
    for (const std::uint64_t hole : {2U, 3U}) {
      CHECK(file.cached(hole)->uptodate());
      CHECK_FALSE(file.cached(hole)->locked());
      CHECK(file.cached(hole)->content(0, 1).version == file.version);
    }
    CHECK(file.cached(4)->locked());
  });
  // The extents touch on the disk: the pages around the hole are one transfer.
  CHECK(watcher.submitted == "8000+32 ");
  CHECK(w.broken() == "nothing");
}

TEST_CASE("the hooks see each bio before it is submitted and at its end, pages still locked") {
  VfsWorld w;
  sim::Inode& file = w.file(4);
  Watcher watcher(w);
  w.run([&] {
    w.start_read(file, 0, 4, watcher.hooks());
    CHECK(watcher.submitted == "2048+32 ");
    CHECK(watcher.ended.empty());
    w.cache.wait_on_page_locked(*file.cached(0));
    CHECK(watcher.ended == "0 1 2 3 ");
    CHECK(watcher.error == 0);
    CHECK(file.cached(2)->uptodate());
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("the last page of a bio is unlocked first") {
  VfsWorld w;
  sim::Inode& file = w.file(3);
  std::string order;
  w.thread("reader", [&] { w.start_read(file, 0, 3); });
  for (std::uint64_t i = 0; i < 3; ++i)
    w.thread("waiter", [&, i] {
      w.cache.wait_on_page_locked(*file.cached(i));
      order += std::to_string(i);
    });
  w.run();
  CHECK(order == "210");
}

TEST_CASE("a failed read leaves its pages in error, not uptodate and unlocked, a later one works") {
  VfsWorld w;
  sim::Inode& file = w.file(2);
  Watcher watcher(w);
  w.faults.add({sim::FaultPoint::disk_read, 1.0, 0});
  w.run([&] {
    w.start_read(file, 0, 2, watcher.hooks());
    sim::Page& page = *file.cached(1);
    w.cache.wait_on_page_locked(page);
    w.cache.wait_on_page_locked(*file.cached(0));
    for (std::uint64_t i = 0; i < 2; ++i) {
      CHECK(file.cached(i)->error());
      CHECK_FALSE(file.cached(i)->uptodate());
      CHECK_FALSE(file.cached(i)->locked());
      CHECK(file.cached(i)->content(0, 1).version == sim::Page::never_read);
    }
    w.faults.stop();
    w.cache.lock_page(page);
    sim::read_page(w.cache, page);
    CHECK(page.locked());
    w.cache.wait_on_page_locked(page);
    CHECK(page.uptodate());
    CHECK_FALSE(page.error());
    CHECK(page.content(0, 1).version == file.version);
  });
  CHECK(w.broken() == "nothing");
  CHECK(watcher.error == -EIO);
  CHECK(w.cache.stats().read_errors == 2);
}

TEST_CASE("pages that cannot be added are dropped, and the others are read") {
  VfsWorld w;
  sim::Inode& file = w.file(128);
  w.run([&] {
    w.add_page(file, 0);  // the node of pages 0 to 63 exists
    w.faults.add({sim::FaultPoint::alloc, 1.0, 0});
    CHECK(w.start_read(file, 60, 70) == 4);
    CHECK(file.cached_pages() == 5);
    CHECK(w.cache.pages_in_use() == 5);
    w.cache.wait_on_page_locked(*file.cached(60));
  });
  CHECK(w.broken() == "nothing");
  CHECK(requests(w) == std::to_string(base + 60 * 8) + "+32 ");
}

TEST_CASE("a file's last page is read whole, though the file ends within it") {
  VfsWorld w;
  sim::Inode& file = **w.files.create(5000);
  CHECK(file.page_count() == 2);
  w.run([&] {
    w.start_read(file, 0, 2);
    w.disk.unplug();
  });
  CHECK(requests(w) == "2048+16 ");
}

TEST_CASE("two readers of the same pages share the reads, under any schedule") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    VfsWorld w(VfsOptions{.cpus = 2, .seed = seed});
    sim::Inode& file = w.file(4);
    int added = 0;
    for (int i = 0; i < 2; ++i)
      w.thread("reader", [&] {
        const int mine = w.start_read(file, 0, 4);
        added += mine;
        for (std::uint64_t n = 0; n < 4; ++n) w.cache.wait_on_page_locked(*file.cached(n));
      });
    w.run();
    INFO("seed " << seed << ' ' << w.violation());
    REQUIRE(w.broken() == "nothing");
    REQUIRE(w.all_ended());
    REQUIRE(added == 4);
    for (std::uint64_t n = 0; n < 4; ++n) REQUIRE(file.cached(n)->uptodate());
  }
}
