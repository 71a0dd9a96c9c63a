#include "sim/vfs/readahead.hpp"

#include <algorithm>
#include <boost/container/small_vector.hpp>

#include "sim/vfs/disk_host.hpp"
#include "sim/vfs/read_pages.hpp"

namespace sim {

/// The pages of one file, for the policy.
class Readahead::FilePages final : public ReadaheadPages {
 public:
  FilePages(Readahead& readahead, RegularFile& file) : readahead_(readahead), file_(file) {}

  [[nodiscard]] bool present(std::uint64_t index) override {
    return file_.inode().cached(index) != nullptr;
  }
  [[nodiscard]] bool congested() override { return file_.inode().disk().queue().read_congested(); }
  std::uint64_t submit(std::uint64_t start, std::uint64_t count, std::uint64_t marker) override;

 private:
  using PageList = boost::container::small_vector<Page*, 64>;
  /// A page for every one of the range that is absent, as far as there is memory.
  void allocate(std::uint64_t start, std::uint64_t end, std::uint64_t marker, PageList& pages);

  Readahead& readahead_;
  RegularFile& file_;
};

void Readahead::FilePages::allocate(std::uint64_t start, std::uint64_t end, std::uint64_t marker,
                                    PageList& pages) {
  PageCache& cache = readahead_.cache_;
  Inode& inode = file_.inode();
  for (std::uint64_t index = start; index < end; ++index) {
    {
      IrqGuard guard(inode.tree_lock);
      cache.kernel().spend(Cost::page_lookup);
      if (inode.cached(index) != nullptr) continue;
    }
    Page* page = cache.allocate();
    if (page == nullptr) return;
    page->set_index(index);
    if (index == marker) cache.mark_readahead(*page);
    pages.push_back(page);
  }
}

std::uint64_t Readahead::FilePages::submit(std::uint64_t start, std::uint64_t count,
                                           std::uint64_t marker) {
  Inode& inode = file_.inode();
  const std::uint64_t end = std::min(start + count, inode.page_count());
  if (start >= end) return 0;
  PageList pages;
  allocate(start, end, marker, pages);
  const auto signed_marker = static_cast<std::int64_t>(marker);  // none: -1
  readahead_.cache_.kernel().recorder().emit(Ev::readahead, static_cast<std::int64_t>(inode.id()),
                                             static_cast<std::int64_t>(start),
                                             static_cast<std::int64_t>(count), signed_marker);
  if (readahead_.observer_ != nullptr)
    readahead_.observer_(readahead_.observer_context_, file_, {start, count, pages.size(), marker});
  if (!pages.empty())
    read_pages(readahead_.cache_, inode, pages.data(), static_cast<int>(pages.size()));
  return pages.size();
}

std::uint64_t Readahead::before_lookup(RegularFile& file, std::uint64_t index,
                                       std::uint64_t remaining) {
  FilePages pages(*this, file);
  return policy_->before_lookup(file.ra, pages, index, remaining);
}

bool Readahead::on_miss(RegularFile& file, std::uint64_t index, std::uint64_t remaining) {
  FilePages pages(*this, file);
  return policy_->on_miss(file.ra, pages, index, remaining);
}

void Readahead::on_marked(RegularFile& file, Page& page, std::uint64_t index,
                          std::uint64_t remaining) {
  cache_.clear_readahead(page);
  FilePages pages(*this, file);
  policy_->on_marked(file.ra, pages, index, remaining);
}

void Readahead::on_read_end(RegularFile& file, std::uint64_t position) {
  policy_->on_read_end(file.ra, position);
}

}  // namespace sim
