#include "sim/vfs/file_map.hpp"

#include <catch2/catch.hpp>

#include "sim/vfs/file_advice.hpp"
#include "tests/support/vfs_world.hpp"

using sim::FileAdvice;
using sim::FileMapping;
using test::VfsOptions;
using test::VfsWorld;

namespace {

VfsOptions with(const char* readahead) {
  VfsOptions options;
  options.readahead = readahead;
  options.capacity_pages = 40'000;
  options.block.max_sectors_kb = 1280;
  return options;
}

/// In a thread, with a file of 16384 pages opened and mapped.
void mapped(VfsWorld& w, const std::function<void(sim::RegularFile&, FileMapping&)>& body) {
  sim::Inode& file = w.file(16384);
  w.run([&] {
    sim::RegularFile* open = w.files.open(file);
    FileMapping mapping(w.readahead, *open);
    body(*open, mapping);
    mapping.unmap();
    open->put();
  });
  CHECK(w.broken() == "nothing");
  CHECK(w.all_ended());
}

/// "84+32 ": what is cached, range by range.
std::string cached(const sim::Inode& file) {
  std::string out;
  for (std::uint64_t i = file.next_cached(0); i != sim::Inode::hole; i = file.next_cached(i)) {
    const std::uint64_t begin = i;
    while (file.cached(i) != nullptr) ++i;
    out += std::to_string(begin) + '+' + std::to_string(i - begin) + ' ';
  }
  return out;
}

}  // namespace

TEST_CASE("a page fault reads around the page, until faults miss too often") {
  for (const char* readahead : {"linux-2.6.18", "linux-2.6.23", "linux-6.10"}) {
    INFO(readahead);
    VfsWorld w(with(readahead));
    mapped(w, [&](sim::RegularFile& file, FileMapping& mapping) {
      CHECK(mapping.touch(100) != nullptr);
      CHECK(cached(file.inode()) == "84+32 ");
      CHECK(mapping.touch(3) != nullptr);
      CHECK(cached(file.inode()) == "0+32 84+32 ");
      file.ra.mmap_miss = 1000;
      CHECK(mapping.touch(5000) != nullptr);
      file.ra.ra_pages = 0;
      CHECK(mapping.touch(6000) != nullptr);
      CHECK(cached(file.inode()) == "0+32 84+32 5000+1 6000+1 ");
    });
  }
}

TEST_CASE("2.6.18 counts faults that hit apart, and maps only what was touched") {
  VfsWorld w(with("linux-2.6.18"));
  mapped(w, [&](sim::RegularFile& file, FileMapping& mapping) {
    mapping.touch(0);
    CHECK(file.ra.mmap_miss == 1);
    CHECK(file.ra.mmap_hit == 0);
    CHECK_FALSE(mapping.mapped(1));
    mapping.touch(1);
    mapping.touch(1);
    CHECK(file.ra.mmap_hit == 1);
    CHECK(file.inode().cached(1)->referenced());
    file.ra.mmap_miss = 1000;
    mapping.touch(5000);
    CHECK(file.ra.mmap_miss == 1001);
    CHECK(file.ra.mmap_hit == 2);  // the page that was read alone
  });
}

TEST_CASE("later kernels map around a fault, but no marked page, whose own fault reads on") {
  VfsWorld w(with("linux-6.10"));
  mapped(w, [&](sim::RegularFile& file, FileMapping& mapping) {
    mapping.touch(0);
    CHECK(cached(file.inode()) == "0+32 ");
    CHECK(mapping.mapped(15));
    CHECK_FALSE(mapping.mapped(16));
    CHECK_FALSE(file.inode().cached(15)->referenced());
    for (std::uint64_t page = 1; page < 24; ++page) mapping.touch(page);
    CHECK(cached(file.inode()) == "0+32 ");
    CHECK_FALSE(mapping.mapped(24));
    mapping.touch(24);
    CHECK(cached(file.inode()) == "0+64 ");
  });
}

TEST_CASE("touched pages are marked accessed when the mapping goes") {
  VfsWorld w(with("linux-6.10"));
  mapped(w, [&](sim::RegularFile& file, FileMapping& mapping) {
    mapping.touch(2);
    mapping.unmap();
    CHECK(file.inode().cached(2)->referenced());
    CHECK_FALSE(file.inode().cached(3)->referenced());
  });
}

TEST_CASE("a mapped page is not given up; one that is truncated is SIGBUS") {
  VfsWorld w(with("linux-2.6.18"));
  mapped(w, [&](sim::RegularFile& file, FileMapping& mapping) {
    sim::Page* page = mapping.touch(10);
    w.cache.drain_batches();
    sim::advise_file(w.readahead, file, {}, FileAdvice::dont_need);
    CHECK(cached(file.inode()) == "10+1 ");
    CHECK(mapping.touch(10) == page);
    file.inode().set_size(0);
    w.cache.remove_pages(file.inode(), 0);
    CHECK_FALSE(mapping.mapped(10));
    CHECK(mapping.touch(10) == nullptr);
  });
}

TEST_CASE("a page that cannot be read is SIGBUS") {
  for (const char* readahead : {"linux-2.6.18", "linux-6.10"}) {
    VfsWorld w(with(readahead));
    w.faults.add({sim::FaultPoint::disk_read, 1.0, 0});
    mapped(w, [&](sim::RegularFile&, FileMapping& mapping) {
      CHECK(mapping.touch(10) == nullptr);
      w.faults.stop();
      CHECK(mapping.touch(10) != nullptr);
      CHECK(mapping.touch(16384) == nullptr);
    });
  }
}
