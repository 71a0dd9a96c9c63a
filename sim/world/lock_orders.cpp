#include "sim/world/lock_orders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace sim {

void LockOrders::add(const Rules& rules) {
  const std::uint64_t graph = rules.orders();
  const auto at = std::lower_bound(graphs_.begin(), graphs_.end(), graph);
  if (at != graphs_.end() && *at == graph) return;
  if (graphs_.size() < graphs_max) graphs_.insert(at, graph);
  rules.each_order([this](const std::string& held, const std::string& taken) {
    const Order order{held, taken};
    const auto place = std::lower_bound(orders_.begin(), orders_.end(), order);
    if (place == orders_.end() || *place != order) orders_.insert(place, order);
  });
}

std::string LockOrders::inversion() const {
  for (const Order& order : orders_) {
    const std::vector<std::string> back = way(order.taken, order.held);
    if (back.empty()) continue;
    std::string text = fmt::format("'{}' is taken with '{}' held", order.taken, order.held);
    for (std::size_t i = 1; i < back.size(); ++i)
      text += fmt::format("{} '{}' with '{}' held", i == 1 ? ", and elsewhere" : ",", back[i],
                          back[i - 1]);
    return text;
  }
  return {};
}

std::vector<std::string> LockOrders::way(const std::string& from, const std::string& to) const {
  std::map<std::string, std::string> came_from{{from, from}};
  std::vector<std::string> to_visit{from};
  for (std::size_t i = 0; i < to_visit.size(); ++i) {
    const std::string held = to_visit[i];
    for (const Order& order : orders_)
      if (order.held == held && came_from.try_emplace(order.taken, held).second)
        to_visit.push_back(order.taken);
  }
  if (came_from.count(to) == 0) return {};
  std::vector<std::string> found{to};
  while (found.back() != from) found.push_back(came_from[found.back()]);
  std::reverse(found.begin(), found.end());
  return found;
}

}  // namespace sim
