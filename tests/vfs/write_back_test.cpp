// Writing to files: which pages become dirty, who writes them, when, and who waits.

#include <catch2/catch.hpp>
#include <cerrno>

#include "sim/vfs/file_changes.hpp"
#include "sim/vfs/file_write.hpp"
#include "sim/vfs/truncate.hpp"
#include "sim/vfs/write_back.hpp"
#include "tests/support/vfs_world.hpp"

using namespace kev::literals;
using sim::page_bytes;
using test::VfsOptions;
using test::VfsWorld;

namespace {

std::uint32_t version_of(sim::Inode& file, std::uint64_t index) {
  return file.cached(index)->content(0, 1).version;
}

/// Writes whole pages [begin, end).
void write_pages(VfsWorld& w, sim::Inode& file, std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t bytes = (end - begin) * page_bytes;
  CHECK(sim::write_file(w.cache, file, begin * page_bytes, bytes) ==
        static_cast<std::int64_t>(bytes));
}

std::size_t writes(const VfsWorld& w) {
  std::size_t count = 0;
  for (const sim::DiskRequest& request : w.raw_disk->started) count += request.write ? 1 : 0;
  return count;
}

sim::FaultRule failing_write(std::int64_t nth) {
  sim::FaultRule rule;
  rule.point = sim::FaultPoint::disk_write;
  rule.nth = nth;
  return rule;
}

}  // namespace

TEST_CASE("a write makes pages dirty and the file longer, and reads nothing behind its end") {
  VfsWorld w;
  sim::Inode& file = **w.files.create_empty(8 * page_bytes);
  w.run([&] {
    CHECK(sim::write_file(w.cache, file, 0, 2 * page_bytes + 100) == 2 * 4096 + 100);
    CHECK(file.size_bytes() == 2 * page_bytes + 100);
    CHECK(w.cache.write_back().dirty_pages() == 3);
    CHECK(file.cached(2)->dirty());
    CHECK(file.cached(2)->uptodate());
    CHECK_FALSE(file.cached(2)->locked());
    CHECK(w.raw_disk->started.empty());
    CHECK(sim::write_file(w.cache, file, 7 * page_bytes, 2 * page_bytes) == 4096);
    CHECK(sim::write_file(w.cache, file, 8 * page_bytes, 1) == -ENOSPC);
    w.kernel.stop();
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("only a page of which a part is written, and that nobody has, is read first") {
  VfsWorld w;
  sim::Inode& file = w.file(8);
  w.run([&] {
    write_pages(w, file, 0, 2);
    CHECK(w.raw_disk->started.empty());
    CHECK(sim::write_file(w.cache, file, 4 * page_bytes + 10, 20) == 20);
    REQUIRE(w.raw_disk->started.size() == 1);
    CHECK(w.raw_disk->started[0].sector == file.sector_of(4));
    CHECK(sim::write_file(w.cache, file, 4 * page_bytes, 20) == 20);
    CHECK(w.raw_disk->started.size() == 1);
    CHECK(version_of(file, 4) == file.version);
    w.kernel.stop();
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("fsync writes neighbours in one request, waits, and then the disk has them") {
  VfsWorld w;
  sim::Inode& file = w.file(8);
  w.run([&] {
    write_pages(w, file, 1, 5);
    const std::uint32_t version = version_of(file, 3);
    const kev::Instant begin = w.kernel.now();
    CHECK(w.cache.write_back().sync(file) == 0);
    CHECK(w.kernel.now() - begin >= 1_ms);
    REQUIRE(w.raw_disk->started.size() == 1);
    CHECK(w.raw_disk->started[0].write);
    CHECK(w.raw_disk->started[0].sector == file.sector_of(1));
    CHECK(w.raw_disk->started[0].sectors == 4 * sim::page_sectors);
    CHECK(w.cache.write_back().dirty_pages() == 0);
    CHECK(w.cache.write_back().writeback_pages() == 0);
    CHECK_FALSE(file.cached(3)->writeback());
    CHECK(w.cache.invalidate(file) == 4);
    sim::RegularFile* open = w.files.open(file);
    CHECK(w.read(*open, 0, 8) == 8);
    CHECK(version_of(file, 3) == version);
    CHECK(version_of(file, 0) == 1);
    open->put();
  });
  CHECK(w.broken() == "nothing");
  CHECK(w.cache.stats().evictions == 4);
}

TEST_CASE("fsync tells of a failed write once; what was lost is lost") {
  VfsWorld w;
  sim::Inode& file = w.file(4);
  w.run([&] {
    w.faults.add(failing_write(1));
    write_pages(w, file, 0, 2);
    const std::uint32_t newest = file.version;
    CHECK(w.cache.write_back().sync(file) == -EIO);
    CHECK(w.cache.write_back().sync(file) == 0);
    CHECK(w.cache.write_back().stats().failed_pages == 2);
    CHECK(version_of(file, 0) == newest - 1);
    CHECK(w.cache.invalidate(file) == 2);
    sim::RegularFile* open = w.files.open(file);
    CHECK(w.read(*open, 0, 1) == 1);
    CHECK(version_of(file, 0) == 1);
    CHECK(file.may_show(0, 1, newest));
    CHECK_FALSE(file.may_show(2, newest, newest));
    open->put();
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("what is dirty for 30 s is written when the periodic writer comes next") {
  VfsWorld w;
  sim::Inode& file = w.file(4);
  w.run([&] {
    w.sleep(2'000_ms);
    write_pages(w, file, 0, 2);
    w.sleep(32'900_ms);
    CHECK(w.raw_disk->started.empty());  // at 30 s it was not old enough
    w.sleep(200_ms);
    CHECK(writes(w) == 1);
    CHECK_FALSE(file.cached(0)->dirty());
  });
  CHECK(w.broken() == "nothing");
  CHECK(w.kernel.now() < kev::Instant(45'000'000'000));  // and then nobody comes any more
}

TEST_CASE("above the background limit pdflush writes until it is kept; writers go on") {
  VfsWorld w(VfsOptions{.capacity_pages = 1024});
  sim::Inode& file = w.file(200);
  w.run([&] {
    CHECK(w.cache.write_back().background_limit() == 102);
    CHECK(w.cache.write_back().limit() == 409);
    write_pages(w, file, 0, 90);
    w.sleep(1'000_ms);
    CHECK(w.raw_disk->started.empty());
    write_pages(w, file, 90, 140);
    CHECK(w.cache.write_back().stats().throttled == 0);
    w.sleep(1'000_ms);
    CHECK(w.cache.write_back().dirty_pages() < 102);
    CHECK(writes(w) != 0);
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("a writer that is faster than the disk is held up at the limit") {
  VfsWorld w(VfsOptions{.capacity_pages = 1024, .disk_service = 20_ms});
  sim::Inode& file = w.file(4000);
  std::uint64_t most = 0;
  w.run([&] {
    for (std::uint64_t i = 0; i < 4000; i += 4) {
      write_pages(w, file, i, i + 4);
      const sim::WriteBack& back = w.cache.write_back();
      most = std::max(most, back.dirty_pages() + back.writeback_pages());
    }
    const sim::WriteBack& back = w.cache.write_back();
    CHECK(back.stats().throttled != 0);
    CHECK(back.stats().throttled_time > 100_ms);
    CHECK(most >= back.limit());
    CHECK(most < back.limit() * 5 / 4);
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("reclaim writes what is dirty and not used, and evicts it when it comes by again") {
  VfsWorld w;
  sim::Inode& file = w.file(5);
  std::vector<std::uint32_t> versions;
  w.run([&] {
    write_pages(w, file, 0, 5);
    for (std::uint64_t i = 0; i < 5; ++i) versions.push_back(version_of(file, i));
    CHECK(w.cache.evict_all() == 0);  // they have been used
    CHECK(w.cache.write_back().stats().paged_out == 0);
    CHECK(w.cache.evict_all() == 0);
    CHECK(w.cache.write_back().stats().paged_out == 5);
    CHECK(w.cache.write_back().writeback_pages() == 5);
    CHECK(w.cache.evict_all() == 0);  // they are being written
    w.sleep(20_ms);
    CHECK(w.cache.evict_all() == 5);
    sim::RegularFile* open = w.files.open(file);
    CHECK(w.read(*open, 0, 5) == 5);
    for (std::uint64_t i = 0; i < 5; ++i) CHECK(version_of(file, i) == versions[i]);
    open->put();
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("when memory is full of dirty pages, who wants some waits until they are written") {
  VfsWorld w(VfsOptions{.capacity_pages = 64});
  sim::Inode& file = w.file(60);
  sim::Inode& other = w.file(400);
  w.run([&] {
    write_pages(w, file, 0, 60);
    sim::RegularFile* open = w.files.open(other);
    CHECK(w.read(*open, 0, 400) == 400);
    open->put();
    CHECK(file.cached_pages() < 60);
    CHECK(w.cache.write_back().stats().pages_written == 60);
    open = w.files.open(file);
    CHECK(w.read(*open, 0, 60) == 60);
    for (std::uint64_t i = 30; i < 60; ++i) CHECK(version_of(file, i) == i + 2);
    open->put();
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("pages that are truncated are not written any more") {
  VfsWorld w;
  sim::Inode& file = w.file(20);
  w.run([&] {
    write_pages(w, file, 0, 20);
    sim::truncate_file(w.cache, file, 4 * page_bytes);
    CHECK(w.cache.write_back().dirty_pages() == 4);
    CHECK(w.cache.write_back().sync(file) == 0);
    CHECK(w.cache.write_back().stats().pages_written == 4);
    CHECK(w.cache.pages_in_use() == 4);
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("truncate waits for a page that is being written") {
  VfsWorld w(VfsOptions{.disk_service = 10_ms});
  sim::Inode& file = w.file(4);
  kev::Instant cut;
  w.thread("writer", [&] {
    write_pages(w, file, 0, 4);
    w.cache.write_back().sync(file);
  });
  w.thread("cutter", [&] {
    w.sleep(5_ms);
    CHECK(w.cache.write_back().writeback_pages() == 4);
    sim::truncate_file(w.cache, file, 0);
    cut = w.kernel.now();
  });
  w.run();
  CHECK(w.broken() == "nothing");
  CHECK(cut >= kev::Instant(10'000'000));
  CHECK(w.cache.pages_in_use() == 0);
}

TEST_CASE("a page that is written to while it is being written is dirty again") {
  VfsWorld w(VfsOptions{.disk_service = 10_ms});
  sim::Inode& file = w.file(1);
  w.thread("syncer", [&] {
    write_pages(w, file, 0, 1);
    CHECK(w.cache.write_back().sync(file) == 0);
    CHECK(file.version_on_disk(0) == 2);
    CHECK(w.cache.write_back().sync(file) == 0);
    CHECK(file.version_on_disk(0) == 3);
  });
  w.thread("writer", [&] {
    w.sleep(5_ms);
    CHECK(file.cached(0)->writeback());
    write_pages(w, file, 0, 1);
    CHECK(w.kernel.now() < kev::Instant(6'000'000));
    CHECK(file.cached(0)->dirty());
  });
  w.run();
  CHECK(w.broken() == "nothing");
}

TEST_CASE("writers, readers, fsync and truncate, under any schedule") {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    VfsWorld w(VfsOptions{.cpus = 2, .seed = seed, .capacity_pages = 12});
    sim::Inode& file = w.file(6);
    int ended = 0;
    w.thread("reader", [&] {
      sim::RegularFile* open = w.files.open(file);
      for (int i = 0; i < 2; ++i) {
        const std::uint32_t since = file.version;
        w.read(*open, 0, 6);
        for (std::uint64_t at = 0; at < file.page_count(); ++at) {
          const sim::Page* page = file.cached(at);
          if (page == nullptr || !page->uptodate()) continue;
          INFO("seed " << seed << " page " << at << " version " << page->content(0, 1).version
                       << " since " << since);
          CHECK(file.may_show(at, page->content(0, 1).version, since));
        }
      }
      open->put();
      ++ended;
    });
    w.thread("writer", [&] {
      sim::write_file(w.cache, file, 100, 3 * page_bytes);
      CHECK(w.cache.write_back().sync(file) == 0);
      sim::write_file(w.cache, file, 2 * page_bytes, 4 * page_bytes);
      ++ended;
    });
    w.thread("cutter", [&] {
      sim::truncate_file(w.cache, file, page_bytes * 3 / 2);
      CHECK(w.cache.write_back().sync(file) == 0);
      sim::truncate_file(w.cache, file, 6 * page_bytes);
      ++ended;
    });
    w.run();
    CHECK(ended == 3);
    INFO("seed " << seed << ' ' << w.violation());
    CHECK(w.broken() == "nothing");
    CHECK(w.cache.write_back().dirty_pages() == 0);
    CHECK(w.cache.write_back().writeback_pages() == 0);
  }
}
