#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/support/vfs_world.hpp"

using test::VfsOptions;
using test::VfsWorld;

namespace {

/// Every strike of that point fails from here on.
void always_fail(VfsWorld& w, sim::FaultPoint point) {
  w.faults.add({point, 1.0, 0});
}

}  // namespace

TEST_CASE("an added page is found by file and index, locked and never read") {
  VfsWorld w;
  sim::Inode& file = w.file(100);
  w.run([&] {
    CHECK(w.cache.find_get(file, 70) == nullptr);
    sim::Page& page = w.add_page(file, 70);
    CHECK(page.locked());
    CHECK_FALSE(page.uptodate());
    CHECK(page.references() == 2);
    CHECK(page.content(0, 10).version == sim::Page::never_read);
    CHECK(w.cache.find_get(file, 70) == &page);
    CHECK(w.cache.find_get(file, 6) == nullptr);
    CHECK(page.references() == 3);
    w.cache.put(page);
    w.cache.put(page);
    w.cache.unlock_page(page);
    CHECK(file.cached(70) == &page);
  });
  CHECK(w.broken() == "nothing");
  CHECK(w.all_ended());
}

TEST_CASE("a second page at the same index is refused with -EEXIST and stays as it was") {
  VfsWorld w;
  sim::Inode& file = w.file(4);
  w.run([&] {
    sim::Page& first = w.add_page(file, 3);
    sim::Page* second = w.cache.allocate();
    CHECK(w.cache.add(*second, file, 3) == -EEXIST);
    CHECK(file.cached(3) == &first);
    CHECK(second->inode() == nullptr);
    CHECK_FALSE(second->locked());
    CHECK(second->references() == 1);
    w.cache.put(*second);
    CHECK(w.cache.pages_in_use() == 1);
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("the fault page.alloc makes allocation fail, alloc makes adding fail with -ENOMEM") {
  VfsWorld w;
  sim::Inode& file = w.file(200);
  w.run([&] {
    sim::Page& page = w.add_page(file, 0);
    w.cache.unlock_page(page);
    sim::Page* other = w.cache.allocate();
    sim::Page* neighbour = w.cache.allocate();
    always_fail(w, sim::FaultPoint::page_alloc);
    CHECK(w.cache.allocate() == nullptr);
    always_fail(w, sim::FaultPoint::alloc);
    CHECK(w.cache.add(*other, file, 150) == -ENOMEM);
    CHECK(other->inode() == nullptr);
    CHECK(other->references() == 1);
    // The node for pages 0 to 63 is there already: nothing to allocate.
    CHECK(w.cache.add(*neighbour, file, 63) == 0);
    CHECK(w.faults.struck() == 2);
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("a hit is a page that was uptodate when first looked for") {
  VfsWorld w;
  sim::Inode& file = w.file(8);
  w.run([&] {
    sim::RegularFile* open = w.files.open(file);
    w.cache.find_get(file, 7, sim::Lookup::again);
    CHECK(w.cache.stats().lookups == 0);
    CHECK(w.read(*open, 0, 1) == 1);  // reads ahead [0,4)
    CHECK(w.cache.stats().misses == 1);
    CHECK(w.cache.stats().hits == 0);
    CHECK(w.read(*open, 0, 1) == 1);
    CHECK(w.cache.stats().hits == 1);
    CHECK(w.cache.stats().lookups == 2);
    open->put();
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("a page's bytes are those of its file's version at the end of its read") {
  VfsWorld w;
  sim::Inode& file = w.file(2);
  w.run([&] {
    sim::RegularFile* open = w.files.open(file);
    file.version = 7;
    w.read(*open, 0, 2);
    sim::Page* page = w.cache.find_get(file, 1);
    const sim::ContentRun run = page->content(100, 50);
    CHECK(run.source == file.id());
    CHECK(run.offset == sim::page_bytes + 100);
    CHECK(run.length == 50);
    CHECK(run.version == 7);
    file.version = 8;
    CHECK(page->content(0, 1).version == 7);  // stale, until it is read again
    w.cache.put(*page);
    CHECK(w.cache.invalidate(file) == 2);
    w.read(*open, 1, 2);
    page = w.cache.find_get(file, 1);
    CHECK(page->content(0, 1).version == 8);
    w.cache.put(*page);
    open->put();
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("a used page outlives nothing: frames are used again, and their state is new") {
  VfsWorld w;
  sim::Inode& file = w.file(1);
  w.run([&] {
    sim::RegularFile* open = w.files.open(file);
    w.read(*open, 0, 1);
    w.cache.drain_batches();
    w.read(*open, 0, 1);
    const sim::Page* before = file.cached(0);
    CHECK(before->active());
    CHECK(w.cache.evict_all() == 1);
    sim::Page* page = w.cache.allocate();
    CHECK(page == before);
    CHECK_FALSE(page->uptodate());
    CHECK_FALSE(page->active());
    CHECK_FALSE(page->referenced());
    CHECK(page->content(0, 1).version == sim::Page::never_read);
    w.cache.put(*page);
    open->put();
  });
  CHECK(w.broken() == "nothing");
  CHECK(w.cache.pages_in_use() == 0);
}

TEST_CASE("readahead is sane up to half of the inactive and free pages") {
  VfsWorld w(VfsOptions{.capacity_pages = 100});
  sim::Inode& file = w.file(100);
  w.run([&] {
    CHECK(w.cache.max_sane_readahead(128) == 50);
    CHECK(w.cache.max_sane_readahead(8) == 8);
    for (std::uint64_t i = 0; i < 20; ++i) w.cache.put(w.add_page(file, i));
    w.cache.drain_batches();
    CHECK(w.cache.max_sane_readahead(128) == 50);  // 80 free, 20 inactive
    for (std::uint64_t i = 0; i < 20; ++i) {
      w.cache.mark_accessed(*file.cached(i));
      w.cache.mark_accessed(*file.cached(i));
    }
    CHECK(w.cache.max_sane_readahead(128) == 40);  // 80 free, 20 active
  });
}

TEST_CASE("whoever drops the cache's own reference breaks reference_balance") {
  VfsWorld w;
  sim::Inode& file = w.file(1);
  w.run([&] {
    sim::Page& page = w.add_page(file, 0);
    w.cache.put(page);
    w.cache.put(page);
  });
  CHECK(w.broken() == "reference_balance");
}

TEST_CASE("using or freeing a free page breaks reference_balance") {
  for (const bool use : {false, true}) {
    VfsWorld w;
    w.run([&] {
      sim::Page* page = w.cache.allocate();
      w.cache.put(*page);
      if (use)
        w.cache.get(*page);
      else
        w.cache.put(*page);
    });
    CHECK(w.broken() == "reference_balance");
  }
}

TEST_CASE("page operations cost time") {
  VfsWorld w;
  sim::Inode& file = w.file(1);
  w.run([&] {
    const kev::Instant begin = w.kernel.now();
    sim::Page* page = w.cache.allocate();
    CHECK(w.kernel.now() - begin == kev::Duration(250));
    const kev::Instant allocated = w.kernel.now();
    w.cache.add(*page, file, 0);
    CHECK(w.kernel.now() - allocated == kev::Duration(150 + 20));  // and the tree's lock
    const kev::Instant added = w.kernel.now();
    w.cache.find_get(file, 0);
    CHECK(w.kernel.now() - added == kev::Duration(60 + 20));
  });
}
