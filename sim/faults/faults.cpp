#include "sim/faults/faults.hpp"

#include <cerrno>

namespace sim {

namespace {

constexpr FaultPointInfo points[] = {
    {FaultPoint::disk_read, "disk.read", "a read request ends with an error", EIO},
    {FaultPoint::alloc, "alloc", "a kernel object cannot be allocated", ENOMEM},
    {FaultPoint::page_alloc, "page.alloc", "a page cannot be allocated", ENOMEM},
    {FaultPoint::copy_to_user, "copy_to_user", "a copy to user memory faults", EFAULT},
    {FaultPoint::copy_from_user, "copy_from_user", "a copy from user memory faults", EFAULT},
};

}  // namespace

std::span<const FaultPointInfo> fault_points() {
  return points;
}

const FaultPointInfo* find_fault_point(std::string_view name) {
  for (const FaultPointInfo& info : points)
    if (info.name == name) return &info;
  return nullptr;
}

int Faults::consult_rules(FaultPoint point, std::uint32_t object) {
  const FaultPointInfo& info = points[static_cast<std::size_t>(point)];
  for (const FaultRule& rule : rules_) {
    if (rule.point != point) continue;
    const bool strikes =
        explore_ ? chooser_.choose(ChoiceKind::fault, 2, {info.name.data(), object}) == 1
                 : random_.chance(rule.rate);
    if (!strikes) continue;
    const int error = rule.error != 0 ? rule.error : info.default_error;
    ++struck_;
    recorder_.emit(Ev::fault, static_cast<std::int64_t>(point), error, object);
    return -error;
  }
  return 0;
}

}  // namespace sim
