#pragma once
// What ModelWatch does at a plain access, for the hooks: in line for each size, since nothing else
// happens as often.

#include <algorithm>

#include "sim/explored/model_watch.hpp"

namespace sim {

template <Access how, std::size_t size>
void ModelWatch::access(const volatile void* at, std::size_t bytes, const void* pc) {
  // Most of what is not watched for races: objects that are there.
  if (only_heap_ && is_there(at)) return;
  if (kernel_ == nullptr || kernel_->current() == nullptr) return;
  if (stops_ || !is_there(at)) [[unlikely]] {
    stop_at(at, how, pc);
    if (kernel_ == nullptr) return;
  }
  if (options_.races) check_races<how, size>(at, bytes, pc);
}

template <Access how, std::size_t size>
void ModelWatch::check_races(const volatile void* at, std::size_t bytes, const void* pc) {
  const auto address = reinterpret_cast<std::uintptr_t>(at);
  const Context& current = *kernel_->current();
  const std::uint32_t slot = current_slot();
  const CallTree::Node here = place(slot, pc);
  constexpr bool is_pair = size == 8;
  Race race;
  bool met = false;
  if (size != any_size && address % (is_pair ? 8 : 4) + size <= (is_pair ? 8 : 4)) [[likely]] {
    Cell* const cell = memory_.cells(address, current).first;
    if (cell == nullptr) return;
    const std::uint64_t mask = epoch::bytes_at(address % 4, size);
    met = is_pair ? (how == Access::write ? races_.write_pair(slot, cell, here, race)
                                          : races_.read_pair(slot, cell, here, race))
                  : (how == Access::write ? races_.write(slot, *cell, mask, here, race)
                                          : races_.read(slot, *cell, mask, here, race));
  } else {
    met = check_cells<how>(address, address + bytes, here, race);
  }
  if (met) [[unlikely]]
    report_race(at, race, how, pc);
}

/// Cells in a row. True: a race.
template <Access how>
[[gnu::noinline]] bool ModelWatch::check_cells(std::uintptr_t address, std::uintptr_t end,
                                               CallTree::Node here, Race& race) {
  while (address < end) {
    auto [cell, row_end] = memory_.cells(address, *kernel_->current());
    const std::uintptr_t stop = std::min(end, row_end);
    if (cell == nullptr) address = stop;
    for (; address < stop; ++cell) {
      const std::uintptr_t last = std::min((address & ~std::uintptr_t{3}) + 4, stop);
      const std::uint64_t mask = epoch::bytes_at(address % 4, last - address);
      address = last;
      if (how == Access::write ? races_.write(current_slot(), *cell, mask, here, race)
                               : races_.read(current_slot(), *cell, mask, here, race))
        return true;
    }
  }
  return false;
}

}  // namespace sim
