// What the detectors say about memory accesses of the program.

#include <fmt/format.h>

#include <algorithm>

#include "sim/instrument/runtime.hpp"

namespace sim {

void Runtime::check_race_of_cells(const volatile void* at, std::size_t bytes, bool write,
                                  const void* pc) {
  auto address = reinterpret_cast<std::uintptr_t>(at);
  const std::uintptr_t end = address + bytes;
  while (address < end) {
    const std::uintptr_t in_cell = address & 3;
    const std::uintptr_t last = std::min(address - in_cell + 4, end);
    check_race_of_cell(reinterpret_cast<const void*>(address),
                       ((std::uint64_t{1} << (last - address)) - 1) << (in_cell + 28), write, pc);
    address = last;
  }
}

void Runtime::report_race(const volatile void* at, const Race& race, bool write, const void* pc) {
  active = nullptr;
  const std::uint32_t object = memory_.id(at);
  const std::string first =
      race.first_pc == 0 ? ""
                         : " at " + place(reinterpret_cast<const void*>(code_base + race.first_pc));
  violate("data_race",
          fmt::format("{} {} {}{}, {} {} it at {}; nothing orders the two",
                      thread_name(race.first_thread), race.first_is_write ? "writes" : "reads",
                      name_object(object), first, thread_name(current_->id),
                      write ? "writes" : "reads", place(pc)),
          tracing_ ? race_stacks(object, race, write, pc) : std::string());
}

std::string Runtime::stack_text(const std::vector<std::uintptr_t>& stack) const {
  std::string text;
  for (const std::uintptr_t pc : stack) {
    // What is not the program's is the runtime's, which called it.
    if (pc - code_base >= code_bytes) break;
    text += "    " + place(reinterpret_cast<const void*>(pc)) + "\n";
  }
  return text;
}

/// Where both threads were, with their callers.
std::string Runtime::race_stacks(std::uint32_t object, const Race& race, bool write,
                                 const void* pc) {
  record(write ? StepKind::write : StepKind::read, object, 0, pc);
  const std::vector<std::uintptr_t> second = trace_.back().stack;
  trace_.pop_back();
  std::string text;
  const auto is_first = [&](const TraceStep& step) {
    return step.thread == race.first_thread && step.object == object && !step.stack.empty() &&
           (race.first_pc == 0 || step.stack.front() - code_base == race.first_pc);
  };
  const auto first = std::find_if(trace_.rbegin(), trace_.rend(), is_first);
  if (first != trace_.rend())
    text = fmt::format("{} {} {} in\n{}", thread_name(race.first_thread),
                       race.first_is_write ? "writes" : "reads", name_object(object),
                       stack_text(first->stack));
  return text + fmt::format("{} {} it in\n{}", thread_name(current_->id),
                            write ? "writes" : "reads", stack_text(second));
}

void Runtime::check_heap(const volatile void* at, const char* what, const void* pc) {
  const Heap::State state = heap_.state(at);
  if (state == Heap::State::live) [[likely]]
    return;
  active = nullptr;
  const std::size_t offset = reinterpret_cast<std::uintptr_t>(at) - heap_.begin();
  const Heap::Block* block = heap_.near(offset);
  if (state == Heap::State::freed && block != nullptr)
    violate("use_after_free",
            fmt::format("{} {} {} bytes into a block of {} bytes at {}; {} freed it at {}, {} "
                        "allocated it at {}",
                        thread_name(current_->id), what, offset - block->offset, block->bytes,
                        place(pc), thread_name(block->freed_by),
                        place(reinterpret_cast<const void*>(code_base + block->freed_pc)),
                        thread_name(block->allocated_by),
                        place(reinterpret_cast<const void*>(code_base + block->allocated_pc))));
  violate(
      "heap_overflow",
      fmt::format("{} {} memory that no block holds at {}{}", thread_name(current_->id), what,
                  place(pc),
                  block == nullptr ? std::string()
                                   : fmt::format(", {} bytes from the beginning of a block of {}",
                                                 offset - block->offset, block->bytes)));
}

}  // namespace sim
