#pragma once
// The service classes of NVMe's weighted round robin with urgent priority, and a line of waiting
// objects that serves them.
//
// Urgent comes first, always. The others share a round: of each, at most its weight. A class that
// has nothing waiting leaves its turns to the others. Sources: NVM Express 1.4, 4.13.2; weights as
// in MQSim (IO_Flow_Priority_Class). Which priority of a process means which class is this
// project's choice: real time is urgent; levels 0 to 2 of best effort are high, 6 and 7 low.

#include <array>
#include <cstddef>
#include <cstdint>

#include "sim/block/io_priority.hpp"
#include "sim/block/pooled_fifo.hpp"

namespace sim {

enum class FlowClass : std::uint8_t { urgent, high, medium, low };

inline constexpr std::size_t flow_classes = 4;
/// Turns in a round; urgent needs none.
inline constexpr std::array<std::uint8_t, flow_classes> flow_weights{0, 4, 2, 1};

constexpr FlowClass flow_class_of(const IoPriority& priority) {
  constexpr std::uint8_t last_high = 2;
  constexpr std::uint8_t first_low = 6;
  if (priority.io_class == IoClass::real_time) return FlowClass::urgent;
  if (priority.io_class == IoClass::idle || priority.level >= first_low) return FlowClass::low;
  return priority.level <= last_high ? FlowClass::high : FlowClass::medium;
}

/// Whose turn it is.
class FlowTurns {
 public:
  static constexpr std::size_t nobody = flow_classes;
  /// The class to serve now, of those for which `waits` is true; nobody when there is none.
  template <class Waits>
  std::size_t next(Waits waits) {
    if (waits(0)) return 0;
    for (int round = 0; round < 2; ++round) {
      for (std::size_t line = 1; line < flow_classes; ++line) {
        if (turns_[line] == 0 || !waits(line)) continue;
        --turns_[line];
        return line;
      }
      turns_ = flow_weights;
    }
    return nobody;
  }

 private:
  std::array<std::uint8_t, flow_classes> turns_ = flow_weights;
};

/// Within a class: first in, first out.
template <class T>
class ClassedFifo {
 public:
  [[nodiscard]] bool empty() const { return waiting_ == 0; }
  void push(T& object, FlowClass flow_class) {
    lines_[static_cast<std::size_t>(flow_class)].push(object);
    ++waiting_;
  }
  /// Requires: not empty.
  T& pop() {
    --waiting_;
    last_ = turns_.next([&](std::size_t line) { return !lines_[line].empty(); });
    return lines_[last_].pop();
  }
  /// Who is next in the class of the last one popped; null when nobody is.
  [[nodiscard]] T* companion() const {
    return lines_[last_].empty() ? nullptr : &lines_[last_].front();
  }
  /// Takes it, as part of the same turn. Requires: there is one.
  void pop_companion() {
    --waiting_;
    lines_[last_].pop();
  }

 private:
  std::array<LinkedFifo<T>, flow_classes> lines_;
  FlowTurns turns_;
  std::size_t last_ = 0;  ///< class of the last one popped
  std::uint32_t waiting_ = 0;
};

}  // namespace sim
