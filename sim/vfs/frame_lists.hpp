#pragma once
// Lists of page frames by number, apart from the frames.
//
// A frame is a cache line of the host, and its neighbours in a list lie anywhere: with the links in
// the frames, each step along a list, and each change next to a frame, waits for memory. All links
// of 100 000 frames take 800 KB, which a cache holds; where the next frames lie is then known
// before any of them is touched.
// Invariants: a frame is in one list at most. Frames have numbers from 1.

#include <array>
#include <cstdint>
#include <vector>

namespace sim {

template <std::uint32_t lists>
class FrameLists {
 public:
  /// Requires: in no list.
  void push_front(std::uint32_t list, std::uint32_t frame) {
    insert(list, frame, {list, links_[list].next});
  }
  /// The same, at the list's end.
  void push_back(std::uint32_t list, std::uint32_t frame) {
    insert(list, frame, {links_[list].previous, list});
  }
  /// Requires: in that list.
  void remove(std::uint32_t list, std::uint32_t frame) {
    const Link link = links_[lists + frame];
    links_[link.previous].next = link.next;
    links_[link.next].previous = link.previous;
    --sizes_[list];
  }
  [[nodiscard]] std::uint64_t size(std::uint32_t list) const { return sizes_[list]; }
  /// 0: there is none.
  [[nodiscard]] std::uint32_t back(std::uint32_t list) const {
    return number(links_[list].previous);
  }
  /// The frame before this one; 0: it is the first.
  [[nodiscard]] std::uint32_t before(std::uint32_t frame) const {
    return number(links_[lists + frame].previous);
  }

 private:
  struct Link {
    std::uint32_t previous = 0;
    std::uint32_t next = 0;
  };
  void insert(std::uint32_t list, std::uint32_t frame, Link between) {
    const std::uint32_t at = lists + frame;
    if (at >= links_.size()) links_.resize(at + 1);
    links_[at] = between;
    links_[between.previous].next = at;
    links_[between.next].previous = at;
    ++sizes_[list];
  }
  static std::uint32_t number(std::uint32_t at) { return at < lists ? 0 : at - lists; }
  /// Empty lists: the first links are the lists' own, and point at themselves.
  static std::vector<Link> heads() {
    std::vector<Link> links;
    for (std::uint32_t list = 0; list < lists; ++list) links.push_back({list, list});
    return links;
  }

  std::vector<Link> links_ = heads();
  std::array<std::uint64_t, lists> sizes_{};
};

}  // namespace sim
