#pragma once
// The rules of kernel code, checked while it runs; each broken rule is a named property violation.
//
//   sleeping_in_atomic   a context that may not sleep called something that sleeps
//   lock_order           two lock classes taken in both orders, ever: in one execution, or in two
//   of
//                        a campaign, which collects them (sim/world/lock_orders.hpp)
//   irq_safety           a lock class taken in an interrupt, and elsewhere with that one enabled
//   lock_balance         a lock unlocked by a stranger, or held by who ends
//   rcu_balance          an RCU read section left twice or never, or slept in
//   list_integrity       a node linked twice or unlinked twice
//   reference_balance    a reference count below zero, or references left at the end
//
// The lock order graph is the idea of Linux' lockdep (Ingo Molnar, 2.6.18): classes, not locks, are
// the nodes, so one execution of each path is enough to see a deadlock that never happened.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/kernel/context.hpp"

namespace sim {

class Rules {
 public:
  /// The class of that name, made on first use. Locks of one name share one node.
  std::uint16_t lock_class(std::string_view name);
  [[nodiscard]] const std::string& class_name(std::uint16_t id) const { return classes_[id].name; }

  /// It was right before to take a lock of this class in this way, while these are held: so it is
  /// again. Nearly all locks are taken so, which is why this is apart.
  [[nodiscard]] bool known(const Context& context, std::uint16_t lock_class) const {
    if ((ways_[lock_class] >> way_of(context) & 1) == 0) return false;
    return context.held_count == 0 || order_known(context, lock_class);
  }
  /// What is wrong with taking a lock of this class now; empty when nothing is.
  std::string on_acquire(const Context& context, std::uint16_t lock_class);

  /// Tells apart what orders of lock classes were seen, by their names.
  [[nodiscard]] std::uint64_t orders() const { return orders_; }
  /// Each order seen: `tell(held, taken)`, names.
  template <class Tell>
  void each_order(Tell tell) const {
    for (const LockClass& held : classes_)
      for (std::size_t taken = 0; taken < held.before.size(); ++taken)
        if (held.before[taken]) tell(held.name, classes_[taken].name);
  }

 private:
  struct LockClass {
    std::string name;
    bool in_hardirq = false;
    bool in_softirq = false;
    bool with_irqs_on = false;
    bool with_bh_on = false;
    std::vector<bool> before;  ///< before[c]: this class was held while c was taken
  };

  /// What matters of a context that takes a lock: its kind, and whether a hardirq, a softirq could
  /// strike it.
  static int way_of(const Context& context) {
    return static_cast<int>(context.kind()) * 4 + (context.irq_off_depth == 0 ? 2 : 0) +
           (context.bh_off_depth == 0 ? 1 : 0);
  }
  static std::string on_usage(const Context& context, LockClass& cls);
  [[nodiscard]] bool order_known(const Context& context, std::uint16_t taken) const;
  std::string on_order(const Context& context, std::uint16_t taken);
  [[nodiscard]] bool reaches(std::uint16_t from, std::uint16_t to) const;
  [[nodiscard]] bool edge(std::uint16_t from, std::uint16_t to) const;

  std::vector<LockClass> classes_;
  std::vector<std::uint16_t> ways_;  ///< by class, bits by way_of(): taken so, and it was right
  std::uint64_t orders_ = 0;
};

}  // namespace sim
