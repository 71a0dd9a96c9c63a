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
  [[nodiscard]] std::uint64_t page_count() override { return file_.inode().page_count(); }
  [[nodiscard]] bool congested() override { return file_.inode().disk().queue().read_congested(); }
  std::uint64_t submit(std::uint64_t first, std::uint64_t count, std::uint64_t marker) override;
  [[nodiscard]] int max_folio_order() override { return file_.inode().largest_folio(); }
  [[nodiscard]] int folio_order(std::uint64_t index) override {
    const Page* page = file_.inode().cached(index);
    return page == nullptr ? -1 : page->folio_order();
  }
  bool add_folio(std::uint64_t index, int order, ReadaheadMark mark) override;
  void read_folios() override;
  void decided(const ReadaheadDecision& step, const ReadaheadState& before) override {
    if (readahead_.observer_ != nullptr) readahead_.observer_->on_decision(step, before);
  }

 private:
  using PageList = boost::container::small_vector<Page*, 64>;

  /// A page for every one of the range that is absent, as far as there is memory.
  void allocate(std::uint64_t first, std::uint64_t end, std::uint64_t marker, PageList& pages);
  /// Tells of a window, and starts reading its pages.
  void start(const ReadaheadWindow& window, PageList& pages);

  Readahead& readahead_;
  RegularFile& file_;
  PageList folios_;  ///< the pages of folios that were added and are not being read yet
  std::uint64_t folio_marker_ = no_marker;
};

void Readahead::FilePages::allocate(std::uint64_t first, std::uint64_t end, std::uint64_t marker,
                                    PageList& pages) {
  PageCache& cache = readahead_.cache_;
  Inode& inode = file_.inode();
  for (std::uint64_t index = first; index < end; ++index) {
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

std::uint64_t Readahead::FilePages::submit(std::uint64_t first, std::uint64_t count,
                                           std::uint64_t marker) {
  const std::uint64_t end = std::min(first + count, file_.inode().page_count());
  if (first >= end) return 0;
  PageList pages;
  allocate(first, end, marker, pages);
  start({first, count, pages.size(), marker}, pages);
  return pages.size();
}

void Readahead::FilePages::start(const ReadaheadWindow& window, PageList& pages) {
  Inode& inode = file_.inode();
  const auto marker = static_cast<std::int64_t>(window.marker);  // none: -1
  readahead_.cache_.kernel().recorder().emit(Ev::readahead, static_cast<std::int64_t>(inode.id()),
                                             static_cast<std::int64_t>(window.start),
                                             static_cast<std::int64_t>(window.count), marker);
  if (readahead_.observer_ != nullptr) readahead_.observer_->on_window(file_, window);
  if (!pages.empty())
    read_pages(readahead_.cache_, inode, pages.data(), static_cast<int>(pages.size()));
}

bool Readahead::FilePages::add_folio(std::uint64_t index, int order, ReadaheadMark mark) {
  PageCache& cache = readahead_.cache_;
  const std::uint64_t end = index + (1ULL << order);
  for (std::uint64_t i = index; i < end; ++i)
    if (present(i)) return false;
  const std::size_t before = folios_.size();
  allocate(index, end, no_marker, folios_);
  if (folios_.size() - before != end - index) {  // no memory for all of it
    for (std::size_t i = before; i < folios_.size(); ++i) cache.put(*folios_[i]);
    folios_.resize(before);
    return false;
  }
  for (std::size_t i = before; i < folios_.size(); ++i) {
    folios_[i]->set_folio_order(order);
    if (mark == ReadaheadMark::set) cache.mark_readahead(*folios_[i]);
  }
  if (mark == ReadaheadMark::set) folio_marker_ = index;
  return true;
}

void Readahead::FilePages::read_folios() {
  if (folios_.empty()) return;
  const std::uint64_t first = folios_.front()->index();
  start({first, folios_.size(), folios_.size(), folio_marker_}, folios_);
  folios_.clear();
  folio_marker_ = no_marker;
}

std::uint64_t Readahead::before_lookup(RegularFile& file, std::uint64_t index,
                                       std::uint64_t remaining, Reader reader) {
  file.ra.splice = reader == Reader::splice;
  FilePages pages(*this, file);
  return policy_->before_lookup(file.ra, pages, index, remaining);
}

bool Readahead::on_miss(RegularFile& file, std::uint64_t index, std::uint64_t remaining) {
  if (observer_ != nullptr) observer_->on_miss(file, index);
  FilePages pages(*this, file);
  return policy_->on_miss(file.ra, pages, index, remaining);
}

void Readahead::on_marked(RegularFile& file, Page& page, std::uint64_t index,
                          std::uint64_t remaining) {
  clear_mark(file, page);
  FilePages pages(*this, file);
  const std::uint64_t head = index >> page.folio_order() << page.folio_order();
  policy_->on_marked(file.ra, pages, head, remaining + (index - head));
}

void Readahead::clear_mark(RegularFile& file, Page& page) {
  cache_.clear_readahead(page);
  if (page.folio_order() == 0) return;
  const std::uint64_t size = 1ULL << page.folio_order();
  const std::uint64_t head = page.index() / size * size;
  for (std::uint64_t i = head; i < head + size; ++i)
    if (Page* other = file.inode().cached(i)) cache_.clear_readahead(*other);
}

void Readahead::on_read_end(RegularFile& file, std::uint64_t position) {
  policy_->on_read_end(file.ra, position);
}

bool Readahead::on_fault(RegularFile& file, std::uint64_t index) {
  FilePages pages(*this, file);
  return policy_->on_fault(file.ra, pages, index);
}

void Readahead::on_fault_hit(RegularFile& file, Page& page) {
  const ReadaheadMark mark = page.readahead() ? ReadaheadMark::set : ReadaheadMark::none;
  if (mark == ReadaheadMark::set) clear_mark(file, page);
  FilePages pages(*this, file);
  policy_->on_fault_hit(file.ra, pages, page.index(), mark);
}

void Readahead::on_advice(RegularFile& file, std::uint64_t start, std::uint64_t count) {
  FilePages pages(*this, file);
  policy_->on_advice(file.ra, pages, start, count);
}

}  // namespace sim
