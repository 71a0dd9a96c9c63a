// From which submission queue a flash drive takes the next command.

#include "sim/block/ssd.hpp"

namespace sim {

/// Weighted: the queues of a class stand together.
Ssd::Queue& Ssd::queue_of(const DiskRequest& request) {
  const std::size_t of_process = request.process % spec_.queues;
  if (spec_.arbitration == Arbitration::round_robin) return queues_[of_process];
  const auto flow_class = static_cast<std::size_t>(flow_class_of(request.priority));
  return queues_[flow_class * spec_.queues + of_process];
}

bool Ssd::may_fetch(const Queue& queue) const {
  return !queue.waiting.empty() && (spec_.queue_fetch == 0 || queue.fetched < spec_.queue_fetch);
}

Ssd::Queue* Ssd::next_in_turn() {
  for (std::size_t tried = 0; tried < queues_.size(); ++tried) {
    Queue& queue = queues_[queue_turn_];
    queue_turn_ = (queue_turn_ + 1) % queues_.size();
    if (may_fetch(queue)) return &queue;
  }
  return nullptr;
}

Ssd::Queue* Ssd::next_of_class(std::size_t flow_class) {
  std::size_t& turn = class_queue_turn_[flow_class];
  for (std::size_t tried = 0; tried < spec_.queues; ++tried) {
    Queue& queue = queues_[flow_class * spec_.queues + turn];
    turn = (turn + 1) % spec_.queues;
    if (may_fetch(queue)) return &queue;
  }
  return nullptr;
}

/// Null when no queue may be served.
Ssd::Queue* Ssd::next_queue() {
  if (spec_.arbitration == Arbitration::round_robin) return next_in_turn();
  Queue* found = nullptr;
  class_turns_.next([&](std::size_t flow_class) {
    found = next_of_class(flow_class);
    return found != nullptr;
  });
  return found;
}

/// Takes commands from the queues while any may be taken.
void Ssd::fetch() {
  while (queued_ > 0 && (spec_.fetch_total == 0 || inside_ - queued_ < spec_.fetch_total)) {
    Queue* const queue = next_queue();
    if (queue == nullptr) return;
    ++queue->fetched;
    --queued_;
    begin(queue->waiting.pop());
  }
}

}  // namespace sim
