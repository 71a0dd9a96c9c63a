#pragma once
// A queue in one circular array, indexed from its front. It grows when full and keeps its memory,
// so that a connection in steady state allocates nothing.

#include <cstddef>
#include <utility>
#include <vector>

#include "model/base/check.hpp"

namespace sim {

template <class T>
class Ring {
 public:
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }

  T& operator[](std::size_t index) { return slots_[place(index)]; }
  const T& operator[](std::size_t index) const { return slots_[place(index)]; }
  T& front() { return slots_[head_]; }
  const T& front() const { return slots_[head_]; }
  T& back() { return slots_[place(size_ - 1)]; }
  const T& back() const { return slots_[place(size_ - 1)]; }

  void push_back(const T& value) {
    if (size_ == slots_.size()) grow();
    slots_[place(size_)] = value;
    ++size_;
  }
  /// Moves what comes later one place up: for rare insertions.
  void insert(std::size_t index, const T& value) {
    push_back(value);
    for (std::size_t i = size_ - 1; i > index; --i) std::swap((*this)[i], (*this)[i - 1]);
  }
  void pop_front() {
    KEV_CHECK(size_ != 0);
    head_ = (head_ + 1) & (slots_.size() - 1);
    --size_;
  }
  /// Keeps the memory.
  void clear() { head_ = size_ = 0; }

 private:
  [[nodiscard]] std::size_t place(std::size_t index) const {
    return (head_ + index) & (slots_.size() - 1);
  }
  void grow() {
    std::vector<T> larger(slots_.empty() ? 8 : slots_.size() * 2);
    for (std::size_t i = 0; i < size_; ++i) larger[i] = slots_[place(i)];
    slots_.swap(larger);
    head_ = 0;
  }

  std::vector<T> slots_;  ///< a power of two of them
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace sim
