#pragma once
// A bio that writes pages of one file. What goes to the disk is what the pages held when it was
// submitted; they may be written to again meanwhile, and are dirty again then (2.6.18 has no stable
// pages). Invariants: pages in ascending order, contiguous on the disk, under writeback from
// before submission until end_io; so they neither leave their file nor memory. It belongs to the
// cache's WriteBack and is given back when end_io returns.

#include <array>
#include <cstdint>
#include <span>

#include "sim/block/bio.hpp"
#include "sim/vfs/page.hpp"

namespace sim {

class WriteBack;

struct WriteBio final : Bio {
  static constexpr std::size_t max_pages = 128;

  explicit WriteBio(WriteBack& back) : write_back(back) {}

  [[nodiscard]] std::span<Page* const> pages() const { return {page_list.data(), page_count}; }

  WriteBack& write_back;
  Inode* inode = nullptr;
  std::size_t page_count = 0;
  std::array<Page*, max_pages> page_list{};
  std::array<std::uint32_t, max_pages> versions{};  ///< of the contents, page by page
};

}  // namespace sim
