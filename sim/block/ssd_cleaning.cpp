// Addresses to places: waiting for the mapping table, placing programs, and cleaning.

#include <algorithm>
#include <utility>

#include "model/base/check.hpp"
#include "sim/block/ssd.hpp"

namespace sim {

namespace {

constexpr std::uint32_t mapping_read_bytes = sector_bytes;  ///< the sector with the entry

}  // namespace

MappingCache& Ssd::mapping_cache_of(std::uint32_t process) {
  auto& cache = mapping_caches_[process % mapping_caches_.size()];
  if (!cache)
    cache.emplace(spec_.mapping_cache_entries, spec_.mapping_page_entries,
                  spec_.capacity_stripes());
  return *cache;
}

/// True when the work must wait for a translation page; it goes on when that has come.
bool Ssd::wait_for_mapping(PageWork& work, MappingCache::Use use) {
  if (translation_.empty()) return false;
  MappingCache& cache = mapping_cache_of(work.process);
  const std::uint32_t stripe = work.contents[0];
  const std::uint32_t number = cache.page_of(stripe);
  TranslationPage& page = translation_[number];
  const bool known = cache.contains(stripe) || page.in_memory;
  if (!ftl_.written(stripe)) use = MappingCache::Use::change;
  if (const auto changed = cache.use(stripe, use)) write_mapping(*changed);
  if (page.coming) {
    page.waiting.push(work);
    return true;
  }
  if (known) return false;
  page.coming = true;
  page.waiting.push(work);
  PageWork& read = new_work(Work::map_read, number % spec_.dies(), mapping_read_bytes);
  read.map_page = number;
  ++counts_.mapping_reads;
  enqueue(read);
  return true;
}

void Ssd::mapping_arrived(std::uint32_t number) {
  TranslationPage& page = translation_[number];
  page.coming = false;
  LinkedFifo<PageWork> waiters = std::exchange(page.waiting, {});
  while (!waiters.empty()) {
    PageWork& work = waiters.pop();
    if (work.kind == Work::program)
      place_program(work);
    else
      enqueue(work);
  }
}

/// What has not changed on the page is read first. One that is on its way takes the change along;
/// one that stays is merged each time.
void Ssd::write_mapping(std::uint32_t number) {
  TranslationPage& page = translation_[number];
  if (page.in_memory && spec_.mapping_write_back == MappingWriteBack::programs) return;
  page.in_memory = true;
  PageWork& read = new_work(Work::map_update, number % spec_.dies(), mapping_read_bytes);
  read.map_page = number;
  ++counts_.mapping_reads;
  enqueue(read);
}

void Ssd::place_program(PageWork& work) {
  work.die = ftl_.next_die(work.contents[0]);
  if (!ftl_.has_room(work.die, SsdFtl::Writer::host)) {
    dies_[work.die].without_room.push(work);
    start_cleaning(work.die);
    return;
  }
  work.place =
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
  const SsdPlace place =
      ftl_.write(die, std::span(clean.moving).first(count), SsdFtl::Writer::cleaner);
  clean.moving.erase(clean.moving.begin(), clean.moving.begin() + stripes);
  ++counts_.moves;
  PageWork& program = new_work(Work::move_program, die, stripes * spec_.stripe_bytes());
  program.place = place;
  enqueue(program);
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
    work.place =
        ftl_.write(index, std::span(work.contents).first(work.stripes), SsdFtl::Writer::host);
    ++counts_.programs;
    enqueue(work);
  }
  start_cleaning(index);
}

}  // namespace sim
