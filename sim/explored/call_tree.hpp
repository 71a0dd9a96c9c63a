#pragma once
// Call stacks as small numbers: a node is a place in the code, reached through the calls that its
// ancestors are. Equal stacks have equal numbers, so that one fits where a detector keeps a place.
//
// The tree is kept over executions; it is as large as the ways that the code was called. The leaves
// - each access that a detector keeps is one - are not in it while the number can say what they
// are: the frame, and how far the place lies from the first one that was asked for.

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

  /// `pc`: what the code in `frame` is doing.
  Node place(Node frame, const void* pc) {
    const std::uintptr_t offset = reinterpret_cast<std::uintptr_t>(pc) - code_;
    if (offset < code_bytes && frame < frames) [[likely]]
      return leaf | frame << code_bits | static_cast<Node>(offset);
    return far_place(frame, pc);
  }
  /// `pc`: where the code at `parent` called.
  Node child(Node parent, const void* pc) {
    const auto place = reinterpret_cast<std::uintptr_t>(pc);
    for (std::size_t at = hash(parent, place);; ++at) {
      Entry& entry = table_[at & (table_.size() - 1)];
      if (entry.pc == place && entry.parent == parent) return entry.node;
      if (entry.node != root) continue;
      const ArenaPause outside;
      if (nodes_.size() * 2 > table_.size()) {
        grow();
        return child(parent, pc);
      }
      entry = {place, parent, static_cast<Node>(nodes_.size())};
      nodes_.push_back({place, parent});
      return entry.node;
    }
  }
  [[nodiscard]] Node parent(Node node) const {
    return (node & leaf) != 0 ? (node ^ leaf) >> code_bits : nodes_[node].parent;
  }
  [[nodiscard]] std::uintptr_t pc(Node node) const {
    return (node & leaf) != 0 ? code_ + (node & (code_bytes - 1)) : nodes_[node].pc;
  }

 private:
  // A leaf that is no node of the tree: this bit, the frame, the offset in the code.
  static constexpr Node leaf = Node{1} << 31;
  static constexpr unsigned code_bits = 18;
  static constexpr Node code_bytes = Node{1} << code_bits;
  static constexpr Node frames = leaf >> code_bits;

  struct Call {
    std::uintptr_t pc = 0;
    Node parent = root;
  };
  struct Entry {
    std::uintptr_t pc = 0;
    Node parent = root;
    Node node = root;  ///< root: free
  };

  static std::size_t hash(Node parent, std::uintptr_t place) {
    return ((place ^ (std::uint64_t{parent} << 40)) * 0x9E3779B97F4A7C15) >> 20;
  }

  [[gnu::noinline]] Node far_place(Node frame, const void* pc) {
    if (code_ != 0) return child(frame, pc);
    code_ = reinterpret_cast<std::uintptr_t>(pc) - code_bytes / 2;
    return place(frame, pc);
  }

  void grow() {
    table_.assign(table_.size() * 2, Entry());
    for (std::size_t node = 1; node < nodes_.size(); ++node) {
      const Call& call = nodes_[node];
      std::size_t at = hash(call.parent, call.pc);
      while (table_[at & (table_.size() - 1)].node != root) ++at;
      table_[at & (table_.size() - 1)] = {call.pc, call.parent, static_cast<Node>(node)};
    }
  }

  std::uintptr_t code_ = 0;  ///< what leaves are counted from; 0: not known yet
  std::vector<Call> nodes_;
  std::vector<Entry> table_;  ///< by hash
};

/// The functions that a context is in. Functions come and go much more often than somebody asks
/// where it is: only then are the nodes looked for, each once.
class CallStack {
 public:
  void clear() {
    depth_ = known_ = 0;
    node_ = CallTree::root;
  }
  void enter(const void* pc) {
    if (depth_ == frames_.size()) [[unlikely]]
      grow();
    frames_[depth_++].pc = pc;
  }
  void leave() {
    if (depth_ != 0) --depth_;
    if (known_ <= depth_) return;
    known_ = depth_;
    node_ = depth_ == 0 ? CallTree::root : frames_[depth_ - 1].node;
  }
  CallTree::Node node(CallTree& tree) {
    for (; known_ < depth_; ++known_) {
      node_ = tree.child(node_, frames_[known_].pc);
      frames_[known_].node = node_;
    }
    return node_;
  }

 private:
  struct Frame {
    const void* pc = nullptr;
    CallTree::Node node = CallTree::root;
  };
  void grow() {
    const ArenaPause outside;
    frames_.resize(2 * frames_.size() + 32);
  }

  std::vector<Frame> frames_;
  std::size_t depth_ = 0;
  std::size_t known_ = 0;                 ///< frames whose node is known, from the outermost
  CallTree::Node node_ = CallTree::root;  ///< of the last of them
};

}  // namespace sim
