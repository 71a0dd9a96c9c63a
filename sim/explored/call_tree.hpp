#pragma once
// Call stacks as small numbers: a node is a place in the code, reached through the calls that its
// ancestors are. Equal stacks have equal numbers, so that one fits where a detector keeps a place.
//
// The tree is kept over executions; it is as large as the ways that the code was called.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/engine/arena.hpp"

namespace sim {

class CallTree {
 public:
  using Node = std::uint32_t;
  static constexpr Node root = 0;

  CallTree() : nodes_(1), table_(std::size_t{1} << 10) {}

  /// `pc`: where the code at `parent` called, or what it is doing.
  Node child(Node parent, const void* pc) {
    const auto place = reinterpret_cast<std::uintptr_t>(pc);
    const std::uint64_t key = (place ^ (std::uint64_t{parent} << 40)) * 0x9E3779B97F4A7C15;
    for (std::size_t at = key >> 20;; ++at) {
      Node& entry = table_[at & (table_.size() - 1)];
      if (entry == root) {
        const ArenaPause outside;
        if (nodes_.size() * 2 > table_.size()) {
          grow();
          return child(parent, pc);
        }
        entry = static_cast<Node>(nodes_.size());
        nodes_.push_back({place, key, parent});
        return entry;
      }
      if (nodes_[entry].pc == place && nodes_[entry].parent == parent) return entry;
    }
  }
  [[nodiscard]] Node parent(Node node) const { return nodes_[node].parent; }
  [[nodiscard]] std::uintptr_t pc(Node node) const { return nodes_[node].pc; }

 private:
  struct Call {
    std::uintptr_t pc = 0;
    std::uint64_t key = 0;
    Node parent = root;
  };

  void grow() {
    table_.assign(table_.size() * 2, root);
    for (std::size_t node = 1; node < nodes_.size(); ++node) {
      std::size_t at = nodes_[node].key >> 20;
      while (table_[at & (table_.size() - 1)] != root) ++at;
      table_[at & (table_.size() - 1)] = static_cast<Node>(node);
    }
  }

  std::vector<Call> nodes_;
  std::vector<Node> table_;  ///< by hash; root: free
};

}  // namespace sim
