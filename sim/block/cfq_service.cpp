// The service half of CFQ: whose request goes to the disk next, and when it is kept idle instead.

#include <algorithm>

#include "model/base/check.hpp"
#include "sim/block/cfq.hpp"

namespace sim {

namespace {

constexpr Jiffies idle_grace = jiffies_per_second / 10;
constexpr Jiffies seeky_idle = jiffies_per_second / 500;
constexpr std::int64_t slice_scale = 5;
constexpr int queueing_disk = 4;  ///< more requests than this at the disk: it queues by itself

}  // namespace

bool Cfq::stop(Event& timer) {
  if (!timer.pending()) return false;
  engine_->cancel(timer);
  return true;
}

void Cfq::restart(Event& timer, Jiffies at) {
  stop(timer);
  engine_->schedule_at(timer, instant_of(at));
}

void Cfq::kick() {
  if (turns_taken_ != 0) owner_->ask_again(ElevatorOwner::Plug::pull);
}

Request* Cfq::next(kev::Instant) {
  if (dispatched_.empty()) dispatch_round();
  if (dispatched_.empty()) return nullptr;
  if (++in_driver_ > queueing_disk) disk_queues_ = true;
  return &dispatched_.take();
}

void Cfq::dispatch_round() {
  if (turns_taken_ == 0) return;
  const CfqQueue* previous = nullptr;
  while (CfqQueue* queue = select()) {
    if (queue == previous) return;
    queue->must_dispatch = false;
    queue->wait_request = false;
    stop(idle_timer_);
    serve(*queue, queue->idle_class() ? 1 : quantum_);
    if (queue->idle_window && active_ != nullptr) return;
    previous = queue;
  }
}

/// The queue to serve; null: none, or one is waited for.
CfqQueue* Cfq::select() {
  if (active_ == nullptr) return activate_next();
  CfqQueue& queue = *active_;
  const bool over = !queue.must_dispatch && now() > queue.slice_end;
  if (!over) {
    if (!queue.order.empty()) return &queue;
    if (queue.in_service() != 0) return nullptr;
    if (queue.for_process && idle_for(queue)) return nullptr;
  }
  expire(queue, CfqTurns::Place::by_service);
  return activate_next();
}

CfqQueue* Cfq::activate_next() {
  CfqQueue* queue = turns_.next();
  if (queue == nullptr && turns_.next_idle() != nullptr) {
    const Jiffies grace_ends = last_end_ + idle_grace;
    if (now() >= grace_ends)
      queue = turns_.next_idle();
    else
      restart(idle_class_timer_, grace_ends);
  }
  activate(queue);
  return queue;
}

void Cfq::activate(CfqQueue* queue) {
  if (queue != nullptr) {
    stop(idle_class_timer_);
    queue->slice_start = now();
    queue->slice_end = 0;
    queue->slice_left = 0;
    queue->granted = false;
    queue->fifo_checked = false;
  }
  active_ = queue;
}

void Cfq::serve(CfqQueue& queue, std::int64_t most) {
  for (std::int64_t served = 0; served < most && !queue.order.empty(); ++served) {
    Request* request = expired(queue);
    if (request == nullptr) request = queue.next;
    if (active_process_ == nullptr) active_process_ = &process_of(*request);
    dispatch(*request);
    ++slice_requests_;
  }
  if (queue.slice_end == 0) queue.slice_end = now() + slice_of(queue);
  const std::int64_t async_most =
      2 * (slice_async_rq_ + slice_async_rq_ * (io_levels - 1 - queue.priority.level));
  const bool used_up = !queue.sync() && slice_requests_ >= async_most;
  if (used_up || queue.idle_class() || !queue.idle_window)
    expire(queue, CfqTurns::Place::by_service);
}

/// The oldest request if it has expired, once in a slice.
Request* Cfq::expired(CfqQueue& queue) {
  if (queue.fifo_checked) return nullptr;
  Request& oldest = queue.fifo.front();
  if (now() <= jiffies_at(oldest.queued_at) + fifo_expire_[queue.for_process]) return nullptr;
  queue.fifo_checked = true;
  return &oldest;
}

Jiffies Cfq::slice_of(const CfqQueue& queue) const {
  const Jiffies base = slice_[queue.sync()];
  return base + base / slice_scale * (io_level_normal - queue.priority.level);
}

/// The queue's slice is over.
void Cfq::expire(CfqQueue& queue, CfqTurns::Place place) {
  if (queue.wait_request) stop(idle_timer_);
  if (place == CfqTurns::Place::by_service && queue.in_service() == 0) {
    queue.service_last = now();
    kick();
  }
  queue.must_dispatch = false;
  queue.wait_request = false;
  queue.slice_left = std::max<Jiffies>(queue.slice_end - now(), 0);
  if (queue.waiting_turn) turns_.place(queue, place);
  if (active_ == &queue) active_ = nullptr;
  active_process_ = nullptr;
  slice_requests_ = 0;
}

/// Keeps the disk for the active queue's process; false when that is not worth it.
bool Cfq::idle_for(CfqQueue& queue) {
  if (slice_idle_ == 0 || !queue.idle_window) return false;
  if (active_process_ == nullptr) return false;
  queue.must_dispatch = true;
  queue.wait_request = true;
  const bool seeky = active_process_->seek.samples() > enough_samples && active_process_->seeky();
  restart(idle_timer_, now() + (seeky ? std::min(slice_idle_, seeky_idle) : slice_idle_));
  return true;
}

void Cfq::on_idle_timer() {
  if (active_ != nullptr) {
    CfqQueue& queue = *active_;
    if (now() <= queue.slice_end) {
      if (turns_taken_ == 0) return;  // nobody else wants the disk
      if (!queue.order.empty()) {
        queue.must_dispatch = true;
        kick();
        return;
      }
    }
    expire(queue, CfqTurns::Place::by_service);
  }
  kick();
}

void Cfq::on_idle_class_timer() {
  const Jiffies grace_ends = last_end_ + idle_grace;
  if (now() < grace_ends)
    restart(idle_class_timer_, grace_ends);
  else
    kick();
}

void Cfq::completed(Request& request, kev::Instant) {
  CfqQueue& queue = queue_of(request);
  KEV_CHECK(in_driver_ > 0);
  --in_driver_;
  --queue.dispatched[request.sync];
  if (!queue.idle_class()) last_end_ = now();
  if (queue.in_service() == 0 && queue.waiting_turn) {
    queue.service_last = now();
    turns_.place(queue, CfqTurns::Place::by_service);
  }
  if (request.sync) process_of(request).last_end = now();
  if (active_ == &queue) {
    if (now() > queue.slice_end)
      expire(queue, CfqTurns::Place::by_service);
    else if (request.sync && queue.order.empty() && !idle_for(queue))
      kick();
  }
  release(queue);
}

}  // namespace sim
