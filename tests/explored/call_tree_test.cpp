// Call stacks as numbers.

#include "sim/explored/call_tree.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <vector>

using sim::CallTree;

TEST_CASE("each place in each frame has one number, which says what it is, near or far") {
  CallTree tree;
  // Only its addresses matter.
  const std::vector<char> code(0x800000);
  std::vector<CallTree::Node> frames{CallTree::root};
  // More than a number has room for.
  for (std::size_t i = 1; i < 10'000; ++i)
    frames.push_back(tree.child(frames[i / 2], &code[0x500000 + i]));
  std::map<CallTree::Node, std::pair<CallTree::Node, const char*>> known;
  const char* const middle = &code[0x400000];
  for (const std::ptrdiff_t distance : {0, 1, 0x1FFFF, 0x20000, 0x20001, 0x3FFFFF})
    for (const char* const pc : {middle + distance, middle - distance})
      for (const std::size_t frame : {0U, 1U, 77U, 8190U, 8191U, 8192U, 9999U}) {
        const CallTree::Node node = tree.place(frames[frame], pc);
        CHECK(node != CallTree::root);
        CHECK(tree.parent(node) == frames[frame]);
        CHECK(tree.pc(node) == reinterpret_cast<std::uintptr_t>(pc));
        CHECK(tree.place(frames[frame], pc) == node);
        const auto [row, fresh] = known.try_emplace(node, frames[frame], pc);
        CHECK(row->second == std::pair(frames[frame], pc));
      }
  CHECK(known.size() == std::size_t{11} * 7);
}
