#include "sim/scenario/io_priority_text.hpp"

namespace sim {

namespace {

struct ClassName {
  std::string_view name;
  IoPriorityText::Class io_class;
  bool has_levels;
};

constexpr ClassName class_names[] = {
    {"none", IoPriorityText::Class::none, false},
    {"realtime", IoPriorityText::Class::realtime, true},
    {"best-effort", IoPriorityText::Class::best_effort, true},
    {"idle", IoPriorityText::Class::idle, false},
};

}  // namespace

std::optional<IoPriorityText> parse_io_priority(std::string_view text) {
  const std::size_t colon = text.find(':');
  for (const ClassName& row : class_names) {
    if (text.substr(0, colon) != row.name) continue;
    IoPriorityText priority{row.io_class};
    if (colon == std::string_view::npos) return priority;
    const std::string_view level = text.substr(colon + 1);
    const bool good = row.has_levels && level.size() == 1 && level[0] >= '0' && level[0] <= '7';
    priority.level = good ? level[0] - '0' : -1;
    return priority;
  }
  return std::nullopt;
}

}  // namespace sim
