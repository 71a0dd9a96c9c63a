#include "sim/kernel/exploration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/engine/hash.hpp"

namespace sim {

namespace {

constexpr ThreadMask devices = bit_of(device_count) - 1;

/// What patience wears out to: half is left each time that it was needed. (The timers of a client
/// that gives up and tries again, for ever, would be a livelock that no machine has.)
constexpr std::uint32_t least_patience = 4;

/// Names of the kinds of objects with numbers of their own, by ObjectSpace.
constexpr const char* space_names[] = {"object", "page",   "inode", "request",
                                       "socket", "memory", "word"};

}  // namespace

Exploration::Exploration(Chooser& chooser, PickRecorder* recorder) : recorder_(recorder) {
  strategy_ = recorder;
  if (recorder == nullptr) strategy_ = &asks_chooser_.emplace(chooser);
  sees_steps_ = strategy_->sees() == Strategy::Sees::steps;
  const KernelStepRow& event = row_of(KernelStep::event);
  announce(event_device, {event.name, 0}, event.access);
}

bool Exploration::add(Context& context) {
  if (threads_ == threads_max) return false;
  contexts_[threads_] = &context;
  if (!context.in_interrupt()) processes_ |= bit_of(threads_);
  context.set_number(threads_++);
  return true;
}

std::uint32_t Exploration::decide() {
  ThreadMask ready = ready_ & ~halted_;
  if (ready == 0) return nobody;
  ready = be_fair(ready);
  ++steps_;
  std::uint32_t picked = first_of(ready);
  if (sees_steps_ || (ready & (ready - 1)) != 0) {
    const Crossroads at{ready, current_, threads_, next_.data(), devices};
    if (recorder_ != nullptr) [[likely]] {
      recorder_->set_step(steps_);
      picked = recorder_->pick(at);
    } else {
      picked = strategy_->pick(at);
    }
    if (picked == nobody) [[unlikely]] {
      cut_short_ = true;
      return nobody;
    }
  }
  if (picked >= device_count) devices_.in_a_row = 0;
  if ((processes_ & bit_of(picked)) != 0) interrupts_.in_a_row = 0;
  const Operation& taken = next_[picked].operation;
  const std::uint64_t word = (std::uint64_t{picked} << 58) | taken.object;
  hash_ = fold_multiply(hash_ ^ word, 0x9E3779B97F4A7C15) + steps_;
  if (tracing_) [[unlikely]]
    trace_step(picked, taken);
  current_ = picked;
  return picked;
}

void Exploration::trace_step(std::uint32_t thread, const Operation& operation) {
  if (on_step_ != nullptr) on_step_(who_, operation);
  // The recorder is not asked when there is one way only; what is left to chance has its step.
  if (recorder_ != nullptr) recorder_->set_step(steps_);
  const Said what = std::exchange(said(thread), Said());
  trace_.push_back({thread, steps_, operation, what.place, what.words, std::nullopt});
}

inline bool Exploration::Patience::out_of_patience() {
  if (++in_a_row <= left) return false;
  left = std::max(left / 2, least_patience);
  return true;
}

inline ThreadMask Exploration::be_fair(ThreadMask ready) {
  const ThreadMask threads = ready & processes_;
  if (threads != 0 && interrupts_.out_of_patience()) return threads;
  const ThreadMask contexts = ready & ~devices;
  if (contexts != 0 && devices_.out_of_patience()) return contexts;
  return ready;
}

void Exploration::change_access(const char* operation, std::uint32_t object, Access access) {
  for (std::uint32_t i = 0; i < threads_; ++i) {
    NextStep& next = next_[i];
    if (next.operation.name == operation && next.operation.object == object) next.access = access;
  }
}

std::string Exploration::object_name(std::uint32_t object) const {
  const std::uint32_t space = object >> object_space_shift;
  if (space != 0 && space < static_cast<std::uint32_t>(ObjectSpace::count_))
    return fmt::format("{} {}", space_names[space], object % (1U << object_space_shift));
  for (std::uint32_t i = device_count; i < threads_; ++i)
    if (contexts_[i]->id() == object) return thread_name(i);
  const auto named = [&](const ObjectName& row) { return row.object == object; };
  const auto at = std::find_if(names_.begin(), names_.end(), named);
  if (at == names_.end()) return object == 0 ? std::string() : fmt::format("object {}", object);
  const auto same = [&](const ObjectName& row) { return std::string_view(row.name) == at->name; };
  if (std::count_if(names_.begin(), names_.end(), same) == 1) return at->name;
  return fmt::format("{} {}", at->name, std::count_if(names_.begin(), at, same) + 1);
}

std::string Exploration::thread_name(std::uint32_t thread) const {
  if (thread == event_device) return "device";
  if (thread == grace_period_device) return "rcu";
  if (thread >= threads_) return fmt::format("thread {}", thread);
  const std::string& name = contexts_[thread]->name();
  std::uint32_t same = 0;
  std::uint32_t before = 0;
  for (std::uint32_t i = device_count; i < threads_; ++i) {
    if (contexts_[i]->name() != name) continue;
    ++same;
    if (i < thread) ++before;
  }
  return same == 1 ? name : fmt::format("{} {}", name, before + 1);
}

}  // namespace sim
