#pragma once
// Watches the code under test while the simulated kernel explores it: its atomic accesses are
// points at which the kernel may preempt, and its plain ones are checked for data races and for
// use after free.
//
// Only that code is instrumented (explored_code.cpp), so whatever reaches a hook is its doing; the
// kernel tells what orders contexts (sim/kernel/order_watch.hpp), atomics do by their memory
// orders. A context - thread, softirq, hardirq - is a thread of the race detector; beyond 63 they
// share one, which may hide races and invents none.
// Not seen: what the kernel does with memory of the code under test, but for copies to and from
// user memory; user memory itself, rings included.
// Errors: the violations data_race, use_after_free, double_free, heap_overflow, each with the call
// stacks of both sides, and null_pointer.
// Worlds that lie in an arena (sim/engine/arena.hpp) are put back for each execution, and so is
// the memory that is watched: mark() and rewind(). The bookkeeping lies outside of the arena.
// Requires: one at a time, since hooks have no other argument; it outlives what was allocated.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/explored/address_index.hpp"
#include "sim/explored/call_tree.hpp"
#include "sim/explored/explored.hpp"
#include "sim/explored/watched_memory.hpp"
#include "sim/instrument/code_places.hpp"
#include "sim/instrument/races.hpp"
#include "sim/kernel/kernel.hpp"

namespace sim {

enum class AtomicKind : std::uint8_t { load, store, update, compare };

class ModelWatch final : public OrderWatch {
 public:
  explicit ModelWatch(const WatchOptions& options);
  ~ModelWatch() override;
  ModelWatch(const ModelWatch&) = delete;
  ModelWatch& operator=(const ModelWatch&) = delete;

  void begin(Kernel& kernel) override;
  void end() override;
  void mark() override;
  void rewind() override;
  void release(const void* object) override;
  void acquire(const void* object) override;
  void pass(const void* from, const void* to) override;
  void order(const Context* earlier, const Context& later) override;
  [[nodiscard]] std::vector<std::string> name_places(
      const std::vector<std::uint32_t>& places) override;

  // For the hooks. `pc`: where the code under test called.
  /// Nothing happens outside of an execution, nor where no context runs.
  /// `size`: as `bytes`, if the caller knows it. Defined in model_access.hpp.
  template <Access how, std::size_t size>
  void access(const volatile void* at, std::size_t bytes, const void* pc);
  static constexpr std::size_t any_size = 0;
  /// Others may take steps before this one.
  void before_atomic(AtomicKind kind, const volatile void* at, const void* pc);
  /// `kind`: what it came to; a compare-exchange that failed is a load.
  void after_atomic(AtomicKind kind, const volatile void* at, int order, const void* pc);
  /// What the atomic access read or left, for those who look at the execution.
  void tell_value(std::int64_t value) {
    if (kernel_ != nullptr && kernel_->exploring() && kernel_->exploration().tracing())
      show_value(value);
  }
  void fence(int order);
  void enter_function(const void* pc);
  void leave_function();
  /// Null: not from here.
  void* allocate(std::size_t bytes, std::size_t alignment, const void* pc);
  /// False: it was not allocated here.
  bool free(void* block, const void* pc);

 private:
  static constexpr std::uint32_t outside_slot = 0;  ///< whoever made the machine, and its devices
  static constexpr std::uint32_t last_slot = threads_max - 1;

  /// A context, as the race detector sees it.
  struct Slot {
    const Context* context = nullptr;
    CallStack calls;
  };

  void start_execution(WatchedMemory::Begin with);

  /// Small numbers: ids are none in exploration.
  [[nodiscard]] std::uint32_t index_of(const Context& context) const {
    return kernel_->exploring() ? context.number() : context.id();
  }
  [[nodiscard]] std::uint32_t slot_of(const Context* context) const {
    if (context == nullptr) return outside_slot;
    const std::uint32_t index = index_of(*context);
    return index >= slots_by_index_.size() ? outside_slot : slots_by_index_[index];
  }
  [[nodiscard]] std::uint32_t current_slot() {
    const Context* const current = kernel_->current();
    if (current != last_context_) [[unlikely]]
      remember(current);
    return last_context_slot_;
  }
  /// Slots are given anew when this is not told, with null.
  void remember(const Context* context) {
    last_context_ = context;
    last_context_slot_ = slot_of(context);
  }
  std::uint32_t sync_of(const void* object);
  [[nodiscard]] CallTree::Node place(std::uint32_t slot, const void* pc) {
    return calls_.place(slots_[slot].calls.node(calls_), pc);
  }
  void give_slot(std::uint32_t slot, const Context* context) {
    slots_[slot].context = context;
    slots_[slot].calls.clear();
  }
  /// An object, or memory that is not looked at.
  [[nodiscard]] bool is_there(const volatile void* at) {
    return memory_.in_heap(at) ? memory_.heap().state(at) == Heap::State::live
                               : !WatchedMemory::in_first_page(at);
  }
  /// A violation or a point, where an access may come to one.
  void stop_at(const volatile void* at, Access access, const void* pc);
  void check_there(const volatile void* at, Access access, const void* pc) {
    if (!is_there(at)) [[unlikely]]
      tell_not_there(at, access, pc);
  }
  void tell_not_there(const volatile void* at, Access access, const void* pc);
  void tell_null(const volatile void* at, Access access, const void* pc);
  template <Access how>
  bool check_cells(std::uintptr_t address, std::uintptr_t end, CallTree::Node here, Race& race);
  bool check_atomic(AtomicKind kind, const volatile void* at, int order, Race& race);
  template <Access how, std::size_t size>
  void check_races(const volatile void* at, std::size_t bytes, const void* pc);
  void point(const char* name, const volatile void* at, Access access, const void* pc);
  void show_value(std::int64_t value);
  void violate(const char* property, const std::string& message);
  void report_race(const volatile void* at, const Race& race, Access access, const void* pc);

  // Text: model_watch_reports.cpp
  [[nodiscard]] std::string name_of(std::uint32_t slot) const;
  [[nodiscard]] const std::string& place_name(CallTree::Node node);
  [[nodiscard]] std::string stack(CallTree::Node node);
  [[nodiscard]] std::string object(const volatile void* at);

  WatchOptions options_;
  bool only_heap_;            ///< plain accesses matter only for what is not there
  bool stops_;                ///< each plain access is a point
  Kernel* kernel_ = nullptr;  ///< of the execution
  WatchedMemory memory_;
  RaceDetector races_;
  CallTree calls_;
  CodePlaces places_;
  std::vector<Slot> slots_{threads_max};
  std::uint32_t slots_used_ = 0;
  const Context* last_context_ = nullptr;  ///< the current one was this when it was last asked for
  std::uint32_t last_context_slot_ = outside_slot;
  std::vector<std::uint8_t> slots_by_index_;  ///< 0: none yet
  AddressIndex objects_;                      ///< of the kernel, that were released or acquired
  std::vector<std::uint32_t> syncs_;          ///< their clocks, by number
};

/// The one that exists, for the hooks; null: none.
extern ModelWatch* model_watch;

}  // namespace sim
