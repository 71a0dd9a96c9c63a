#include "sim/vfs/readahead_policy.hpp"

#include <algorithm>
#include <bit>

namespace sim {

namespace {

class NoReadahead final : public ReadaheadPolicy {
 public:
  std::uint64_t before_lookup(ReadaheadState&, ReadaheadPages&, std::uint64_t,
                              std::uint64_t) override {
    return UINT64_MAX;
  }
  bool on_miss(ReadaheadState&, ReadaheadPages&, std::uint64_t, std::uint64_t) override {
    return false;
  }
  void on_marked(ReadaheadState&, ReadaheadPages&, std::uint64_t, std::uint64_t) override {}
  void on_read_end(ReadaheadState&, std::uint64_t) override {}
};

std::unique_ptr<ReadaheadPolicy> make_none() {
  return std::make_unique<NoReadahead>();
}

constexpr ReadaheadKind kinds[] = {
    {"linux-2.6.18", "two windows, a current and an ahead one (up to 2.6.22)",
     &make_readahead_2_6_18},
    {"linux-2.6.23", "on demand, one window and a marked page (2.6.23 to 2.6.30)",
     &make_readahead_2_6_23},
    {"linux-ondemand", "on demand with context readahead (2.6.31 to 6.9, checked against 6.1)",
     &make_readahead_ondemand},
    {"none", "every page is read when it is missed", &make_none},
};

}  // namespace

std::span<const ReadaheadKind> readahead_kinds() {
  return kinds;
}

const ReadaheadKind* find_readahead_kind(std::string_view name) {
  for (const ReadaheadKind& kind : kinds)
    if (kind.name == name) return &kind;
  return nullptr;
}

std::uint64_t initial_window(std::uint64_t request, std::uint64_t max) {
  const std::uint64_t size = std::bit_ceil(request);
  if (size <= max / 32) return size * 4;
  if (size <= max / 4) return size * 2;
  return max;
}

std::uint64_t next_window(std::uint64_t current, std::uint64_t max) {
  return std::min(current < max / 16 ? current * 4 : current * 2, max);
}

}  // namespace sim
