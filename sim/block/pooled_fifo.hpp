#pragma once
// Two small helpers for objects that wait in lines: a pool that never gives memory back, and a
// first in, first out list through the objects' own `next`. No allocation in steady state;
// addresses are stable.

#include <deque>
#include <utility>
#include <vector>

namespace sim {

template <class T>
class Pool {
 public:
  /// An unused object, made with these arguments if there is none to reuse.
  template <class... Arguments>
  T& take(Arguments&&... arguments) {
    if (unused_.empty()) return all_.emplace_back(std::forward<Arguments>(arguments)...);
    T& object = *unused_.back();
    unused_.pop_back();
    return object;
  }
  void give_back(T& object) { unused_.push_back(&object); }

  /// Every object ever made, in order of making.
  [[nodiscard]] std::deque<T>& all() { return all_; }

 private:
  std::deque<T> all_;
  std::vector<T*> unused_;
};

template <class T>
class LinkedFifo {
 public:
  [[nodiscard]] bool empty() const { return head_ == nullptr; }
  [[nodiscard]] T& front() const { return *head_; }
  void push(T& object) {
    object.next = nullptr;
    (head_ == nullptr ? head_ : tail_->next) = &object;
    tail_ = &object;
  }
  /// Requires: not empty.
  T& pop() { return *std::exchange(head_, head_->next); }

 private:
  T* head_ = nullptr;
  T* tail_ = nullptr;
};

}  // namespace sim
