#include "sim/kernel/violation.hpp"

namespace sim {

namespace {

constexpr PropertyInfo table[] = {
    {"sleeping_in_atomic",
     "no context sleeps that may not: in interrupts, under spinlocks, in RCU"},
    {"lock_order", "no two lock classes are ever taken in both orders"},
    {"irq_safety", "no lock is taken in an interrupt and elsewhere with that interrupt enabled"},
    {"lock_balance", "locks are unlocked by their holders, and none is held at the end"},
    {"rcu_balance", "RCU read sections are left as often as entered"},
    {"list_integrity", "no node is linked or unlinked twice"},
    {"data_race", "two accesses to one place, one of them a write, are ordered or both atomic"},
    {"double_free", "no memory is freed twice"},
    {"heap_overflow", "no access reaches beyond the object that it is to"},
    {"null_pointer", "no access is to the first page of memory, where nothing lies"},
    {"use_after_free", "no object is used after it was freed"},
    {"reference_balance", "references are given back exactly once, and none is left at the end"},
    {"page_state", "pages are locked, read, marked and unlocked in the order of a page's life"},
    {"deadlock", "nobody waits for something that only he could give"},
    {"livelock", "an execution ends within its step limit"},
    {"too_many_threads", "exploration is asked to follow no more threads than it can"},
    {"byte_stream", "a client receives the bytes it asked for, each once, in order, and no others"},
    {"request_ends", "every request is answered or fails; nobody waits for what will not come"},
};

}  // namespace

std::span<const PropertyInfo> properties() {
  return table;
}

}  // namespace sim
