#include "sim/explored/model_watch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/explored/model_access.hpp"

namespace sim {

ModelWatch* model_watch = nullptr;

namespace {

constexpr const char* atomic_names[] = {"atomic load", "atomic store", "atomic update",
                                        "atomic compare-exchange"};

}  // namespace

ModelWatch::ModelWatch(const WatchOptions& options)
    : options_(options),
      only_heap_(!options.races && !options.plain_points),
      stops_(options.plain_points) {
  KEV_CHECK(model_watch == nullptr);
  model_watch = this;
}

ModelWatch::~ModelWatch() {
  model_watch = nullptr;
}

void ModelWatch::begin(Kernel& kernel) {
  KEV_CHECK(kernel_ == nullptr);
  kernel_ = &kernel;
  start_execution(WatchedMemory::Begin::empty);
}

void ModelWatch::mark() {
  const ArenaPause outside;
  memory_.keep();
}

void ModelWatch::rewind() {
  start_execution(WatchedMemory::Begin::kept);
}

void ModelWatch::start_execution(WatchedMemory::Begin with) {
  const ArenaPause outside;
  memory_.next_execution(with);
  races_.next_execution();
  races_.start_thread(outside_slot, outside_slot);
  objects_.clear();
  std::fill(slots_by_index_.begin(), slots_by_index_.end(), std::uint8_t{0});
  remember(nullptr);
  give_slot(outside_slot, nullptr);
  slots_used_ = 1;
}

void ModelWatch::end() {
  kernel_ = nullptr;
}

// -- what orders contexts -------------------------------------------------------------------------

std::uint32_t ModelWatch::sync_of(const void* object) {
  const std::uint32_t known = objects_.size();
  const std::uint32_t number = objects_.of(reinterpret_cast<std::uintptr_t>(object));
  if (known == 0) syncs_.clear();
  if (number == known) syncs_.push_back(races_.new_sync());
  return syncs_[number];
}

void ModelWatch::release(const void* object) {
  if (kernel_ == nullptr || !options_.races) return;
  const ArenaPause outside;
  races_.release_join(current_slot(), sync_of(object));
}

void ModelWatch::acquire(const void* object) {
  if (kernel_ == nullptr || !options_.races) return;
  const ArenaPause outside;
  races_.acquire(current_slot(), sync_of(object));
}

void ModelWatch::pass(const void* from, const void* to) {
  if (kernel_ == nullptr || !options_.races) return;
  const ArenaPause outside;
  const std::uint32_t source = sync_of(from);
  races_.pass(source, sync_of(to));
}

void ModelWatch::order(const Context* earlier, const Context& later) {
  if (kernel_ == nullptr) return;
  const ArenaPause outside;
  remember(nullptr);
  const std::uint32_t index = index_of(later);
  if (index >= slots_by_index_.size()) slots_by_index_.resize(index + 1);
  std::uint8_t& slot = slots_by_index_[index];
  if (slot != 0 && !options_.races) return;
  const std::uint32_t first = slot_of(earlier);
  // Whoever starts a thread from outside does so when the machine is at rest: after everything.
  if (earlier == nullptr && !later.in_interrupt())
    for (std::uint32_t other = 1; other < slots_used_; ++other) races_.order(other, outside_slot);
  if (slot != 0) return races_.order(first, slot);
  if (slots_used_ <= last_slot) {
    slot = static_cast<std::uint8_t>(slots_used_++);
    give_slot(slot, &later);
    races_.start_thread(slot, first);
  } else {
    slot = last_slot;
    slots_[slot].context = nullptr;
    races_.order(first, slot);
  }
}

// -- accesses -------------------------------------------------------------------------------------

void ModelWatch::stop_at(const volatile void* at, Access access, const void* pc) {
  check_there(at, access, pc);
  if (stops_ && kernel_ != nullptr && memory_.in_heap(at))
    point(access == Access::write ? "write" : "read", at, access, pc);
}

void ModelWatch::point(const char* name, const volatile void* at, Access access, const void* pc) {
  Context& context = *kernel_->current();
  if (kernel_->exploring() && kernel_->exploration().tracing()) [[unlikely]]
    kernel_->exploration().say_place(context.number(), place(current_slot(), pc));
  context.in_access = true;
  kernel_->point_of({{name, memory_.id(at)}, access});
}

void ModelWatch::before_atomic(AtomicKind kind, const volatile void* at, const void* pc) {
  if (kernel_ == nullptr || kernel_->current() == nullptr) return;
  const Access access = kind == AtomicKind::load ? Access::read : Access::write;
  check_there(at, access, pc);
  if (kernel_ != nullptr) point(atomic_names[static_cast<std::size_t>(kind)], at, access, pc);
}

bool ModelWatch::check_atomic(AtomicKind kind, const volatile void* at, int order, Race& race) {
  const ArenaPause outside;
  const Context& current = *kernel_->current();
  Cell& cell = memory_.atomic_cell(at, current);
  const std::uint32_t slot = slot_of(&current);
  return kind == AtomicKind::load    ? races_.atomic_load(slot, cell, order, race)
         : kind == AtomicKind::store ? races_.atomic_store(slot, cell, order, race)
                                     : races_.atomic_update(slot, cell, order, race);
}

void ModelWatch::after_atomic(AtomicKind kind, const volatile void* at, int order, const void* pc) {
  if (kernel_ == nullptr || kernel_->current() == nullptr || !options_.races) return;
  Race race;
  if (check_atomic(kind, at, order, race)) [[unlikely]]
    report_race(at, race, kind == AtomicKind::load ? Access::read : Access::write, pc);
}

void ModelWatch::fence(int order) {
  if (kernel_ != nullptr && options_.races) races_.fence(current_slot(), order);
}

void ModelWatch::enter_function(const void* pc) {
  if (kernel_ != nullptr) slots_[current_slot()].calls.enter(pc);
}

void ModelWatch::leave_function() {
  if (kernel_ != nullptr) slots_[current_slot()].calls.leave();
}

// -- the heap -------------------------------------------------------------------------------------

void* ModelWatch::allocate(std::size_t bytes, std::size_t alignment, const void* pc) {
  if (kernel_ == nullptr) return nullptr;
  const std::uint32_t slot = current_slot();
  const ArenaPause outside;
  const Context* const maker = kernel_->current();
  const std::uint32_t number = maker == nullptr ? event_device : maker->number();
  return memory_.allocate(bytes, alignment, number, slot, place(slot, pc));
}

bool ModelWatch::free(void* block, const void* pc) {
  if (!memory_.in_heap(block)) return false;
  if (kernel_ == nullptr) return true;
  Heap::Block* found = memory_.heap().block_at(block);
  const std::uint32_t slot = current_slot();
  if (found != nullptr && found->state == Heap::State::live) {
    // Its last accesses must come before: a free is a write to all of it.
    access<Access::write, any_size>(block, found->bytes, pc);
    if (kernel_ != nullptr) memory_.heap().free(*found, slot, place(slot, pc));
    return true;
  }
  if (found == nullptr)
    violate("double_free", fmt::format("{} frees what is not the beginning of a block\n{}",
                                       name_of(slot), stack(place(slot, pc))));
  else
    violate("double_free",
            fmt::format("{} frees {} bytes\n{}  {} has freed them\n{}", name_of(slot), found->bytes,
                        stack(place(slot, pc)), name_of(found->freed_by), stack(found->freed_pc)));
  return true;
}

void ModelWatch::tell_not_there(const volatile void* at, Access access, const void* pc) {
  if (!memory_.in_heap(at)) return tell_null(at, access, pc);
  const Heap::State state = memory_.heap().state(at);
  const std::uint32_t slot = current_slot();
  const char* does = access == Access::write ? "writes" : "reads";
  const std::string here = stack(place(slot, pc));
  const Heap::Block* block = memory_.heap().near(memory_.heap_offset(at));
  if (state == Heap::State::freed && block != nullptr)
    return violate("use_after_free",
                   fmt::format("{} {} {}\n{}  {} has freed it\n{}", name_of(slot), does, object(at),
                               here, name_of(block->freed_by), stack(block->freed_pc)));
  violate("heap_overflow",
          fmt::format("{} {} memory that no object holds\n{}", name_of(slot), does, here));
}

void ModelWatch::tell_null(const volatile void* at, Access access, const void* pc) {
  const std::uint32_t slot = current_slot();
  violate("null_pointer",
          fmt::format("{} {} what lies {} bytes behind a null pointer\n{}", name_of(slot),
                      access == Access::write ? "writes" : "reads",
                      reinterpret_cast<std::uintptr_t>(at), stack(place(slot, pc))));
}

}  // namespace sim
