#include "sim/instrument/runtime.hpp"

#include <fmt/format.h>
#include <sys/single_threaded.h>

#include <algorithm>
#include <cstring>

#include "model/base/check.hpp"
#include "sim/instrument/loading.hpp"
#include "sim/instrument/sync_objects.hpp"

namespace sim {

Runtime* active = nullptr;
Runtime* allocating_for = nullptr;

namespace {

/// Loops that only read are given this many rounds before they let others go first.
constexpr std::uint32_t rounds_before_yielding = 8;
/// When all that can go on goes round in such loops, this many steps prove that it stays so.
constexpr std::uint32_t stuck_limit = 4096;
/// Stacks of different threads begin in different sets of the cache.
constexpr std::size_t stack_color_bytes = 192;
constexpr std::size_t stack_colors = 16;
constexpr std::size_t guard_bytes = 4096;

/// The runtime that exists: for a fiber's first moment, when it knows nothing yet, and for freeing
/// what its heap holds.
Runtime* existing = nullptr;

}  // namespace

Runtime::Runtime(const RuntimeOptions& options) : options_(options) {
  for (std::uint32_t i = 0; i < threads_max; ++i) {
    threads_[i].id = i;
    threads_[i].next = &next_[i];
  }
  if (!options.races && !options.plain_points) {
    watched_begin_ = memory_.heap();
    watched_bytes_ = MemoryMap::heap_bytes;
  }
  picks_.resize(std::size_t{options.step_limit} * 2 + 2);
  next_pick_ = picks_.data();
  KEV_CHECK(existing == nullptr);
  existing = this;
  // The program's threads are not the C library's: without this the C++ library would take the
  // process for single-threaded, and count references without atomics.
  __libc_single_threaded = 0;
  exceptions_ = reinterpret_cast<ExceptionGlobals*>(abi::__cxa_get_globals());
}

Runtime::~Runtime() {
  KEV_CHECK(active == nullptr);
  existing = nullptr;
}

Runtime* heap_runtime() {
  return existing;
}

void Runtime::execute(Strategy& strategy, void* (*body)(void*), void* argument) {
  strategy_ = &strategy;
  sees_steps_ = strategy.sees() == Strategy::Sees::steps;
  walk_.begin(strategy.uniform());
  violated_ = false;
  cut_short_ = false;
  hash_ = 0x13198A2E03707345;
  steps_ = 0;
  stuck_ = 0;
  now_ = 0;
  if (chance_used_) {
    chance_ = Random(1);
    chance_used_ = false;
  }
  spinning_ = 0;
  resting_ = 0;
  turns_ = 0;
  if (!heap_lock_order_.empty()) heap_lock_order_.clear();
  if (keys.size() != keys_kept_) keys.resize(keys_kept_);
  writes_ = 0;
  next_pick_ = picks_.data();
  if (tracing_) trace_.clear();
  memory_.next_execution();
  heap_.next_execution();
  if (options_.races) {
    races_.next_execution();
    races_.start_thread(0, 0);
  }
  at_ = {1, 0, 1, next_.data()};
  SimThread& main = threads_[0];
  main.start = body;
  main.argument = argument;
  start_fiber(main);
  current_ = &main;
  switch_context(host_, main.fiber, *exceptions_);
  KEV_CHECK(active == nullptr);
}

void Runtime::start_fiber(SimThread& thread) {
  // A constant, for the compiler would write the parts of a temporary and wait for the whole.
  static constexpr FreshThread fresh{};
  static_cast<FreshThread&>(thread) = fresh;
  const std::uintptr_t bottom = memory_.stack_bottom(thread.id) + guard_bytes;
  std::uintptr_t top = memory_.stack_bottom(thread.id) + MemoryMap::stack_bytes -
                       thread.id % stack_colors * stack_color_bytes;
  if (!thread.exit_handlers.empty()) thread.exit_handlers.clear();
  if (!thread.specific.empty()) thread.specific.clear();
  if (locals_.module != 0) {
    unsigned char* const locals = locals_of(thread.id);
    std::memcpy(locals, locals_.image, locals_.image_bytes);
    std::memset(locals + locals_.image_bytes, 0, locals_.bytes - locals_.image_bytes);
    top = reinterpret_cast<std::uintptr_t>(locals);
  }
  prepare_context(thread.fiber, top, top - bottom, &Runtime::run_thread);
}

void Runtime::run_thread() {
  Runtime& runtime = *existing;
  SimThread& self = *runtime.current_;
  active = &runtime;
  void* result = self.start(self.argument);
  runtime.run_exit_handlers();
  active = nullptr;
  runtime.finish(result);
}

void Runtime::too_long() {
  violate("step_limit", fmt::format("no end after {} steps", options_.step_limit));
}

std::uint32_t Runtime::ask(ThreadMask ready) {
  const Crossroads view{ready, current_->id, at_.threads, next_.data()};
  const std::uint32_t picked = strategy_->pick(view);
  if (picked == nobody) [[unlikely]] {
    cut_short_ = true;
    end_execution();
  }
  return picked;
}

std::uint32_t Runtime::choose(ChoiceKind kind, std::uint32_t options, Operation operation) {
  if (options <= 1) return 0;
  const std::uint32_t picked = strategy_->choose(kind, options, operation);
  hash_ = fold_multiply(hash_ ^ (std::uint64_t{options} << 32 | picked), 0x9E3779B97F4A7C15);
  if (picks().size() < picks_.size()) {
    RecordedPick& pick = *next_pick_++;
    pick = {};
    pick.kind = kind;
    pick.step = operation.name;
    pick.picked = static_cast<std::uint16_t>(picked);
    pick.ready = options;
    pick.object = operation.object;
    pick.at = steps_;
  }
  return picked;
}

/// Who goes on when all that can only go round in loops: one after the other. Ends the execution
/// when nobody can go on, or when it has been so for long.
ThreadMask Runtime::nobody_hurries() {
  if (at_.ready == 0) quiescent();
  if (const ThreadMask resting = at_.ready & ~spinning_; resting != 0) {
    resting_ = 0;
    return resting;
  }
  if (++stuck_ > stuck_limit) livelock();
  const ThreadMask later = at_.ready & ~((bit_of(current_->id) << 1) - 1);
  return bit_of(first_of(later != 0 ? later : at_.ready));
}

void Runtime::yielded() {
  SimThread& self = *current_;
  if (self.turns_seen != turns_) {
    self.turns_seen = turns_;
    self.yields = 0;
  } else if (++self.yields >= rounds_before_yielding) {
    resting_ |= bit_of(self.id);
  }
}

ThreadMask Runtime::about_to(StepKind kind, std::uint32_t object) const {
  ThreadMask threads = 0;
  for (std::uint32_t i = 0; i < at_.threads; ++i) {
    const Operation& next = next_[i].operation;
    if (!threads_[i].finished && i != current_->id && next.name == row_of(kind).name &&
        next.object == object)
      threads |= bit_of(i);
  }
  return threads;
}

/// Whether a thread that has read for long without anybody writing reads the same again and again.
void Runtime::look_for_rounds(SimThread& self, std::uint64_t key) {
  if (self.reads == reads_before_looking + 1) {
    self.recent = {};
    self.spins = 0;
  }
  if (std::find(self.recent.begin(), self.recent.end(), key) == self.recent.end())
    self.recent[self.reads % self.recent.size()] = key;
  else if (++self.spins >= rounds_before_yielding)
    spinning_ |= bit_of(self.id);
}

/// They go on because of what has just been written.
void Runtime::end_spinning() {
  if (sees_steps_)
    for (ThreadMask rest = spinning_; rest != 0; rest &= rest - 1)
      if (first_of(rest) != current_->id) strategy_->joined(first_of(rest), current_->id);
  spinning_ = 0;
}

std::uint32_t Runtime::wake_waiting(StepKind kind, std::uint32_t object, std::uint32_t count) {
  ThreadMask waiting = 0;
  for (std::uint32_t i = 0; i < at_.threads; ++i) {
    const SimThread& thread = threads_[i];
    const bool blocked = !thread.finished && (at_.ready & bit_of(i)) == 0;
    const bool timed = kind == StepKind::futex_wait && thread.futex_timed &&
                       thread.futex == object && thread.signalled_by == nobody;
    if (timed || (blocked && thread.waiting_kind == kind && thread.waiting_id == object))
      waiting |= bit_of(i);
  }
  std::uint32_t woken = 0;
  for (; waiting != 0 && woken < count; ++woken) {
    const auto options = static_cast<std::uint32_t>(std::popcount(waiting));
    const std::uint32_t picked =
        count >= options ? 0 : choose(ChoiceKind::waiter, options, {"wake", object});
    const std::uint32_t thread = nth_of(waiting, picked);
    waiting &= ~bit_of(thread);
    if (threads_[thread].futex_timed) {
      threads_[thread].signalled_by = current_->id;
      continue;
    }
    if (sees_steps_) strategy_->joined(thread, current_->id);
    at_.ready |= bit_of(thread);
  }
  return woken;
}

void Runtime::end_execution() {
  active = nullptr;
  switch_context(gone_, host_, *exceptions_);
  __builtin_unreachable();
}

void Runtime::violate(const char* property, std::string message, std::string details) {
  active = nullptr;
  violated_ = true;
  violation_ = {property, std::move(message), std::move(details)};
  end_execution();
}

/// A lock that was not taken last.
void Runtime::forget_lock(std::uint32_t object) {
  SimThread& self = *current_;
  for (std::uint32_t i = self.held_count; i-- > 0;) {
    if (self.held[i] != object) continue;
    self.held[i] = self.held[--self.held_count];
    return;
  }
}

void Runtime::order_locks(std::uint32_t object) {
  const SimThread& self = *current_;
  // A lock that both hold meanwhile keeps them apart; with one lock there is no such gate.
  if (count_of(at_.ready) < 2 || self.held_count != 1 || !inversion_.empty()) return;
  const std::uint32_t held = self.held[0];
  const bool named = MemoryMap::where(held).kind == MemoryKind::data &&
                     MemoryMap::where(object).kind == MemoryKind::data;
  // Ids on the heap may belong to another lock in another execution, those on stacks even in this.
  if (!named && !(MemoryMap::is_heap_id(held) && MemoryMap::is_heap_id(object))) return;
  std::vector<LockOrder>& orders = named ? lock_order_ : heap_lock_order_;
  bool known = false;
  for (const LockOrder& order : orders) {
    known = known || (order.first == held && order.second == object && order.thread == self.id);
    if (order.first == object && order.second == held && order.thread != self.id)
      inversion_ = fmt::format("{} takes {} before {}, {} takes them in the other order",
                               thread_name(self.id), name_object(held), name_object(object),
                               thread_name(order.thread));
  }
  if (!known) orders.push_back({held, object, self.id});
}

}  // namespace sim
