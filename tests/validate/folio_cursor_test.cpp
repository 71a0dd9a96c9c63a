// The cursor against a tree of nodes and sibling entries, searched as the XArray does it.

#include "sim/vfs/folio_cursor.hpp"

#include <rapidcheck.h>
#include <rapidcheck/catch.h>
#include <array>
#include <catch2/catch.hpp>
#include <memory>
#include <vector>

namespace {

constexpr std::uint64_t file_pages = 1 << 14;
constexpr int root_level = 2;

/// Pages of which some are cached in folios.
class Folios final : public sim::ReadaheadPages {
 public:
  explicit Folios(std::uint64_t pages) : order_(pages, -1) {}
  bool present(std::uint64_t index) override { return folio_order(index) >= 0; }
  std::uint64_t submit(std::uint64_t, std::uint64_t, std::uint64_t) override { return 0; }
  bool congested() override { return false; }
  std::uint64_t page_count() override { return order_.size(); }
  int folio_order(std::uint64_t index) override {
    return index < order_.size() ? order_[index] : -1;
  }
  /// False when a page of it is there.
  bool add(std::uint64_t index, int order = 0) {
    const std::uint64_t end = index + (1ULL << order);
    for (std::uint64_t i = index; i < end; ++i)
      if (present(i)) return false;
    for (std::uint64_t i = index; i < end; ++i) order_[i] = order;
    return true;
  }

 private:
  std::vector<int> order_;
};

/// A node of 64 slots: nothing, an entry (first slot of a folio), a sibling (its other slots; holds
/// the first one's number), or a node below.
struct Node {
  enum class Slot : std::uint8_t { nothing, entry, sibling, node };
  int level = 0;
  Node* parent = nullptr;
  std::uint64_t offset = 0;  ///< in the parent
  std::array<Slot, 64> kind{};
  std::array<std::uint64_t, 64> first{};
  std::array<std::unique_ptr<Node>, 64> below;
};

Node& child(Node& node, std::uint64_t offset) {
  if (node.below[offset] == nullptr) {
    node.kind[offset] = Node::Slot::node;
    node.below[offset] = std::make_unique<Node>();
    node.below[offset]->level = node.level - 1;
    node.below[offset]->parent = &node;
    node.below[offset]->offset = offset;
  }
  return *node.below[offset];
}

std::uint64_t offset_at(std::uint64_t index, const Node& node) {
  return index >> (6 * node.level) & 63;
}

void put_folio(Node& root, std::uint64_t index, int order) {
  Node* node = &root;
  while (order < 6 * node->level) node = &child(*node, offset_at(index, *node));
  const std::uint64_t first = offset_at(index, *node);
  for (std::uint64_t i = 0; i < 1ULL << (order - 6 * node->level); ++i) {
    node->kind[first + i] = i == 0 ? Node::Slot::entry : Node::Slot::sibling;
    node->first[first + i] = first;
  }
}

/// A position in the tree; node null: outside.
struct Position {
  Node* node;
  std::uint64_t index;
  std::uint64_t offset = 0;

  bool load(Node& root) {
    node = &root;
    for (;;) {
      offset = offset_at(index, *node);
      if (node->kind[offset] == Node::Slot::sibling) offset = node->first[offset];
      if (node->kind[offset] != Node::Slot::node) return node->kind[offset] != Node::Slot::nothing;
      node = node->below[offset].get();
    }
  }

  bool move(std::uint64_t step) {
    index += step;
    const std::uint64_t edge = step == 1 ? 63 : 0;
    const bool plain = node->level == 0 && offset != edge;
    if (plain || offset != offset_at(index, *node)) offset += step;
    while (offset > 63) {
      offset = node->offset + step;
      node = node->parent;
      if (node == nullptr) return false;
    }
    while (node->kind[offset] == Node::Slot::node) {
      node = node->below[offset].get();
      offset = offset_at(index, *node);
    }
    return node->kind[offset] != Node::Slot::nothing;
  }
};

std::uint64_t expected_next(Node& root, std::uint64_t index, std::uint64_t max) {
  Position at{&root, index};
  bool there = at.load(root);
  for (std::uint64_t n = 1; n < max && there; ++n) there = at.move(1);
  return there ? index + max : at.index;
}

std::uint64_t expected_previous(Node& root, std::uint64_t index, std::uint64_t max) {
  Position at{&root, index};
  bool there = at.load(root);
  for (std::uint64_t n = 1; n < max && there; ++n) there = at.move(UINT64_MAX);
  return at.index;
}

}  // namespace

TEST_CASE("a search from inside a large folio tells the hole too late by where it began") {
  Folios file(1000);
  file.add(32, 4);
  CHECK(sim::next_miss(file, 32, 100) == 48);
  CHECK(sim::next_miss(file, 37, 100) == 53);
  CHECK(sim::next_miss(file, 37, 5) == 42);
  CHECK(sim::next_miss(file, 48, 100) == 48);
  CHECK(sim::previous_miss(file, 32, 100) == 31);
  CHECK(sim::previous_miss(file, 37, 100) == 36);
  CHECK(sim::previous_miss(file, 30, 100) == 30);
}

TEST_CASE("a search back to the start of the file says so, one that may not go on does not") {
  Folios file(1000);
  for (std::uint64_t i = 0; i < 100; ++i) file.add(i);
  CHECK(sim::previous_miss(file, 99, 200) == UINT64_MAX);
  CHECK(sim::previous_miss(file, 99, 100) == 0);
  CHECK(sim::previous_miss(file, 99, 10) == 90);
  CHECK(sim::next_miss(file, 0, 10) == 10);
  CHECK(sim::next_miss(file, 0, 200) == 100);
}

TEST_CASE("every search over random folios ends where the tree's does") {
  rc::prop("next and previous", [] {
    Folios file(file_pages);
    Node root;
    root.level = root_level;
    const auto start = *rc::gen::inRange<std::uint64_t>(0, 5000);
    std::uint64_t index = start;
    const auto count = *rc::gen::inRange(1, 60);
    for (int n = 0; n < count && index < 9000; ++n) {
      const auto order = *rc::gen::weightedElement<int>(
          {{6, 0}, {3, 1}, {4, 2}, {4, 3}, {4, 4}, {3, 5}, {3, 6}, {2, 7}, {1, 8}, {1, 9}});
      const bool gap = *rc::gen::weightedElement<int>({{8, 0}, {1, 1}}) != 0;
      const std::uint64_t size = 1ULL << order;
      index += gap ? 1 : 0;
      // Runs of single pages up to where a large folio may begin.
      for (; index % size != 0; ++index) {
        file.add(index);
        put_folio(root, index, 0);
      }
      if (!file.add(index, order)) return;
      put_folio(root, index, order);
      index += size;
    }
    for (int n = 0; n < 40; ++n) {
      const auto from = *rc::gen::inRange<std::uint64_t>(start, index + 2);
      const auto max = *rc::gen::inRange<std::uint64_t>(1, 1200);
      RC_ASSERT(sim::next_miss(file, from, max) == expected_next(root, from, max));
      RC_ASSERT(sim::previous_miss(file, from, max) == expected_previous(root, from, max));
    }
  });
}
