#include "sim/vfs/file_read.hpp"

#include <catch2/catch.hpp>
#include <cerrno>

#include "sim/vfs/uptodate_page.hpp"
#include "tests/support/vfs_world.hpp"

using test::VfsOptions;
using test::VfsWorld;

namespace {

using Runs = std::vector<sim::ContentRun>;

VfsOptions with(const char* readahead) {
  VfsOptions options;
  options.readahead = readahead;
  return options;
}

/// Takes pages as they come, uptodate or not, and holds them.
struct HoldPages final : sim::PageTaker {
  explicit HoldPages(sim::PageCache& page_cache) : cache(page_cache) {}
  long take(sim::Page& page, std::uint32_t, std::uint32_t length) override {
    cache.get(page);
    pages.push_back(&page);
    uptodate += page.uptodate() ? 1 : 0;
    return length;
  }
  void let_go() {
    for (sim::Page* page : pages) cache.put(*page);
    pages.clear();
  }
  sim::PageCache& cache;
  std::vector<sim::Page*> pages;
  int uptodate = 0;
};

}  // namespace

TEST_CASE("a read copies the file's bytes, from and to any byte, and ends with the file") {
  for (const char* readahead : {"linux-2.6.18", "linux-2.6.23", "linux-6.10", "none"}) {
    INFO(readahead);
    VfsWorld w(with(readahead));
    sim::Inode& file = **w.files.create(3 * sim::page_bytes + 100);
    w.run([&] {
      sim::RegularFile* open = w.files.open(file);
      Runs runs;
      sim::CopyToUser taker(w.kernel, runs);
      CHECK(sim::read_file(w.readahead, *open, {4000, 5000}, taker) == 5000);
      REQUIRE(runs.size() == 1);
      CHECK(runs[0].source == file.id());
      CHECK(runs[0].offset == 4000);
      CHECK(runs[0].length == 5000);
      CHECK(sim::read_file(w.readahead, *open, {9000, 100'000}, taker) ==
            static_cast<long>(3 * sim::page_bytes + 100 - 9000));
      CHECK(sim::read_file(w.readahead, *open, {3 * sim::page_bytes + 100, 1}, taker) == 0);
      open->put();
    });
    CHECK(w.broken() == "nothing");
    CHECK(w.all_ended());
  }
}

TEST_CASE("copying costs time by the byte") {
  VfsWorld w(with("none"));
  sim::Inode& file = w.file(16);
  w.run([&] {
    sim::RegularFile* open = w.files.open(file);
    w.read(*open, 0, 16);
    const auto time_of = [&](sim::PageTaker& taker) {
      const kev::Instant begin = w.kernel.now();
      sim::read_file(w.readahead, *open, {0, 16 * sim::page_bytes}, taker);
      return w.kernel.now() - begin;
    };
    HoldPages hold(w.cache);
    time_of(hold);  // the pages have come to the active list
    const kev::Duration without = time_of(hold);
    hold.let_go();
    Runs runs;
    sim::CopyToUser copy(w.kernel, runs);
    const kev::Duration copied = time_of(copy);
    CHECK((copied - without).ns() == 16 * 2048);  // 500 ps a byte
    open->put();
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("small reads that follow each other in a page mark it accessed once") {
  for (const char* readahead : {"linux-2.6.18", "linux-6.10"}) {
    INFO(readahead);
    VfsWorld w(with(readahead));
    sim::Inode& file = w.file(4);
    w.run([&] {
      sim::RegularFile* open = w.files.open(file);
      w.read(*open, 0, 4);
      w.cache.evict_all();
      Runs runs;
      sim::CopyToUser taker(w.kernel, runs);
      const auto read = [&](std::uint64_t offset) {
        CHECK(sim::read_file(w.readahead, *open, {offset, 1024}, taker) == 1024);
      };
      for (std::uint64_t offset = 0; offset < 2 * sim::page_bytes; offset += 1024) read(offset);
      w.cache.drain_batches();
      CHECK(file.cached(0)->referenced());
      CHECK_FALSE(file.cached(0)->active());
      read(0);  // another page was read meanwhile
      CHECK(file.cached(0)->active());
      open->put();
    });
    CHECK(w.broken() == "nothing");
  }
}

TEST_CASE("by batch: a page whose read fails ends the read after the bytes before it") {
  VfsWorld w(with("linux-2.6.23"));
  sim::Inode& file = w.file(40);
  w.run([&] {
    sim::RegularFile* open = w.files.open(file);
    CHECK(w.read(*open, 0, 1) == 1);  // brings pages 0 to 3
    w.faults.add({sim::FaultPoint::disk_read, 1.0, 0});
    Runs runs;
    sim::CopyToUser taker(w.kernel, runs);
    CHECK(sim::read_file(w.readahead, *open, {0, 8 * sim::page_bytes}, taker) ==
          static_cast<long>(4 * sim::page_bytes));
    CHECK(sim::read_file(w.readahead, *open, {4 * sim::page_bytes, 1}, taker) == -EIO);
    CHECK(open->ra.ra_pages < 32);
    open->put();
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("2.6.18: a splice asks readahead once, and hands on what that does not bring") {
  VfsWorld w;
  sim::Inode& file = w.file(64);
  w.run([&] {
    sim::RegularFile* open = w.files.open(file);
    open->ra.ra_pages = 4;  // a window smaller than what a pipe holds
    HoldPages hold(w.cache);
    CHECK(sim::splice_file(w.readahead, *open, {0, 16 * sim::page_bytes}, hold) ==
          static_cast<long>(16 * sim::page_bytes));
    REQUIRE(hold.pages.size() == 16);
    CHECK(hold.uptodate == 8);  // the windows of the request and ahead of it
    CHECK_FALSE(hold.pages[15]->uptodate());
    CHECK(sim::confirm_page(w.cache, *hold.pages[15]) == 0);
    CHECK(hold.pages[15]->uptodate());
    hold.let_go();
    open->put();
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("who takes a page from a pipe hears of its error, or that it was truncated") {
  VfsWorld w(with("none"));
  sim::Inode& file = w.file(4);
  w.run([&] {
    sim::RegularFile* open = w.files.open(file);
    HoldPages hold(w.cache);
    w.faults.add({sim::FaultPoint::disk_read, 1.0, 0});
    CHECK(sim::splice_file(w.readahead, *open, {0, 2 * sim::page_bytes}, hold) == 8192);
    CHECK(sim::confirm_page(w.cache, *hold.pages[0]) == -EIO);
    sim::confirm_page(w.cache, *hold.pages[1]);
    w.faults.stop();
    file.set_size(0);
    w.cache.remove_pages(file, 0);
    CHECK(sim::confirm_page(w.cache, *hold.pages[1]) == -ENODATA);
    hold.let_go();
    open->put();
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("later kernels' splice waits for its pages, and its position moves with them") {
  VfsWorld w(with("linux-6.10"));
  sim::Inode& file = w.file(64);
  w.run([&] {
    sim::RegularFile* open = w.files.open(file);
    HoldPages hold(w.cache);
    CHECK(sim::splice_file(w.readahead, *open, {0, 16 * sim::page_bytes}, hold) == 65'536);
    CHECK(hold.uptodate == 16);
    CHECK(open->ra.splice);
    CHECK(open->ra.prev_pos == 65'536);
    hold.let_go();
    CHECK(w.read(*open, 0, 1) == 1);
    CHECK_FALSE(open->ra.splice);
    open->put();
  });
  CHECK(w.broken() == "nothing");
}
