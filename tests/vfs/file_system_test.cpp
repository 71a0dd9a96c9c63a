#include <algorithm>
#include <catch2/catch.hpp>
#include <utility>
#include <vector>

#include "tests/support/vfs_world.hpp"

using test::VfsOptions;
using test::VfsWorld;

namespace {

VfsOptions scattered(std::uint64_t seed) {
  VfsOptions options;
  options.files.placement = sim::FilePlacement::scattered;
  options.files.random = sim::Random(seed);
  return options;
}

std::uint64_t sector(const sim::Inode& file) {
  return file.extents().front().first_sector;
}

/// Where files of these sizes (in pages) lie.
std::vector<std::uint64_t> places(const VfsOptions& options,
                                  const std::vector<std::uint64_t>& sizes) {
  VfsWorld w(options);
  std::vector<std::uint64_t> out;
  out.reserve(sizes.size());
  for (const std::uint64_t pages : sizes) out.push_back(sector(w.file(pages)));
  return out;
}

}  // namespace

TEST_CASE("consecutive files follow each other with a small gap") {
  VfsOptions options;
  options.files.gap_pages = 2;
  CHECK(places(options, {10, 1, 5}) == std::vector<std::uint64_t>{2048, 2144, 2168});
}

TEST_CASE("scattered files lie far apart, do not overlap, and are placed by the seed alone") {
  std::vector<std::uint64_t> sizes;
  sizes.reserve(300);
  for (std::uint64_t i = 0; i < 300; ++i) sizes.push_back(i % 7 == 0 ? 70'000 : 1 + i % 50);
  const std::vector<std::uint64_t> first = places(scattered(1), sizes);
  CHECK(places(scattered(1), sizes) == first);
  CHECK(places(scattered(2), sizes) != first);

  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  ranges.reserve(sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i)
    ranges.emplace_back(first[i], first[i] + sizes[i] * sim::page_sectors);
  std::sort(ranges.begin(), ranges.end());
  CHECK(ranges.front().first >= 2048);
  CHECK(ranges.back().second <= std::uint64_t{1} << 32);
  std::uint64_t spread = 0;
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    CHECK(ranges[i].first >= ranges[i - 1].second);
    if (ranges[i].first - ranges[i - 1].second > 1'000'000) ++spread;
  }
  CHECK(spread > 250);
}

TEST_CASE("a disk can be filled to the last block, and then a file does not fit") {
  for (const auto placement : {sim::FilePlacement::consecutive, sim::FilePlacement::scattered}) {
    VfsOptions options;
    options.files.placement = placement;
    options.files.gap_pages = 0;
    VfsWorld w(options);
    // The test disk has 2 TiB, less the megabyte in front.
    const std::uint64_t blocks = (std::uint64_t{1} << 32) / sim::page_sectors - 256;
    const std::uint64_t group = 32768;
    std::uint64_t used = 0;
    while (used + group <= blocks) {
      REQUIRE(w.files.create(group * sim::page_bytes).has_value());
      used += group;
    }
    REQUIRE(w.files.create((blocks - used) * sim::page_bytes).has_value());
    const auto refused = w.files.create(1);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().front().message.find("a file of 1 bytes does not fit") == 0);
  }
}

TEST_CASE("a page's sector follows from the extents, what none covers is a hole") {
  VfsWorld w;
  const sim::Inode& file =
      w.files.create_at(10 * sim::page_bytes, {{1, 2, 800}, {3, 1, 80}, {6, 3, 8000}});
  const std::uint64_t hole = sim::Inode::hole;
  const std::vector<std::uint64_t> expected = {hole, 800,  808,  80,   hole,
                                               hole, 8000, 8008, 8016, hole};
  for (std::uint64_t i = 0; i < 10; ++i) CHECK(file.sector_of(i) == expected[i]);
}

TEST_CASE("an empty file has no pages and takes no room") {
  VfsWorld w;
  const sim::Inode& empty = **w.files.create(0);
  CHECK(empty.page_count() == 0);
  CHECK(empty.extents().empty());
  CHECK(sector(w.file(1)) == 2048);
}

TEST_CASE("files are found by number, id and path") {
  VfsOptions options;
  options.files.first_id = 100;
  VfsWorld w(options);
  sim::Inode& first = **w.files.create(1, "/a");
  sim::Inode& second = **w.files.create(1, "/b");
  CHECK(w.files.count() == 2);
  CHECK(&w.files.inode(1) == &second);
  CHECK(w.files.find(100) == &first);
  CHECK(w.files.find(99) == nullptr);
  CHECK(w.files.find(102) == nullptr);
  CHECK(w.files.find("/b") == &second);
  CHECK(w.files.find("/c") == nullptr);
}

TEST_CASE(
    "each opening has its own readahead state, costs time, and ends with its last reference") {
  VfsWorld w;
  sim::Inode& file = w.file(10);
  w.run([&] {
    const kev::Instant begin = w.kernel.now();
    sim::RegularFile* first = w.files.open(0);
    CHECK(w.kernel.now() - begin == kev::Duration(1500));
    sim::RegularFile* second = w.files.open(file);
    CHECK(&first->inode() == &second->inode());
    CHECK(first->kind() == sim::FileObject::Kind::regular);
    CHECK(first->ra.ra_pages == 32);
    CHECK(first->ra.io_pages == 128);
    first->ra.ra_pages = 8;
    CHECK(second->ra.ra_pages == 32);
    first->get();
    first->put();
    first->put();
    // The second one is left open: it goes with the file system.
  });
  CHECK(w.broken() == "nothing");
}
