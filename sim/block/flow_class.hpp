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
    if (!lines_[0].empty()) return lines_[0].pop();
    while (true) {
      for (std::size_t line = 1; line < flow_classes; ++line) {
        if (lines_[line].empty() || turns_[line] == 0) continue;
        --turns_[line];
        return lines_[line].pop();
      }
      turns_ = flow_weights;
    }
  }

 private:
  std::array<LinkedFifo<T>, flow_classes> lines_;
  std::array<std::uint8_t, flow_classes> turns_ = flow_weights;
  std::uint32_t waiting_ = 0;
};

}  // namespace sim
