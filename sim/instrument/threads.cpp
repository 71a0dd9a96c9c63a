// Threads of the program: their end, and what it means when nobody can go on.

#include <fmt/format.h>
#include <unwind.h>

#include <csignal>

#include "sim/instrument/runtime.hpp"
#include "sim/instrument/sync_objects.hpp"

namespace sim {

void Runtime::too_many_threads() {
  violate("thread_limit", fmt::format("more than {} threads", threads_max));
}

void Runtime::call_exit_handlers() {
  SimThread& self = *current_;
  while (!self.exit_handlers.empty()) {
    const ExitHandler last = self.exit_handlers.back();
    active = nullptr;
    self.exit_handlers.pop_back();
    active = this;
    last.call(last.object);
  }
  // The end of main() is the end of the program: that leaves them alone.
  for (std::size_t i = 0; i < self.specific.size() && self.id != 0; ++i) {
    const auto [key, value] = self.specific[i];
    self.specific[i].second = nullptr;
    if (value != nullptr && key < keys.size() && keys[key] != nullptr) keys[key](value);
  }
}

void Runtime::finish(void* result) {
  SimThread& self = *current_;
  self.finished = true;
  self.result = result;
  at_.ready &= ~bit_of(self.id);
  if (self.id == 0) {
    check_leaks();
    end_execution();
  }
  std::uint32_t next = 0;
  if (self.creator != nobody) {
    next = self.creator;
    at_.ready |= self.joiners;
  } else if (self.joiners != 0) {
    next = first_of(self.joiners);
    at_.ready |= self.joiners;
  } else {
    next = decide();
  }
  current_ = &threads_[next];
  switch_context(gone_, current_->fiber, *exceptions_);
  __builtin_unreachable();
}

void Runtime::check_leaks() {
  if (heap_.all_freed()) return;
  std::vector<Heap::Range> roots = {{memory_.data(), memory_.data() + memory_.data_bytes()}};
  for (std::uint32_t i = 1; i < at_.threads; ++i)
    if (!threads_[i].finished)
      roots.push_back({reinterpret_cast<std::uintptr_t>(threads_[i].fiber.stack),
                       memory_.stack_bottom(i) + MemoryMap::stack_bytes});
  const auto lost = heap_.leaked(roots);
  if (lost.empty()) return;
  const Heap::Block& block = *lost.front();
  violate(
      "leak",
      fmt::format("{} block{} never freed, and nothing points to {}: the first, {} "
                  "bytes, was allocated by {} at {}",
                  lost.size(), lost.size() == 1 ? " was" : "s were",
                  lost.size() == 1 ? "it" : "them", block.bytes, thread_name(block.allocated_by),
                  place(reinterpret_cast<const void*>(code_base + block.allocated_pc))));
}

/// Who can end the wait of `thread`; nobody when it is not one thread.
std::uint32_t Runtime::holder_of(const SimThread& thread) const {
  if (thread.waiting_on == nullptr) return nobody;
  switch (thread.waiting_kind) {
    case StepKind::lock:
      return static_cast<const UserMutex*>(thread.waiting_on)->owner - 1;
    case StepKind::join:
      return thread.waiting_id;
    case StepKind::read_lock:
    case StepKind::write_lock: {
      const auto& lock = *static_cast<const UserRwLock*>(thread.waiting_on);
      return lock.writer != 0    ? lock.writer - 1
             : lock.readers != 0 ? first_of(lock.readers)
                                 : nobody;
    }
    default:
      return nobody;
  }
}

std::string Runtime::thread_name(std::uint32_t id) const {
  if (id == 0) return "main";
  return fmt::format("T{}", id);
}

std::string Runtime::place(const void* pc) const {
  const auto at = reinterpret_cast<std::uintptr_t>(pc);
  return name_place ? name_place(at) : fmt::format("+{:#x}", at - code_base);
}

std::string Runtime::waits_text() const {
  std::string text;
  for (std::uint32_t i = 0; i < at_.threads; ++i) {
    const SimThread& thread = threads_[i];
    if (thread.finished) continue;
    text += fmt::format("{}{} waits in {} {}", text.empty() ? "" : "; ", thread_name(i),
                        row_of(thread.waiting_kind).name,
                        thread.waiting_kind == StepKind::join ? thread_name(thread.waiting_id)
                                                              : name_object(thread.waiting_id));
    const std::uint32_t holder = holder_of(thread);
    if (holder < threads_max && thread.waiting_kind != StepKind::join)
      text += fmt::format(", which {} holds", thread_name(holder));
  }
  return text;
}

/// "T1 -> T2 -> T1" with what each waits for; empty when the waits form no circle.
std::string Runtime::cycle_text() const {
  for (std::uint32_t first = 0; first < at_.threads; ++first) {
    if (threads_[first].finished) continue;
    std::string text = thread_name(first);
    std::uint32_t at = first;
    for (std::uint32_t hops = 0; hops < at_.threads; ++hops) {
      const std::uint32_t next = holder_of(threads_[at]);
      if (next >= at_.threads) break;
      const bool joins = threads_[at].waiting_kind == StepKind::join;
      text += fmt::format(" -{} {}-> {}", row_of(threads_[at].waiting_kind).name,
                          joins ? "" : name_object(threads_[at].waiting_id), thread_name(next));
      if (next == first) return text;
      at = next;
    }
  }
  return {};
}

void Runtime::record_waits() {
  for (std::uint32_t i = 0; i < at_.threads; ++i) {
    const SimThread& thread = threads_[i];
    if (thread.finished || thread.waiting_kind == StepKind::join) continue;
    TraceStep step;
    step.thread = i;
    step.kind = thread.waiting_kind;
    step.object = thread.waiting_id;
    step.waits = true;
    step.at = steps_;
    trace_.push_back(std::move(step));
  }
}

void Runtime::quiescent() {
  active = nullptr;
  if (tracing_) record_waits();
  const std::string cycle = cycle_text();
  if (!cycle.empty()) violate("deadlock", fmt::format("{} ({})", cycle, waits_text()));
  bool waits_for_wake = false;
  for (std::uint32_t i = 0; i < at_.threads; ++i) {
    const SimThread& thread = threads_[i];
    if (thread.finished) continue;
    const StepKind kind = thread.waiting_kind;
    waits_for_wake = waits_for_wake || kind == StepKind::wait || kind == StepKind::sem_wait ||
                     kind == StepKind::futex_wait || kind == StepKind::barrier;
  }
  violate(waits_for_wake ? "lost_wakeup" : "deadlock", "nobody can go on: " + waits_text());
}

void Runtime::livelock() {
  active = nullptr;
  std::string text;
  for (ThreadMask rest = at_.ready; rest != 0; rest &= rest - 1) {
    const std::uint32_t i = first_of(rest);
    text += fmt::format("{}{} reads {} again and again", text.empty() ? "" : "; ", thread_name(i),
                        name_object(next_[i].operation.object));
  }
  violate("livelock", text + "; nobody is left to change it");
}

namespace {

struct Walk {
  std::vector<std::uintptr_t>* stack;
  std::uintptr_t from;
};

_Unwind_Reason_Code next_frame(_Unwind_Context* context, void* argument) {
  auto& walk = *static_cast<Walk*>(argument);
  constexpr std::size_t frames_max = 16;
  const std::uintptr_t pc = _Unwind_GetIP(context);
  if (pc == walk.from) walk.from = 0;  // the frames before it are the runtime's
  if (walk.from == 0 && pc != 0) walk.stack->push_back(pc);
  return walk.stack->size() < frames_max ? _URC_NO_REASON : _URC_END_OF_STACK;
}

}  // namespace

void Runtime::record(StepKind kind, std::uint32_t object, std::uint64_t value, const void* pc) {
  Runtime* const before = active;
  active = nullptr;
  TraceStep step;
  step.thread = current_->id;
  step.kind = kind;
  step.object = object;
  step.value = value;
  step.at = steps_;
  if (pc != nullptr) {
    Walk walk{&step.stack, reinterpret_cast<std::uintptr_t>(pc)};
    _Unwind_Backtrace(&next_frame, &walk);
    if (step.stack.empty()) step.stack.push_back(reinterpret_cast<std::uintptr_t>(pc));
  }
  trace_.push_back(std::move(step));
  if (trace_.size() == stop_after_) std::raise(SIGTRAP);
  active = before;
}

void Runtime::record_access(const volatile void* at, bool write, const void* pc) {
  const std::uint32_t object = memory_.id(at);
  const MemoryMap::Where where = MemoryMap::where(object);
  if (where.kind == MemoryKind::arena && where.offset < MemoryMap::stacks_bytes) return;
  record(write ? StepKind::write : StepKind::read, object, 0, pc);
}

}  // namespace sim
