#include "sim/vfs/file_changes.hpp"

#include <algorithm>
#include <limits>

namespace sim {

std::uint32_t FileChanges::version_at(std::uint64_t index, std::uint32_t until) const {
  std::uint32_t version = first_;
  if (const auto page = writes_.find(index); page != writes_.end()) {
    const auto after = std::upper_bound(page->second.begin(), page->second.end(), until);
    if (after != page->second.begin()) version = *(after - 1);
  }
  for (const Cut& cut : cuts_)
    if (cut.first <= index && cut.version <= until) version = std::max(version, cut.version);
  return version;
}

bool FileChanges::may_show(std::uint64_t index, std::uint32_t version, std::uint32_t since) const {
  const bool existed = version_at(index, version) == version;
  if (version > since || lost_.contains(index)) return existed;
  return version_at(index, since) == version;
}

std::uint32_t FileChanges::stored(std::uint64_t index) const {
  const auto page = stored_.find(index);
  return page == stored_.end() ? first_ : page->second;
}

void FileChanges::free_blocks(std::uint64_t first) {
  constexpr std::uint64_t end = std::numeric_limits<std::uint64_t>::max();
  without_block_ += boost::icl::interval<std::uint64_t>::right_open(first, end);
}

}  // namespace sim
