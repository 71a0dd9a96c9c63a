#pragma once
// A file of 16384 pages, of which some are present, and the read loop on it: for trying policies
// without a disk.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/vfs/readahead_policy.hpp"

namespace test {

/// Records what a policy does to it.
class FakePages final : public sim::ReadaheadPages {
 public:
  static constexpr std::uint64_t file_pages = 16384;
  FakePages() : present_(file_pages), marked_(file_pages) {}

  bool present(std::uint64_t index) override { return index < file_pages && present_[index]; }
  std::uint64_t submit(std::uint64_t start, std::uint64_t count, std::uint64_t marker) override;
  bool congested() override { return is_congested; }
  std::uint64_t page_count() override { return file_pages; }

  void add(std::uint64_t index);
  void drop(std::uint64_t begin, std::uint64_t end);
  /// Whether the page was marked; it is not any more.
  bool take_mark(std::uint64_t index);
  [[nodiscard]] bool marked(std::uint64_t index) const { return marked_[index]; }

  bool is_congested = false;
  std::string log;  ///< "RA off=0 n=4;" and "MISS 4;" in order

 private:
  std::vector<bool> present_;
  std::vector<bool> marked_;
};

/// The read loop of do_generic_mapping_read over pages [begin, end), all of them read to their end.
void read_through(sim::ReadaheadPolicy& policy, sim::ReadaheadState& state, FakePages& pages,
                  std::uint64_t begin, std::uint64_t end);

}  // namespace test
