#include "sim/vfs/file_advice.hpp"

#include <catch2/catch.hpp>

#include "sim/vfs/file_write.hpp"
#include "sim/vfs/write_back.hpp"
#include "tests/support/vfs_world.hpp"

using sim::FileAdvice;
using test::VfsOptions;
using test::VfsWorld;

namespace {

VfsOptions with(const char* readahead) {
  VfsOptions options;
  options.readahead = readahead;
  options.capacity_pages = 16'384;
  options.block.max_sectors_kb = 1280;
  return options;
}

void opened(VfsWorld& w, const std::function<void(sim::RegularFile&)>& body) {
  sim::Inode& file = w.file(8192);
  w.run([&] {
    sim::RegularFile* open = w.files.open(file);
    body(*open);
    open->put();
  });
  CHECK(w.broken() == "nothing");
}

sim::FileRange pages(std::uint64_t begin, std::uint64_t count) {
  return {begin * sim::page_bytes, count * sim::page_bytes};
}

std::uint64_t end_of_cached(const sim::Inode& file, std::uint64_t index) {
  while (file.cached(index) != nullptr) ++index;
  return index;
}

}  // namespace

TEST_CASE("advice to need reads what it says, as far as the generation follows, and waits not") {
  struct Row {
    const char* readahead;
    std::uint64_t end;  ///< of pages [1000, 4000)
  };
  for (const Row& row : {Row{"linux-2.6.18", 4000}, Row{"linux-2.6.23", 1320},
                         Row{"linux-6.10", 1320}, Row{"none", 1000}}) {
    INFO(row.readahead);
    VfsWorld w(with(row.readahead));
    opened(w, [&](sim::RegularFile& file) {
      sim::advise_file(w.readahead, file, pages(1000, 3000), FileAdvice::will_need);
      CHECK(end_of_cached(file.inode(), 1000) == row.end);
      if (row.end == 1000) return;
      CHECK_FALSE(file.inode().cached(row.end - 1)->uptodate());
      sim::read_ahead_file(w.readahead, file, pages(row.end, 10));
      CHECK(end_of_cached(file.inode(), 1000) == row.end + 10);
      w.sleep(kev::Duration(1'000'000'000));
      CHECK(file.inode().cached(row.end - 1)->uptodate());
    });
  }
}

TEST_CASE("2.6.18 reads ahead no more than half of the memory that is free or inactive") {
  VfsOptions options = with("linux-2.6.18");
  options.capacity_pages = 200;
  VfsWorld w(options);
  opened(w, [&](sim::RegularFile& file) {
    sim::read_ahead_file(w.readahead, file, pages(0, 8192));
    CHECK(end_of_cached(file.inode(), 0) == 100);
  });
}

TEST_CASE("sequential doubles the window, random takes readahead away, normal undoes both") {
  for (const char* readahead : {"linux-2.6.18", "linux-2.6.24", "linux-2.6.23", "linux-6.10"}) {
    INFO(readahead);
    VfsWorld w(with(readahead));
    opened(w, [&](sim::RegularFile& file) {
      const auto advise = [&](FileAdvice advice) {
        sim::advise_file(w.readahead, file, {}, advice);
      };
      advise(FileAdvice::sequential);
      CHECK(file.ra.ra_pages == 64);
      advise(FileAdvice::random);
      w.read(file, 100, 101);
      w.read(file, 101, 103);
      CHECK(end_of_cached(file.inode(), 100) == 103);
      advise(FileAdvice::normal);
      CHECK(file.ra.ra_pages == 32);
      advise(FileAdvice::no_reuse);
      w.read(file, 500, 501);
      w.read(file, 501, 504);
      CHECK(end_of_cached(file.inode(), 500) > 504);
    });
  }
}

TEST_CASE("what is not needed goes: whole pages, of later kernels whole folios") {
  VfsWorld old(with("linux-2.6.18"));
  opened(old, [&](sim::RegularFile& file) {
    old.read(file, 0, 16);
    old.cache.drain_batches();
    sim::advise_file(old.readahead, file, {100, 2 * sim::page_bytes}, FileAdvice::dont_need);
    CHECK(file.inode().cached(0) != nullptr);
    CHECK(file.inode().cached(1) == nullptr);
    CHECK(file.inode().cached(2) == nullptr);  // a part of it was outside
    CHECK(file.inode().cached(3) != nullptr);
  });
  VfsWorld later(with("linux-6.10"));
  opened(later, [&](sim::RegularFile& file) {
    for (std::uint64_t page = 0; page < 256; ++page) later.read(file, page, page + 1);
    std::uint64_t head = 0;
    while (file.inode().cached(head)->folio_order() < 3) ++head;
    const std::uint64_t size = 1ULL << file.inode().cached(head)->folio_order();
    sim::advise_file(later.readahead, file, pages(head + 1, size), FileAdvice::dont_need);
    CHECK(file.inode().cached(head + 1) != nullptr);
    sim::advise_file(later.readahead, file, pages(head, size), FileAdvice::dont_need);
    CHECK(end_of_cached(file.inode(), 0) == head);
    CHECK(file.inode().cached(head + size) != nullptr);
  });
}

TEST_CASE("what is not needed but dirty is written first, and goes the next time") {
  struct Row {
    const char* readahead;
    std::size_t written;  ///< of 8 dirty pages, with advice about [2, 4)
  };
  for (const Row& row : {Row{"linux-2.6.18", 8}, Row{"linux-6.10", 2}}) {
    INFO(row.readahead);
    VfsWorld w(with(row.readahead));
    opened(w, [&](sim::RegularFile& file) {
      sim::Inode& inode = file.inode();
      REQUIRE(sim::write_file(w.cache, inode, 0, 8 * sim::page_bytes) == 8 * 4096);
      w.cache.drain_batches();
      const auto advise = [&] {
        sim::advise_file(w.readahead, file, pages(2, 2), FileAdvice::dont_need);
      };
      advise();
      CHECK(w.cache.write_back().writeback_pages() == row.written);
      CHECK(inode.cached(2) != nullptr);
      CHECK(inode.cached(5)->dirty() == (row.written == 2));
      w.sleep(kev::Duration(1'000'000'000));
      w.cache.drain_batches();
      advise();
      CHECK(inode.cached(2) == nullptr);
      CHECK(inode.cached(3) == nullptr);
      CHECK(inode.cached(5) != nullptr);
      w.kernel.stop();
    });
  }
}

TEST_CASE("2.6.18 starts no write for advice while the disk has its fill of writes") {
  VfsOptions options = with("linux-2.6.18");
  options.disk_service = kev::Duration(100'000'000);
  VfsWorld w(options);
  opened(w, [&](sim::RegularFile& file) {
    sim::Inode& inode = file.inode();
    const auto write = [&](std::uint64_t page) {
      REQUIRE(sim::write_file(w.cache, inode, page * sim::page_bytes, sim::page_bytes) == 4096);
    };
    // Pages that do not touch each other: a request each, one more than congests the queue.
    for (std::uint64_t i = 0; i < 120; ++i) write(2 * i);
    sim::advise_file(w.readahead, file, {}, FileAdvice::dont_need);
    CHECK(inode.disk().queue().congested(true));
    CHECK(w.cache.write_back().dirty_pages() == 0);
    write(1000);
    sim::advise_file(w.readahead, file, {}, FileAdvice::dont_need);
    CHECK(inode.cached(1000)->dirty());
    w.kernel.stop();
  });
}
