// Addresses to places: waiting for the mapping table, placing programs, and cleaning.

#include <algorithm>

#include "model/base/check.hpp"
#include "sim/block/ssd.hpp"

namespace sim {

namespace {

constexpr std::uint32_t mapping_read_bytes = sector_bytes;  ///< the sector with the entry

}  // namespace

/// True when the work must wait for a translation page; it goes on when that has come.
bool Ssd::wait_for_mapping(PageWork& work, MappingCache::Use use) {
  if (!mapping_cache_) return false;
  const std::uint32_t stripe = work.contents[0];
  const std::uint32_t page = mapping_cache_->page_of(stripe);
  const bool known =
      mapping_cache_->contains(stripe) || mapping_pages_[page] != MappingPage::on_flash;
  if (!ftl_.written(stripe)) use = MappingCache::Use::change;
  if (const auto changed = mapping_cache_->use(stripe, use)) write_mapping(*changed);
  const auto coming = mapping_waiters_.find(page);
  if (known && coming == mapping_waiters_.end()) return false;
  if (coming != mapping_waiters_.end()) {
    coming->second.push(work);
    return true;
  }
  mapping_waiters_[page].push(work);
  PageWork& read = new_work(Work::map_read, page % spec_.dies(), mapping_read_bytes);
  read.map_page = page;
  ++counts_.mapping_reads;
  enqueue(read);
  return true;
}

void Ssd::mapping_arrived(std::uint32_t page) {
  auto waiters = mapping_waiters_.extract(page);
  while (!waiters.mapped().empty()) {
    PageWork& work = waiters.mapped().pop();
    if (work.kind == Work::program)
      place_program(work);
    else
      enqueue(work);
  }
}

/// What has not changed on the page is read first. One that is on its way takes the change along.
void Ssd::write_mapping(std::uint32_t page) {
  const MappingPage was = mapping_pages_[page];
  if (was == MappingPage::leaving) return;
  mapping_pages_[page] = MappingPage::leaving;
  const bool update = was == MappingPage::on_flash;
  const Work kind = update ? Work::map_update : Work::map_program;
  PageWork& work =
      new_work(kind, page % spec_.dies(), update ? mapping_read_bytes : spec_.page_bytes());
  work.map_page = page;
  ++(update ? counts_.mapping_reads : counts_.mapping_programs);
  enqueue(work);
}

void Ssd::place_program(PageWork& work) {
  work.die = ftl_.next_die(work.contents[0]);
  if (!ftl_.has_room(work.die, SsdFtl::Writer::host)) {
    dies_[work.die].without_room.push(work);
    start_cleaning(work.die);
    return;
  }
  ftl_.write(work.die, std::span(work.contents).first(work.stripes), SsdFtl::Writer::host);
  ++counts_.programs;
  enqueue(work);
  start_cleaning(work.die);
}

// -- cleaning -------------------------------------------------------------------------------------

void Ssd::start_cleaning(std::uint32_t die) {
  Cleaning& clean = dies_[die].clean;
  if (clean.running || !ftl_.should_clean(die)) return;
  const auto victim = ftl_.victim(die);
  if (!victim) {
    KEV_CHECK(dies_[die].without_room.empty());  // over-provisioning leaves garbage somewhere
    return;
  }
  clean.running = true;
  clean.block = *victim;
  clean.next_page = 0;
  clean.moving.clear();
  clean_on(die);
}

/// Reads the next page with valid stripes, until a page of them can be programmed; erases when
/// nothing is left.
void Ssd::clean_on(std::uint32_t die) {
  Cleaning& clean = dies_[die].clean;
  while (clean.moving.size() < spec_.page_stripes && clean.next_page < ftl_.pages_per_block()) {
    const std::uint32_t page = clean.next_page++;
    ftl_.valid_stripes(die, clean.block, page, clean.page);
    if (clean.page.empty()) continue;
    const auto stripes = static_cast<std::uint32_t>(clean.page.size());
    PageWork& read = new_work(Work::move_read, die, stripes * spec_.stripe_bytes());
    read.stripes = stripes;
    read.place = {die, clean.block * ftl_.pages_per_block() + page, 0};
    return enqueue(read);
  }
  // The host may have written some of them anew in the meantime.
  std::erase_if(clean.moving, [&](std::uint32_t stripe) {
    const SsdPlace place = ftl_.find(stripe);
    return place.die != die || place.page / ftl_.pages_per_block() != clean.block;
  });
  if (clean.moving.empty()) {
    if (clean.next_page < ftl_.pages_per_block()) return clean_on(die);
    return enqueue(new_work(Work::erase, die, 0));
  }
  const std::size_t count = std::min<std::size_t>(clean.moving.size(), spec_.page_stripes);
  const auto stripes = static_cast<std::uint32_t>(count);
  ftl_.write(die, std::span(clean.moving).first(count), SsdFtl::Writer::cleaner);
  clean.moving.erase(clean.moving.begin(), clean.moving.begin() + stripes);
  ++counts_.moves;
  enqueue(new_work(Work::move_program, die, stripes * spec_.stripe_bytes()));
}

/// A page of the victim has been read: what of it is still valid moves.
void Ssd::move_page(std::uint32_t die) {
  Cleaning& clean = dies_[die].clean;
  ftl_.valid_stripes(die, clean.block, clean.next_page - 1, clean.page);
  clean.moving.insert(clean.moving.end(), clean.page.begin(), clean.page.end());
  clean_on(die);
}

void Ssd::block_erased(std::uint32_t index) {
  Die& die = dies_[index];
  ftl_.erase(index, die.clean.block);
  ++counts_.erases;
  die.clean.running = false;
  while (!die.without_room.empty() && ftl_.has_room(index, SsdFtl::Writer::host)) {
    PageWork& work = die.without_room.pop();
    ftl_.write(index, std::span(work.contents).first(work.stripes), SsdFtl::Writer::host);
    ++counts_.programs;
    enqueue(work);
  }
  start_cleaning(index);
}

}  // namespace sim
