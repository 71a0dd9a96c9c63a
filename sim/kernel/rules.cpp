#include "sim/kernel/rules.hpp"

#include <fmt/format.h>

#include "sim/engine/hash.hpp"

namespace sim {

std::uint16_t Rules::lock_class(std::string_view name) {
  for (std::size_t i = 0; i < classes_.size(); ++i)
    if (classes_[i].name == name) return static_cast<std::uint16_t>(i);
  LockClass added;
  added.name = std::string(name);
  classes_.push_back(std::move(added));
  ways_.push_back(0);
  return static_cast<std::uint16_t>(classes_.size() - 1);
}

std::string Rules::on_acquire(const Context& context, std::uint16_t lock_class) {
  std::string wrong = on_usage(context, classes_[lock_class]);
  if (wrong.empty() && context.held_count != 0) wrong = on_order(context, lock_class);
  if (wrong.empty()) ways_[lock_class] |= static_cast<std::uint16_t>(1U << way_of(context));
  return wrong;
}

std::string Rules::on_usage(const Context& context, LockClass& cls) {
  const bool irqs_on = context.irq_off_depth == 0;
  const bool bh_on = context.bh_off_depth == 0;
  if (context.kind() == ContextKind::hardirq) cls.in_hardirq = true;
  if (context.kind() == ContextKind::softirq) cls.in_softirq = true;
  if (irqs_on && context.kind() != ContextKind::hardirq) cls.with_irqs_on = true;
  if (bh_on && irqs_on && !context.in_interrupt()) cls.with_bh_on = true;
  if (cls.in_hardirq && cls.with_irqs_on)
    return fmt::format(
        "irq_safety: '{}' is taken in hardware interrupts and, by '{}' or before, with interrupts "
        "enabled",
        cls.name, context.name());
  if (cls.in_softirq && cls.with_bh_on)
    return fmt::format(
        "irq_safety: '{}' is taken in softirqs and, by '{}' or before, with softirqs enabled",
        cls.name, context.name());
  return {};
}

std::string Rules::on_order(const Context& context, std::uint16_t taken) {
  for (int i = 0; i < context.held_count; ++i) {
    const std::uint16_t held = context.held[static_cast<std::size_t>(i)].lock_class;
    if (edge(held, taken)) continue;
    if (held == taken)
      return fmt::format("lock_order: '{}' takes two locks of class '{}'", context.name(),
                         class_name(taken));
    if (reaches(taken, held))
      return fmt::format("lock_order: '{}' takes '{}' while holding '{}'; the other order was seen",
                         context.name(), class_name(taken), class_name(held));
    std::vector<bool>& before = classes_[held].before;
    if (before.size() <= taken) before.resize(taken + 1u, false);
    before[taken] = true;
    Fingerprint order;
    order.add(class_name(held));
    order.add(class_name(taken));
    orders_ ^= order.value();
  }
  return {};
}

bool Rules::edge(std::uint16_t from, std::uint16_t to) const {
  const std::vector<bool>& before = classes_[from].before;
  return to < before.size() && before[to];
}

bool Rules::order_known(const Context& context, std::uint16_t taken) const {
  for (int i = 0; i < context.held_count; ++i)
    if (!edge(context.held[static_cast<std::size_t>(i)].lock_class, taken)) return false;
  return true;
}

bool Rules::reaches(std::uint16_t from, std::uint16_t to) const {
  std::vector<std::uint16_t> to_visit{from};
  std::vector<bool> seen(classes_.size(), false);
  while (!to_visit.empty()) {
    const std::uint16_t at = to_visit.back();
    to_visit.pop_back();
    if (at == to) return true;
    if (seen[at]) continue;
    seen[at] = true;
    for (std::size_t next = 0; next < classes_[at].before.size(); ++next)
      if (classes_[at].before[next]) to_visit.push_back(static_cast<std::uint16_t>(next));
  }
  return false;
}

}  // namespace sim
