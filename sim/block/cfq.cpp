#include "sim/block/cfq.hpp"

#include <algorithm>
#include <utility>

#include "model/base/check.hpp"

namespace sim {

namespace {

using namespace kev::literals;

IoPriority with_class(IoPriority wanted) {
  if (wanted.io_class == IoClass::none) return {IoClass::best_effort, io_level_normal};
  if (wanted.io_class == IoClass::idle) return {IoClass::idle, io_levels - 1};
  return wanted;
}

}  // namespace

Cfq::Cfq(const ElevatorTuning& tuning)
    : fifo_expire_{jiffies_in(tuning.fifo_expire_async.value_or(250_ms)),
                   jiffies_in(tuning.fifo_expire_sync.value_or(125_ms))},
      slice_{jiffies_in(tuning.slice_async.value_or(40_ms)),
             jiffies_in(tuning.slice_sync.value_or(100_ms))},
      slice_idle_(jiffies_in(tuning.slice_idle.value_or(8_ms))),
      slice_async_rq_(tuning.slice_async_rq.value_or(2)),
      quantum_(tuning.quantum.value_or(4)) {
  reach_.back_max = static_cast<std::uint64_t>(tuning.back_seek_max_kb.value_or(16 * 1024)) * 2;
  reach_.back_penalty = static_cast<std::uint64_t>(tuning.back_seek_penalty.value_or(2));
}

Cfq::~Cfq() {
  stop(idle_timer_);
  stop(idle_class_timer_);
}

// -- queues ---------------------------------------------------------------------------------------

/// The process's queue of the request's kind. A process that never set a priority shares whatever
/// asynchronous queue was made last.
CfqQueue& Cfq::queue_for(CfqProcess& process, const Request& request) {
  CfqQueue*& known = process.queues[request.sync];
  if (known != nullptr) return *known;
  if (!request.sync) {
    for (auto queue = queues_.rbegin(); queue != queues_.rend() && known == nullptr; ++queue) {
      const bool any = request.priority.io_class == IoClass::none;
      if (!(*queue)->for_process && (any || (*queue)->priority == with_class(request.priority)))
        known = queue->get();
    }
  }
  if (known == nullptr) {
    known = queues_.emplace_back(std::make_unique<CfqQueue>()).get();
    known->process = request.process;
    known->for_process = request.sync;
    known->slice_left = 2 * slice_idle_;
    known->wanted = request.priority;
    known->priority_changed = true;
    refresh_priority(*known);
  }
  ++known->users;
  return *known;
}

void Cfq::release(CfqQueue& queue) {
  if (--queue.users != 0) return;
  KEV_CHECK(queue.order.empty());
  if (active_ == &queue) expire(queue, CfqTurns::Place::by_service);
  std::erase_if(queues_, [&](const auto& owned) { return owned.get() == &queue; });
}

void Cfq::refresh_priority(CfqQueue& queue) {
  if (!queue.priority_changed) return;
  queue.priority = with_class(queue.wanted);
  if (queue.idle_class()) queue.idle_window = false;
  if (queue.waiting_turn) turns_.place(queue, CfqTurns::Place::by_service);
  queue.priority_changed = false;
}

void Cfq::add(Request& request, kev::Instant) {
  CfqProcess& process = processes_[request.process];
  CfqQueue& queue = queue_for(process, request);
  ++queue.users;
  if (queue.wait_request) queue.granted = true;
  request.of_process = &process;
  request.of_queue = &queue;
  if (queue.for_process && queue.wanted != request.priority) {
    queue.wanted = request.priority;
    queue.priority_changed = true;
  }
  refresh_priority(queue);
  insert_sorted(queue, request);
  queue.fifo.push_back(request);
  request.expires = instant_of(now() + fifo_expire_[queue.for_process]);
  react(queue, process, request);
}

void Cfq::insert_sorted(CfqQueue& queue, Request& request) {
  if (Request* older = queue.order.find(request.sector)) dispatch(*older);
  queue.order.insert(request);
  if (!queue.waiting_turn) {
    queue.waiting_turn = true;
    ++turns_taken_;
    turns_.place(queue, CfqTurns::Place::by_service);
  }
  // Of two requests a synchronous one is nearer, but a queue holds one kind only.
  queue.next = nearer(reach_, queue.next, &request);
}

void Cfq::erase_sorted(CfqQueue& queue, std::uint64_t sector, Request& request) {
  if (queue.next == &request) queue.next = nearest_neighbour(reach_, queue.order, request);
  queue.order.erase(sector, request);
}

void Cfq::leave_turns_if_empty(CfqQueue& queue) {
  if (!queue.waiting_turn || !queue.order.empty()) return;
  queue.waiting_turn = false;
  --turns_taken_;
  turns_.leave(queue);
}

void Cfq::moved(Request& request, std::uint64_t old_sector) {
  CfqQueue& queue = queue_of(request);
  queue.order.erase(old_sector, request);
  if (queue.next == &request) queue.next = nullptr;
  if (Request* older = queue.order.find(request.sector)) dispatch(*older);
  queue.order.insert(request);
  if (queue.next == nullptr) queue.next = nearest_neighbour(reach_, queue.order, request);
  queue.next = nearer(reach_, queue.next, &request);
}

void Cfq::absorbed(Request& into, Request& from) {
  CfqQueue& queue = queue_of(from);
  if (from.queued_at < into.queued_at) {
    queue.fifo.erase(queue.fifo.iterator_to(into));
    queue.fifo.insert(queue.fifo.iterator_to(from), into);
  }
  queue.fifo.erase(queue.fifo.iterator_to(from));
  erase_sorted(queue, from.sector, from);
  leave_turns_if_empty(queue);
  release(queue);
}

void Cfq::dispatch(Request& request) {
  CfqQueue& queue = queue_of(request);
  queue.next = nearest_neighbour(reach_, queue.order, request);
  queue.fifo.erase(queue.fifo.iterator_to(request));
  queue.order.erase(request.sector, request);
  leave_turns_if_empty(queue);
  ++queue.dispatched[request.sync];
  dispatched_.add_sorted(request);
  reach_.position = dispatched_.last_end();
}

// -- a new request --------------------------------------------------------------------------------

void Cfq::learn(CfqQueue& queue, CfqProcess& process, const Request& request) {
  process.think.add(std::min(now() - process.last_end, 2 * slice_idle_));
  process.seek.add(sectors_between(process.last_position, request.sector));
  process.last_position = request.end_sector();
  if (slice_idle_ == 0 || (disk_queues_ && process.seeky()))
    queue.idle_window = false;
  else if (process.think.samples() > enough_samples)
    queue.idle_window = process.think.mean() <= slice_idle_;
}

void Cfq::react(CfqQueue& queue, CfqProcess& process, const Request& request) {
  if (!request.sync) {
    // The process that is idled for went on to something that nobody waits for.
    if (active_ != nullptr && &process == active_process_ && stop(idle_timer_)) {
      expire(*active_, CfqTurns::Place::by_service);
      kick();
    }
    return;
  }
  learn(queue, process, request);
  if (&queue == active_) {
    if (!queue.wait_request) return;
    queue.must_dispatch = true;
    stop(idle_timer_);
    kick();
  } else if (should_preempt(queue, request)) {
    preempt_with(queue);
    queue.must_dispatch = true;
    kick();
  }
}

bool Cfq::should_preempt(const CfqQueue& queue, const Request& request) const {
  if (queue.idle_class() || active_ == nullptr) return false;
  if (active_->idle_class()) return true;
  if (!queue.wait_request || queue.slice_left < slice_idle_) return false;
  return request.sync && !active_->sync();
}

void Cfq::preempt_with(CfqQueue& queue) {
  turns_.put_back_current();
  expire(*active_, CfqTurns::Place::front);
  activate(&queue);
}

// -- processes ------------------------------------------------------------------------------------

bool Cfq::must_queue(const Bio& bio) const {
  const auto process = processes_.find(bio.process);
  if (process == processes_.end()) return false;
  const CfqQueue* const queue = process->second.queues[bio.synchronous()];
  return queue != nullptr && queue->wait_request && !queue->granted;
}

void Cfq::process_exited(std::uint32_t id) {
  const auto found = processes_.find(id);
  if (found == processes_.end()) return;
  CfqProcess& process = found->second;
  for (CfqQueue*& queue : process.queues) {
    if (queue == nullptr) continue;
    if (queue == active_) expire(*queue, CfqTurns::Place::by_service);
    release(*std::exchange(queue, nullptr));
  }
}

std::unique_ptr<Elevator> make_cfq(const ElevatorTuning& tuning) {
  return std::make_unique<Cfq>(tuning);
}

}  // namespace sim
