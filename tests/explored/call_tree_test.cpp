// Call stacks as numbers.

#include "sim/explored/call_tree.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <vector>

using sim::CallTree;

namespace {

const void* at(std::uintptr_t pc) {
  return reinterpret_cast<const void*>(pc);
}

}  // namespace

TEST_CASE("each place in each frame has one number, which says what it is, near or far") {
  CallTree tree;
  std::vector<CallTree::Node> frames{CallTree::root};
  // More than a number has room for.
  for (std::uintptr_t i = 1; i < 10'000; ++i)
    frames.push_back(tree.child(frames[i / 2], at(0x500000 + i)));
  std::map<CallTree::Node, std::pair<CallTree::Node, std::uintptr_t>> known;
  const std::uintptr_t middle = 0x400000;
  for (const std::uintptr_t distance : {0U, 1U, 0x1FFFFU, 0x20000U, 0x20001U, 0x3FFFFFU})
    for (const std::uintptr_t pc : {middle + distance, middle - distance})
      for (const std::size_t frame : {0U, 1U, 77U, 8190U, 8191U, 8192U, 9999U}) {
        const CallTree::Node node = tree.place(frames[frame], at(pc));
        CHECK(node != CallTree::root);
        CHECK(tree.parent(node) == frames[frame]);
        CHECK(tree.pc(node) == pc);
        CHECK(tree.place(frames[frame], at(pc)) == node);
        const auto [row, fresh] = known.try_emplace(node, frames[frame], pc);
        CHECK(row->second == std::pair(frames[frame], pc));
      }
  CHECK(known.size() == 11U * 7U);
}
