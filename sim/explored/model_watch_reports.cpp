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
                      name_of(race.first_thread), race.first_is_write ? "writes" : "reads",
                      object(at), name_of(slot), access == Access::write ? "writes" : "reads",
                      name_of(race.first_thread), first, name_of(slot), stack(place(slot, pc))));
}

std::string ModelWatch::name_of(std::uint32_t slot) const {
  if (slot == outside_slot) return "the machine's set-up";
  const Context* const context = slots_[slot].context;
  if (context == nullptr) return "one of many";
  return kernel_->exploring() ? kernel_->exploration().thread_name(context->number())
                              : context->name();
}

const std::string& ModelWatch::place_name(CallTree::Node node) {
  const ArenaPause outside;
  return places_.name(calls_.pc(node));
}

std::vector<std::string> ModelWatch::name_places(const std::vector<std::uint32_t>& places) {
  const ArenaPause outside;
  std::vector<std::uintptr_t> wanted;
  for (const CallTree::Node node : places)
    if (node != CallTree::root) wanted.push_back(calls_.pc(node));
  places_.learn(wanted);
  std::vector<std::string> names;
  for (const CallTree::Node node : places)
    names.push_back(node == CallTree::root ? std::string() : places_.line(calls_.pc(node)));
  return names;
}

/// One line a call, innermost first; calls of code without line numbers are left out.
std::string ModelWatch::stack(CallTree::Node node) {
  std::string out;
  for (; node != CallTree::root; node = calls_.parent(node)) {
    const std::string& where = place_name(node);
    if (!where.empty()) out += fmt::format("    {}\n", where);
  }
  return out.empty() ? "    (no line numbers in this build)\n" : out;
}

/// Not of pointers: they say nothing.
void ModelWatch::show_value(std::int64_t value) {
  constexpr std::int64_t most = std::int64_t{1} << 32;
  if (value < most && value > -most) kernel_->exploration().say_value(value);
}

std::string ModelWatch::object(const volatile void* at) {
  if (!memory_.in_heap(at)) return "a variable on a stack";
  const std::size_t offset = memory_.heap_offset(at);
  const Heap::Block* block = memory_.heap().near(offset);
  if (block == nullptr) return "unknown memory";
  return fmt::format("byte {} of {} that {} allocated at {}", offset - block->offset, block->bytes,
                     name_of(block->allocated_by), place_name(block->allocated_pc));
}

}  // namespace sim
