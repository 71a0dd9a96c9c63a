#include "sim/world/io_priority.hpp"

#include <utility>

#include "sim/scenario/io_priority_text.hpp"
#include "sim/world/devices.hpp"

namespace sim {

namespace {

IoClass class_of(IoPriorityText::Class text) {
  switch (text) {
    case IoPriorityText::Class::none:
      return IoClass::none;
    case IoPriorityText::Class::realtime:
      return IoClass::real_time;
    case IoPriorityText::Class::best_effort:
      return IoClass::best_effort;
    case IoPriorityText::Class::idle:
      return IoClass::idle;
  }
  kev::check_failed("every class has its own", __FILE__, __LINE__);
}

}  // namespace

IoPriority io_priority_of(std::string_view text) {
  const auto priority = parse_io_priority(text);
  KEV_CHECK(priority.has_value());
  KEV_CHECK(priority->level >= 0);
  return {class_of(priority->io_class), static_cast<std::uint8_t>(priority->level)};
}

Thread& spawn_program(SimPlatform& platform, IoPriority priority, std::string name,
                      std::function<void()> body) {
  Thread& thread = platform.kernel().spawn(std::move(name), ContextKind::process, std::move(body));
  if (priority != IoPriority{}) platform.machine().devices->disk.set_priority(thread, priority);
  return thread;
}

}  // namespace sim
