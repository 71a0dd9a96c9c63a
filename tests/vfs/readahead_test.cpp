#include <catch2/catch.hpp>

#include "tests/support/vfs_world.hpp"

using test::VfsOptions;
using test::VfsWorld;

namespace {

/// Writes down every window: "0+4(3)" with the marker as pages before the end.
struct Windows final : sim::ReadaheadObserver {
  explicit Windows(VfsWorld& w) { w.readahead.set_observer(this); }
  void on_window(const sim::RegularFile&, const sim::ReadaheadWindow& window) override {
    text += std::to_string(window.start) + '+' + std::to_string(window.count);
    if (window.marker != sim::ReadaheadPages::no_marker)
      text += '(' + std::to_string(window.start + window.count - window.marker) + ')';
    text += ' ';
    fresh += window.fresh;
  }
  std::string text;
  std::uint64_t fresh = 0;
};

/// The windows of reading a file of that many pages, `step` pages at a time, and the world after
/// it.
std::string windows_of(VfsWorld& w, std::uint64_t pages, std::uint64_t step) {
  Windows windows(w);
  sim::Inode& file = w.file(pages);
  w.run([&] {
    sim::RegularFile* open = w.files.open(file);
    for (std::uint64_t i = 0; i < pages; i += step)
      CHECK(w.read(*open, i, i + step) == std::min(step, pages - i));
    open->put();
  });
  CHECK(w.broken() == "nothing");
  CHECK(w.all_ended());
  CHECK(windows.fresh == w.cache.pages_in_use());
  return windows.text;
}

VfsOptions with(const char* readahead) {
  VfsOptions options;
  options.readahead = readahead;
  return options;
}

}  // namespace

TEST_CASE(
    "2.6.18: a sequential reader is read ahead of in growing windows, through cache and disk") {
  VfsWorld w;
  CHECK(windows_of(w, 100, 1) == "0+4 4+8 12+16 28+32 60+32 92+32 ");
  CHECK(w.cache.pages_in_use() == 100);  // the last window ends at the end of the file
  CHECK(w.disk.queue().stats().bytes_read == 100 * sim::page_bytes);
  CHECK(w.cache.stats().lookups == 100);
}

TEST_CASE("2.6.18: a large read gets the current and the ahead window at once") {
  VfsWorld w;
  CHECK(windows_of(w, 200, 200) == "0+32 32+32 64+32 96+32 128+32 160+32 192+32 ");
}

TEST_CASE("on demand: the marker of each window starts the next") {
  VfsWorld w(with("linux-ondemand"));
  CHECK(windows_of(w, 100, 1) == "0+4(3) 4+8(8) 12+16(16) 28+32(32) 60+32(32) 92+8 ");
  CHECK(w.cache.pages_in_use() == 100);
  CHECK(w.disk.queue().stats().bytes_read == 100 * sim::page_bytes);
}

TEST_CASE("large folios: any page of a marked folio starts the next window") {
  VfsWorld w(with("linux-6.10"));
  CHECK(windows_of(w, 100, 1) ==
        "0+4(3) 4+8(8) 12+4(4) 16+8(8) 24+8(8) 32+16(16) 48+16(16) 64+32(32) 96+4(4) ");
  CHECK(w.cache.pages_in_use() == 100);
  CHECK(w.disk.queue().stats().bytes_read == 100 * sim::page_bytes);
}

TEST_CASE("without readahead every page is a request of its own") {
  VfsWorld w(with("none"));
  Windows windows(w);
  sim::Inode& file = w.file(20);
  w.run([&] {
    sim::RegularFile* open = w.files.open(file);
    CHECK(w.read(*open, 0, 20) == 20);
    open->put();
  });
  CHECK(windows.text.empty());
  CHECK(w.raw_disk->started.size() == 20);
}

TEST_CASE("readahead overlaps the reader's work with the disk's") {
  const auto time_to_read = [](const char* kind) {
    VfsWorld w(with(kind));
    sim::Inode& file = w.file(64);
    w.run([&] {
      sim::RegularFile* open = w.files.open(file);
      for (std::uint64_t i = 0; i < 64; ++i) {
        w.read(*open, i, i + 1);
        w.kernel.spend_time(kev::Duration(100'000));
      }
      open->put();
    });
    return w.kernel.now();
  };
  // 64 requests of 1 ms one after another, against 5 of them, of which only the first is waited
  // for.
  CHECK(time_to_read("none") > kev::Instant(64 * 1'100'000));
  CHECK(time_to_read("linux-2.6.18") < kev::Instant(64 * 100'000 + 5 * 1'100'000));
  CHECK(time_to_read("linux-ondemand") < kev::Instant(64 * 100'000 + 5 * 1'100'000));
}

TEST_CASE("a window stops growing where there is no memory, and the read goes on") {
  VfsWorld w;
  sim::Inode& file = w.file(40);
  w.run([&] {
    sim::RegularFile* open = w.files.open(file);
    CHECK(w.read(*open, 0, 1) == 1);
    w.faults.add({sim::FaultPoint::page_alloc, 1.0, 0});
    CHECK(w.read(*open, 1, 10) == 3);  // pages 1 to 3 were read ahead; then -ENOMEM
    w.faults.stop();
    CHECK(w.read(*open, 4, 40) == 36);
    open->put();
  });
  CHECK(w.broken() == "nothing");
}

TEST_CASE("an I/O error ends the read and shrinks the window limit to a quarter") {
  VfsWorld w;
  sim::Inode& file = w.file(40);
  w.run([&] {
    sim::RegularFile* open = w.files.open(file);
    w.faults.add({sim::FaultPoint::disk_read, 1.0, 0});
    CHECK(w.read(*open, 0, 4) == 0);
    CHECK(open->ra.ra_pages == 8);
    w.faults.stop();
    CHECK(w.read(*open, 0, 40) == 40);
    open->put();
  });
  CHECK(w.broken() == "nothing");
  CHECK(file.cached(0)->uptodate());
}

TEST_CASE("readers of one file with shared and own openings get all pages, under any schedule") {
  for (const char* kind : {"linux-2.6.18", "linux-2.6.23", "linux-2.6.24", "linux-6.10", "none"})
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      VfsOptions options = with(kind);
      options.cpus = 2;
      options.seed = seed;
      VfsWorld w(options);
      sim::Inode& file = w.file(12);
      std::uint64_t total = 0;
      sim::RegularFile* shared = nullptr;
      w.thread("opener", [&] {
        shared = w.files.open(file);
        for (int i = 0; i < 2; ++i)
          w.thread("reader", [&] {
            const std::uint64_t got = w.read(*shared, 0, 12);
            total += got;
          });
        sim::RegularFile* own = w.files.open(file);
        const std::uint64_t got = w.read(*own, 0, 12);
        total += got;
        own->put();
      });
      w.run();
      INFO(kind << " seed " << seed << ' ' << w.violation());
      REQUIRE(w.broken() == "nothing");
      REQUIRE(w.all_ended());
      REQUIRE(total == 36);
    }
}

TEST_CASE("equal worlds read alike, to the last event") {
  const auto fingerprint = [](const char* kind) {
    VfsWorld w(with(kind));
    windows_of(w, 100, 3);
    return w.recorder.fingerprint();
  };
  CHECK(fingerprint("linux-2.6.18") == fingerprint("linux-2.6.18"));
  CHECK(fingerprint("linux-2.6.18") != fingerprint("linux-ondemand"));
}
