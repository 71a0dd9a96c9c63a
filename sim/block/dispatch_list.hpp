#pragma once
// What an elevator has decided to serve next: the driver takes from the front.
//
// Sorted insertion keeps two runs upwards by sector: what lies at or beyond the end of the request
// served last comes first, what lies below it after that, so that the arm goes on in one direction.
// Source: elv_dispatch_sort() of Linux 2.6.18 (block/elevator.c). Invariants: holds a request by
// its fifo link; a request in it takes no more bios.

#include "sim/block/request.hpp"

namespace sim {

class DispatchList {
 public:
  [[nodiscard]] bool empty() const { return list_.empty(); }
  void add_sorted(Request& request);
  void add_last(Request& request);
  /// The driver takes it. Requires: not empty.
  Request& take();
  /// Where the last of the list ends. Requires: not empty.
  [[nodiscard]] std::uint64_t last_end() const { return list_.back().end_sector(); }

 private:
  RequestFifo list_;
  std::uint64_t boundary_ = 0;  ///< where the request taken last ended
};

}  // namespace sim
