#pragma once
// Whose turn it is among the queues of CFQ.
//
// Queues with requests wait in a list for their level of best effort, sorted by when they were
// served last; those with requests at the disk wait apart, and so do queues of the idle class.
// Levels come up in the order 0; 0, 1; 0, 1, 2; ... 0 to 7: a whole level moves to the current
// list, and the real-time class goes there at once. Source: cfq_resort_rr_list() and
// cfq_get_next_prio_level() of Linux 2.6.18. As there, what goes "to the front" goes before the
// last.

#include <array>

#include "sim/block/cfq_queue.hpp"

namespace sim {

class CfqTurns {
 public:
  enum class Place : std::uint8_t { by_service, front };

  /// (Re)places a queue that has requests.
  void place(CfqQueue& queue, Place place);
  /// It has no requests any more.
  void leave(CfqQueue& queue) { queue.hook.unlink(); }

  /// Whose turn it is, but for the idle class; null when nobody waits. It stays in its list.
  CfqQueue* next();
  [[nodiscard]] CfqQueue* next_idle() { return idle_.empty() ? nullptr : &idle_.front(); }
  /// Everybody in the current list goes back to its level, to the front.
  void put_back_current();

 private:
  CfqList& list_of(const CfqQueue& queue);
  bool next_level();

  std::array<CfqList, io_levels> levels_;
  CfqList current_;
  CfqList busy_;
  CfqList idle_;
  std::size_t level_ = 0;       ///< where the search for the next level begins
  std::size_t level_last_ = 0;  ///< and ends, in this round
};

}  // namespace sim
