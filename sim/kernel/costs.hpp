#pragma once
// What operations cost a simulated CPU. One row of `cost_operations` per operation, one row of
// `cost_profiles` per machine; the platform charges these, the code under test never does.
//
// Units: nanoseconds per operation; operations counted per byte are given in picoseconds per byte.
// Honesty rule: a figure is either documented (its source is named beside it) or scaled from a
// documented one by clock rate; nothing here is fitted to a result of the simulator.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "model/base/time.hpp"

namespace sim {

enum class Cost : std::uint8_t {
  system_call,     ///< enter and leave the kernel
  context_switch,  ///< from one thread to another, cache effects included
  wakeup,          ///< make a sleeping thread runnable
  interrupt,       ///< enter and leave a hardware interrupt
  softirq,         ///< enter and leave softirq processing
  lock,            ///< an uncontended atomic lock or unlock pair
  list,            ///< link or unlink one list node
  tree,            ///< search, insert or erase in a balanced tree
  allocate,        ///< one slab object, freed again
  page_allocate,   ///< one page from the buddy allocator
  page_lookup,     ///< find a page in the radix tree
  page_insert,     ///< put a page into the radix tree and the LRU
  page_evict,      ///< take a clean page out again
  bio_submit,      ///< build and queue one block request
  bio_complete,    ///< finish one block request
  pin_page,        ///< get_user_pages, one page
  timer,           ///< arm or cancel a high-resolution timer
  tcp_send,        ///< build and transmit one TCP segment
  tcp_receive,     ///< process one received TCP segment or acknowledgement
  send_page,       ///< attach one page to a socket's send queue
  open_file,       ///< path walk and file structure, names cached
  copy_byte,       ///< copy between user and kernel memory (ps per byte)
  checksum_byte,   ///< Internet checksum, where the network card does not do it (ps per byte)
  count_
};

inline constexpr std::size_t cost_count = static_cast<std::size_t>(Cost::count_);

struct CostProfile {
  std::string_view name;
  std::string_view description;
  std::array<std::int64_t, cost_count> picoseconds;

  [[nodiscard]] std::int64_t of(Cost cost) const {
    return picoseconds[static_cast<std::size_t>(cost)];
  }
};

std::span<const CostProfile> cost_profiles();
/// The profile of that name; nullptr when there is none.
const CostProfile* find_cost_profile(std::string_view name);

}  // namespace sim
