#pragma once
// What the benchmark of devices does with a page cache: a kernel around it that costs no simulated
// time, and a file whose pages are there as soon as they are asked for.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bench {

inline constexpr std::uint64_t trace_references = 10'000'000;

/// So many references to 2^20 pages, zipf with exponent 0.9, the popular ones spread over the file.
std::vector<std::uint32_t> zipf_trace();

/// What the host's memory is told of references to come.
enum class Foresight : std::uint8_t { none, some_references };

struct CacheCounts {
  std::int64_t operations = 0;
  double miss_ratio = 0;
};

/// References pages as read() does: finds, or brings in; marks as used; lets go.
CacheCounts reference_pages(std::string_view rules, std::span<const std::uint32_t> trace,
                            Foresight foresight);
/// Looks cached pages up, without using them.
CacheCounts look_up_pages(std::span<const std::uint32_t> trace, Foresight foresight);

}  // namespace bench
