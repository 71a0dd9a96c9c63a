// What ModelWatch says: who did what, and where.

#include <fmt/format.h>

#include "sim/explored/model_watch.hpp"

namespace sim {

void ModelWatch::violate(const char* property, const std::string& message) {
  Context* context = kernel_->current();
  if (context == nullptr) return kernel_->violate(property, message);
  context->in_access = true;
  kernel_->violate(property, message);
  context->in_access = false;
}

void ModelWatch::report_race(const volatile void* at, const Race& race, Access access,
                             const void* pc) {
  const std::uint32_t slot = current_slot();
  const std::string first =
      race.first_pc == 0 ? std::string("    by an atomic access\n") : stack(race.first_pc);
  violate("data_race",
          fmt::format("{} {} {}, and {} {} it; nothing orders the two\n  {}:\n{}  {}:\n{}",
                      slots_[race.first_thread].name, race.first_is_write ? "writes" : "reads",
                      object(at), slots_[slot].name, access == Access::write ? "writes" : "reads",
                      slots_[race.first_thread].name, first, slots_[slot].name,
                      stack(place(slot, pc))));
}

/// One line a call, innermost first; calls of code without line numbers are left out.
std::string ModelWatch::stack(CallTree::Node node) {
  std::string out;
  for (; node != CallTree::root; node = calls_.parent(node)) {
    const std::string& where = places_.name(calls_.pc(node));
    if (!where.empty()) out += fmt::format("    {}\n", where);
  }
  return out.empty() ? "    (no line numbers in this build)\n" : out;
}

std::string ModelWatch::object(const volatile void* at) {
  if (!memory_.in_heap(at)) return "a variable on a stack";
  const std::size_t offset = memory_.heap_offset(at);
  const Heap::Block* block = memory_.heap().near(offset);
  if (block == nullptr) return "unknown memory";
  return fmt::format("byte {} of {} that {} allocated at {}", offset - block->offset, block->bytes,
                     slots_[block->allocated_by].name,
                     places_.name(calls_.pc(block->allocated_pc)));
}

}  // namespace sim
