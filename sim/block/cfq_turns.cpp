#include "sim/block/cfq_turns.hpp"

#include <iterator>
#include <vector>

namespace sim {

CfqList& CfqTurns::list_of(const CfqQueue& queue) {
  if (queue.real_time()) return current_;
  if (queue.idle_class()) return idle_;
  return queue.in_service() != 0 ? busy_ : levels_[queue.priority.level];
}

void CfqTurns::place(CfqQueue& queue, Place where) {
  queue.hook.unlink();
  CfqList& list = list_of(queue);
  auto before = list.end();
  if (where == Place::front) {
    if (!list.empty()) --before;
  } else if (&list != &busy_) {
    while (before != list.begin()) {
      const CfqQueue& other = *std::prev(before);
      if (other.service_last == 0 || other.service_last < queue.service_last) break;
      --before;
    }
  }
  list.insert(before, queue);
}

CfqQueue* CfqTurns::next() {
  if (!current_.empty() || next_level()) return &current_.front();
  return busy_.empty() ? nullptr : &busy_.front();
}

/// Moves the next level that has queues to the current list; false when none has.
bool CfqTurns::next_level() {
  bool wrapped = false;
  for (;;) {
    while (level_ <= level_last_ && levels_[level_].empty()) ++level_;
    if (level_ <= level_last_) break;
    level_ = 0;
    if (++level_last_ < io_levels) continue;
    level_last_ = 0;
    if (wrapped) return false;
    wrapped = true;
  }
  current_.splice(current_.begin(), levels_[level_]);
  ++level_;
  if (level_ > level_last_) {
    level_last_ = level_;
    level_ = 0;
  }
  if (level_last_ == io_levels) {
    level_ = 0;
    level_last_ = 0;
  }
  return true;
}

void CfqTurns::put_back_current() {
  std::vector<CfqQueue*> all;
  for (CfqQueue& queue : current_) all.push_back(&queue);
  for (CfqQueue* queue : all) place(*queue, Place::front);
}

}  // namespace sim
