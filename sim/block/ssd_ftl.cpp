#include "sim/block/ssd_ftl.hpp"

#include <algorithm>
#include <cmath>

#include "sim/engine/random.hpp"

namespace sim {

namespace {

std::uint32_t blocks_for(const SsdSpec& spec) {
  const double pages = static_cast<double>(spec.capacity_stripes()) / spec.page_stripes;
  const double needed = pages / spec.dies() / spec.block_pages();
  // Blocks with less garbage than a page yield nothing: so much more must be there.
  constexpr double least_spare = 0.01;
  const double spare = std::max(spec.over_provisioning, least_spare);
  const double blocks = std::max(needed * (1 + spare), std::ceil(needed));
  // A host's block, the cleaner's and the reserve are in use at any time.
  return static_cast<std::uint32_t>(blocks) + 3 + spec.gc_reserve;
}

}  // namespace

SsdFtl::SsdFtl(const SsdSpec& spec)
    : spec_(spec),
      layout_(spec),
      pages_per_die_(blocks_for(spec) * spec.block_pages()),
      blocks_per_die_(blocks_for(spec)),
      filled_stripes_(
          static_cast<std::uint32_t>(static_cast<double>(spec.capacity_stripes()) * spec.filled)),
      moved_((spec.capacity_stripes() + chunk_entries - 1) / chunk_entries),
      blocks_(std::size_t{blocks_for(spec)} * spec.dies()),
      dies_(spec.dies()) {
  KEV_CHECK(std::uint64_t{pages_per_die_} * spec.dies() * spec.page_stripes < none);
  KEV_CHECK(spec.pages_per_block % spec.cell_levels == 0);
  fill();
  if (spec.overwritten > 0) overwrite();
}

/// Nothing is written down: places follow from the layout, counts from the number of stripes.
void SsdFtl::fill() {
  const std::uint64_t pages = (filled_stripes_ + spec_.page_stripes - 1) / spec_.page_stripes;
  const auto per_die = static_cast<std::uint32_t>((pages + spec_.dies() - 1) / spec_.dies());
  const std::uint32_t used = (per_die + spec_.block_pages() - 1) / spec_.block_pages();
  KEV_CHECK(used + 2 + spec_.gc_reserve < blocks_per_die_);
  for (std::uint32_t die = 0; die < spec_.dies(); ++die) {
    dies_[die].never_used = blocks_per_die_ - used;
    for (std::uint32_t block = 0; block < used; ++block) block_of(die, block).state = State::full;
  }
  // Whole rows are in every die; the rest is counted one by one.
  const std::uint32_t row = spec_.dies() * spec_.page_stripes;
  const std::uint32_t rows = filled_stripes_ / row;
  for (std::uint32_t block = 0; block < used; ++block) {
    const std::uint32_t first = block * spec_.block_pages();
    const std::uint32_t whole = std::min(spec_.block_pages(), rows > first ? rows - first : 0);
    for (std::uint32_t die = 0; die < spec_.dies(); ++die)
      block_of(die, block).valid = whole * spec_.page_stripes;
  }
  for (std::uint32_t stripe = rows * row; stripe < filled_stripes_; ++stripe) {
    const SsdPlace place = layout_.place(stripe);
    ++block_of(place.die, place.page / spec_.block_pages()).valid;
  }
}

void SsdFtl::overwrite() {
  Random random(spec_.seed);
  const auto stripes = static_cast<std::uint64_t>(filled_stripes_ * spec_.overwritten);
  for (std::uint64_t i = 0; i < stripes; i += spec_.page_stripes) {
    std::array<std::uint32_t, 64> page{};
    const std::size_t count = std::min<std::size_t>(spec_.page_stripes, page.size());
    for (std::size_t k = 0; k < count; ++k)
      page[k] = static_cast<std::uint32_t>(random.below(filled_stripes_));
    const std::uint32_t die = next_die(page[0]);
    if (should_clean(die) && victim(die)) clean_now(die);
    while (!has_room(die, Writer::host)) clean_now(die);
    write(die, std::span(page).first(count), Writer::host);
  }
}

/// A whole cleaning in no time: what is valid moves, packed into pages.
void SsdFtl::clean_now(std::uint32_t die) {
  const auto block = victim(die);
  KEV_CHECK(block.has_value());
  std::vector<std::uint32_t> page;
  std::vector<std::uint32_t> moving;
  for (std::uint32_t i = 0; i < spec_.block_pages(); ++i) {
    valid_stripes(die, *block, i, page);
    moving.insert(moving.end(), page.begin(), page.end());
  }
  for (std::size_t i = 0; i < moving.size(); i += spec_.page_stripes) {
    const std::size_t count = std::min<std::size_t>(spec_.page_stripes, moving.size() - i);
    write(die, std::span(moving).subspan(i, count), Writer::cleaner);
  }
  erase(die, *block);
}

std::uint32_t SsdFtl::packed(const SsdPlace& place) const {
  return (place.die * pages_per_die_ + place.page) * spec_.page_stripes + place.slot;
}

SsdPlace SsdFtl::unpacked(std::uint32_t index) const {
  const std::uint32_t page = index / spec_.page_stripes;
  return {page / pages_per_die_, page % pages_per_die_, index % spec_.page_stripes};
}

std::uint32_t SsdFtl::moved_to(std::uint32_t stripe) const {
  const auto& chunk = moved_[stripe / chunk_entries];
  return chunk == nullptr ? none : (*chunk)[stripe % chunk_entries];
}

SsdPlace SsdFtl::find(std::uint32_t stripe) const {
  const std::uint32_t index = moved_to(stripe);
  return index == none ? layout_.place(stripe) : unpacked(index);
}

std::uint32_t SsdFtl::next_die(std::uint32_t stripe) {
  if (spec_.placement == Placement::by_address) return layout_.place(stripe).die;
  return layout_.program_die(host_pages_++);
}

bool SsdFtl::has_room(std::uint32_t die, Writer writer) const {
  const Frontier& frontier = dies_[die].frontiers[static_cast<std::size_t>(writer)];
  if (frontier.block != none && frontier.next_page < spec_.block_pages()) return true;
  const std::uint32_t reserve = writer == Writer::host ? spec_.gc_reserve : 0;
  return free_blocks(die) > reserve;
}

void SsdFtl::open_block(std::uint32_t die, Frontier& frontier) {
  Die& of = dies_[die];
  if (frontier.block != none) block_of(die, frontier.block).state = State::full;
  if (of.erased.empty()) {
    KEV_CHECK(of.never_used > 0);
    frontier.block = blocks_per_die_ - of.never_used--;
  } else {
    frontier.block = of.erased.back();
    of.erased.pop_back();
  }
  frontier.next_page = 0;
  Block& block = block_of(die, frontier.block);
  block.state = State::open;
  const std::uint32_t places = spec_.block_pages() * spec_.page_stripes;
  if (block.owners == nullptr) block.owners = std::make_unique<std::uint32_t[]>(places);
  std::fill_n(block.owners.get(), places, none);
}

void SsdFtl::invalidate(std::uint32_t stripe) {
  const std::uint32_t index = moved_to(stripe);
  if (index == none && stripe >= filled_stripes_) return;
  const SsdPlace old = index == none ? layout_.place(stripe) : unpacked(index);
  Block& block = block_of(old.die, old.page / spec_.block_pages());
  KEV_CHECK(block.valid > 0);
  --block.valid;
}

SsdPlace SsdFtl::write(std::uint32_t die, std::span<const std::uint32_t> stripes, Writer writer) {
  KEV_CHECK(has_room(die, writer));
  KEV_CHECK(stripes.size() <= spec_.page_stripes);
  Frontier& frontier = dies_[die].frontiers[static_cast<std::size_t>(writer)];
  if (frontier.block == none || frontier.next_page == spec_.block_pages())
    open_block(die, frontier);
  const std::uint32_t page = frontier.next_page++;
  Block& block = block_of(die, frontier.block);
  SsdPlace place{die, frontier.block * spec_.block_pages() + page, 0};
  for (const std::uint32_t stripe : stripes) {
    invalidate(stripe);
    auto& chunk = moved_[stripe / chunk_entries];
    if (chunk == nullptr) {
      chunk = std::make_unique<Chunk>();
      chunk->fill(none);
    }
    (*chunk)[stripe % chunk_entries] = packed(place);
    block.owners[page * spec_.page_stripes + place.slot] = stripe;
    ++block.valid;
    ++place.slot;
  }
  return {die, place.page, 0};
}

bool SsdFtl::should_clean(std::uint32_t die) const {
  return free_blocks(die) <= spec_.gc_start_blocks;
}

std::optional<std::uint32_t> SsdFtl::victim(std::uint32_t die) const {
  // One that gives back no page is not worth an erase, and would be chosen for ever.
  std::uint32_t fewest = (spec_.block_pages() - 1) * spec_.page_stripes + 1;
  std::optional<std::uint32_t> found;
  for (std::uint32_t block = 0; block < blocks_per_die_; ++block) {
    const Block& candidate = block_of(die, block);
    if (candidate.state != State::full || candidate.valid >= fewest) continue;
    fewest = candidate.valid;
    found = block;
  }
  return found;
}

void SsdFtl::valid_stripes(std::uint32_t die, std::uint32_t block, std::uint32_t page_of_block,
                           std::vector<std::uint32_t>& out) const {
  out.clear();
  SsdPlace place{die, block * spec_.block_pages() + page_of_block, 0};
  const Block& of = block_of(die, block);
  for (; place.slot < spec_.page_stripes; ++place.slot) {
    std::uint32_t stripe = 0;
    if (of.owners != nullptr) {
      stripe = of.owners[page_of_block * spec_.page_stripes + place.slot];
      if (stripe == none || moved_to(stripe) != packed(place)) continue;
    } else {
      stripe = layout_.stripe_at(place);
      if (stripe >= filled_stripes_ || moved_to(stripe) != none) continue;
    }
    out.push_back(stripe);
  }
}

void SsdFtl::erase(std::uint32_t die, std::uint32_t block) {
  Block& of = block_of(die, block);
  KEV_CHECK(of.state == State::full);
  KEV_CHECK(of.valid == 0);
  of.state = State::free;
  dies_[die].erased.push_back(block);
}

}  // namespace sim
