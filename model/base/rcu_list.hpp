#pragma once
// A doubly linked list that may be walked without a lock while others change it.
//
// Writers are serialised by a lock of the owner. A removed node keeps its forward link, so that a
// walker standing on it goes on; it may be linked again or freed only after a grace period.
// This is the one list that Boost.Intrusive cannot provide; all others in model/ are Boost's.

#include <atomic>

namespace kev {

struct RcuListNode {
  std::atomic<RcuListNode*> next{nullptr};
  RcuListNode* previous = nullptr;
};

class RcuList {
 public:
  RcuList() {
    head_.next.store(&head_, std::memory_order_relaxed);
    head_.previous = &head_;
  }
  RcuList(const RcuList&) = delete;
  RcuList& operator=(const RcuList&) = delete;

  /// Requires: the owner's lock; the node is in no list.
  void push_back(RcuListNode& node) {
    RcuListNode* last = head_.previous;
    node.previous = last;
    node.next.store(&head_, std::memory_order_relaxed);
    head_.previous = &node;
    last->next.store(&node, std::memory_order_release);  // now walkers see a complete node
  }

  /// Requires: the owner's lock; the node is in this list.
  void remove(RcuListNode& node) {
    RcuListNode* next = node.next.load(std::memory_order_relaxed);
    next->previous = node.previous;
    node.previous->next.store(next, std::memory_order_release);
    node.previous = nullptr;
  }

  /// The walk: first() and then next() until null. Requires: an RCU read section or the lock.
  [[nodiscard]] RcuListNode* first() const { return step(head_); }
  [[nodiscard]] RcuListNode* next(const RcuListNode& node) const { return step(node); }
  [[nodiscard]] bool empty() const { return first() == nullptr; }

 private:
  [[nodiscard]] RcuListNode* step(const RcuListNode& node) const {
    RcuListNode* next = node.next.load(std::memory_order_acquire);
    return next == &head_ ? nullptr : next;
  }

  RcuListNode head_;
};

}  // namespace kev
