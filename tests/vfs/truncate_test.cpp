// Files that get another size while their pages are read and used.

#include <catch2/catch.hpp>

#include "sim/vfs/file_changes.hpp"
#include "sim/vfs/truncate.hpp"
#include "tests/support/vfs_world.hpp"

using namespace kev::literals;
using test::VfsOptions;
using test::VfsWorld;

namespace {

std::uint32_t shown(sim::Inode& file, std::uint64_t index) {
  return file.cached(index)->content(0, 1).version;
}

}  // namespace

TEST_CASE("truncate takes the pages behind the new end out, and counts their blocks as free") {
  VfsWorld w;
  sim::Inode& file = w.file(8);
  w.run([&] {
    sim::RegularFile* open = w.files.open(file);
    CHECK(w.read(*open, 0, 8) == 8);
    sim::truncate_file(w.cache, file, 3 * sim::page_bytes);
    CHECK(file.size_bytes() == 3 * sim::page_bytes);
    CHECK(file.cached_pages() == 3);
    CHECK(file.sector_of(2) != sim::Inode::hole);
    CHECK(file.sector_of(3) == sim::Inode::hole);
    CHECK(w.read(*open, 0, 8) == 3);
    open->put();
  });
  CHECK(w.broken() == "nothing");
  CHECK(w.cache.pages_in_use() == 3);
  CHECK(w.cache.stats().truncated == 5);
}

TEST_CASE("truncate waits for a page that is being read") {
  VfsWorld w(VfsOptions{.disk_service = 10_ms});
  sim::Inode& file = w.file(4);
  kev::Instant cut;
  w.thread("reader", [&] {
    w.start_read(file, 0, 4);
    w.disk.unplug();
  });
  w.thread("cutter", [&] {
    sim::truncate_file(w.cache, file, sim::page_bytes);
    cut = w.kernel.now();
  });
  w.run();
  CHECK(w.broken() == "nothing");
  CHECK(w.all_ended());
  CHECK(cut >= kev::Instant(10'000'000));
  CHECK(file.cached_pages() == 1);
}

TEST_CASE("who waits for a page that is truncated finds it in no file and not uptodate") {
  VfsWorld w;
  sim::Inode& file = w.file(4);
  bool in_file = true;
  bool uptodate = true;
  w.thread("holder", [&] {
    sim::Page& page = w.add_page(file, 3);
    w.sleep(2_ms);
    w.cache.unlock_page(page);
    w.sleep(1_ms);
    in_file = page.inode() != nullptr;
    uptodate = page.uptodate();
    w.cache.put(page);
  });
  w.thread("cutter", [&] {
    w.sleep(1_ms);
    sim::truncate_file(w.cache, file, 0);
  });
  w.run();
  CHECK(w.broken() == "nothing");
  CHECK_FALSE(in_file);
  CHECK_FALSE(uptodate);
  CHECK(w.cache.pages_in_use() == 0);
}

TEST_CASE("the page that the new end lies in is read and zeroed from there on") {
  VfsWorld w;
  sim::Inode& file = w.file(4);
  w.run([&] {
    const std::uint32_t before = file.version;
    sim::truncate_file(w.cache, file, sim::page_bytes + 100);
    CHECK(file.version == before + 1);
    REQUIRE(file.cached(1) != nullptr);
    CHECK(file.cached(1)->uptodate());
    CHECK(shown(file, 1) == before + 1);
    CHECK_FALSE(file.cached(1)->locked());
    CHECK(file.cached(1)->dirty());
    CHECK(file.cached(2) == nullptr);
    REQUIRE(w.raw_disk->started.size() == 1);
    CHECK(w.raw_disk->started[0].sectors == sim::page_sectors);
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("a file that grows again has zeros there, without reading") {
  VfsWorld w;
  sim::Inode& file = w.file(4);
  w.run([&] {
    sim::RegularFile* open = w.files.open(file);
    sim::truncate_file(w.cache, file, sim::page_bytes);
    sim::truncate_file(w.cache, file, 4 * sim::page_bytes);
    CHECK(file.size_bytes() == 4 * sim::page_bytes);
    CHECK(w.read(*open, 1, 4) == 3);
    CHECK(shown(file, 3) == file.version);
    CHECK(w.raw_disk->started.empty());
    open->put();
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("a page that is read behind the end of its file is one of zeros") {
  VfsWorld w;
  sim::Inode& file = w.file(4);
  w.run([&] {
    sim::truncate_file(w.cache, file, sim::page_bytes);
    sim::Page& late = w.add_page(file, 2);
    sim::read_page(w.cache, late);
    CHECK(late.uptodate());
    CHECK(shown(file, 2) == file.version);
    w.cache.put(late);
  });
  CHECK(w.broken() == "nothing");
  CHECK(w.raw_disk->started.empty());
}

TEST_CASE("a reader may see what a page was when he began, and what it became, and no more") {
  VfsWorld w;
  sim::Inode& file = w.file(4);
  w.run([&] {
    CHECK(file.may_show(0, 1, 1));
    CHECK_FALSE(file.may_show(0, sim::Page::never_read, 1));
    sim::truncate_file(w.cache, file, 2 * sim::page_bytes);
    const std::uint32_t cut = file.version;
    CHECK(file.may_show(1, 1, cut));        // before the cut: as it was
    CHECK_FALSE(file.may_show(1, cut, 1));  // and never anything else
    CHECK(file.may_show(3, 1, 1));          // began before it
    CHECK(file.may_show(3, cut, 1));
    CHECK_FALSE(file.may_show(3, 1, cut));
    CHECK(file.may_show(3, cut, cut));
    CHECK_FALSE(file.may_show(3, cut + 1, 1));
    file.changes().wrote(3, 7);
    CHECK(file.may_show(3, 7, cut));
    CHECK_FALSE(file.may_show(3, cut, 7));
  });
}

TEST_CASE("truncate and readers, under any schedule: nobody waits for ever, nothing is left") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    VfsWorld w(VfsOptions{.cpus = 2, .seed = seed});
    sim::Inode& file = w.file(6);
    int ended = 0;
    for (int i = 0; i < 2; ++i)
      w.thread("reader", [&] {
        w.start_read(file, 0, 6);
        ++ended;
      });
    w.thread("cutter", [&] {
      sim::truncate_file(w.cache, file, sim::page_bytes * 3 / 2);
      sim::truncate_file(w.cache, file, 6 * sim::page_bytes);
      ++ended;
    });
    w.run();
    INFO("seed " << seed << ' ' << w.violation());
    CHECK(w.broken() == "nothing");
    CHECK(ended == 3);
    for (std::uint64_t i = 0; i < 6; ++i) {
      const sim::Page* page = file.cached(i);
      if (page == nullptr) continue;
      CHECK(page->uptodate());
      CHECK(file.may_show(i, shown(file, i), file.version));
    }
  }
}

TEST_CASE("the fault cache.truncate cuts through a read, and gives the size back later") {
  VfsWorld w;
  sim::Inode& file = w.file(64);
  w.run([&] {
    sim::FaultRule rule;
    rule.point = sim::FaultPoint::cache_truncate;
    rule.delay = 50_ms;
    rule.nth = 1;
    w.faults.add(rule);
    w.start_read(file, 16, 32);
    w.disk.unplug();
    w.sleep(20_ms);
    CHECK(file.size_bytes() == 24 * sim::page_bytes + sim::page_bytes / 8);
    CHECK(file.cached_pages() == 9);
    w.sleep(50_ms);
    CHECK(file.size_bytes() == 64 * sim::page_bytes);
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("the fault cache.cut cuts through a read for good, and again through what is left") {
  VfsWorld w;
  sim::Inode& file = w.file(64);
  w.run([&] {
    sim::FaultRule rule;
    rule.point = sim::FaultPoint::cache_cut;
    rule.count = 2;
    w.faults.add(rule);
    w.start_read(file, 16, 32);
    w.disk.unplug();
    w.sleep(200_ms);
    CHECK(file.size_bytes() == 24 * sim::page_bytes + sim::page_bytes / 8);
    w.start_read(file, 0, 16);
    w.disk.unplug();
    w.sleep(10'000_ms);
    CHECK(file.size_bytes() == 8 * sim::page_bytes + sim::page_bytes / 8);
  });
  CHECK(w.broken() == "nothing");
}
