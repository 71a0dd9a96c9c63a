#pragma once
// Recorded readahead cases (golden/README.md): reading them, and driving a policy through them.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/vfs/readahead_policy.hpp"

namespace test {

/// What one step of a case does.
struct GoldenStep {
  enum class Kind : std::uint8_t { read, drop };
  Kind kind = Kind::read;
  std::uint64_t begin = 0;  ///< first page read; dropped pages: [begin, end)
  std::uint64_t end = 0;
  std::string expected;  ///< what the kernel did, in the words of describe_*()
};

struct GoldenCase {
  std::string name;
  std::string pattern;
  std::uint64_t ra_pages = 0;
  std::vector<GoldenStep> steps;
};

/// The cases whose names begin with that prefix, by name, without the patterns that have no reads.
std::vector<GoldenCase> load_golden(const std::string& prefix);

/// A file of 16384 pages, of which some are present; records what a policy does to it.
class FakePages final : public sim::ReadaheadPages {
 public:
  static constexpr std::uint64_t file_pages = 16384;
  FakePages() : present_(file_pages), marked_(file_pages) {}

  bool present(std::uint64_t index) override { return index < file_pages && present_[index]; }
  std::uint64_t submit(std::uint64_t start, std::uint64_t count, std::uint64_t marker) override;
  bool congested() override { return is_congested; }

  void add(std::uint64_t index);
  void drop(std::uint64_t begin, std::uint64_t end);
  /// Whether the page was marked; it is not any more.
  bool take_mark(std::uint64_t index);
  [[nodiscard]] bool marked(std::uint64_t index) const { return marked_[index]; }
  /// "[0,4) [9,12)": what became present since the last call, "-" for nothing.
  std::string take_new();

  bool is_congested = false;
  std::string log;  ///< "RA off=0 n=4;" and "MISS 4;" in order

 private:
  std::vector<bool> present_;
  std::vector<bool> marked_;
  std::vector<std::uint64_t> new_;
};

/// The read loop of do_generic_mapping_read over pages [begin, end), all of them read to their end.
void read_through(sim::ReadaheadPolicy& policy, sim::ReadaheadState& state, FakePages& pages,
                  std::uint64_t begin, std::uint64_t end);

/// The state as the 2.6.18 recordings show it.
std::string describe_two_windows(const sim::ReadaheadState& state);

}  // namespace test
