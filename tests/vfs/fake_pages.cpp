#include "tests/vfs/fake_pages.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace test {

std::uint64_t FakePages::submit(std::uint64_t start, std::uint64_t count, std::uint64_t marker) {
  log += fmt::format("RA off={} n={};", start, count);
  std::uint64_t added = 0;
  for (std::uint64_t i = start; i < std::min(start + count, file_pages); ++i) {
    if (present_[i]) continue;
    add(i);
    marked_[i] = i == marker;
    ++added;
  }
  return added;
}

void FakePages::add(std::uint64_t index) {
  present_[index] = true;
}

void FakePages::drop(std::uint64_t begin, std::uint64_t end) {
  for (std::uint64_t i = begin; i < end; ++i) present_[i] = marked_[i] = false;
}

bool FakePages::take_mark(std::uint64_t index) {
  const bool marked = marked_[index];
  marked_[index] = false;
  return marked;
}

void read_through(sim::ReadaheadPolicy& policy, sim::ReadaheadState& state, FakePages& pages,
                  std::uint64_t begin, std::uint64_t end) {
  std::uint64_t next = begin;
  for (std::uint64_t i = begin; i < end; ++i) {
    if (i == next) next = policy.before_lookup(state, pages, i, end - i);
    if (!pages.present(i)) {
      const std::size_t before = pages.log.size();
      const bool look_again = policy.on_miss(state, pages, i, end - i);
      if (!look_again) pages.log.insert(before, fmt::format("MISS {};", i));
    }
    if (!pages.present(i)) pages.add(i);
    if (pages.take_mark(i)) policy.on_marked(state, pages, i, end - i);
  }
}

}  // namespace test
