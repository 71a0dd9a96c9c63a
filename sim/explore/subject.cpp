#include "sim/explore/subject.hpp"

#include <fmt/format.h>

#include "sim/instrument/crashes.hpp"

namespace sim {

namespace {

std::string plain_name(std::uint32_t object) {
  const MemoryMap::Where where = MemoryMap::where(object);
  if (where.kind == MemoryKind::foreign) return fmt::format("object {}", where.offset);
  if (where.offset < MemoryMap::stacks_bytes)
    return fmt::format("local of T{}-{:#x}", where.offset / MemoryMap::stack_bytes,
                       MemoryMap::stack_bytes - where.offset % MemoryMap::stack_bytes);
  return fmt::format("heap+{:#x}", where.offset - MemoryMap::stacks_bytes);
}

}  // namespace

CallSubject::CallSubject(std::function<void()> body, const RuntimeOptions& options)
    : runtime_(options), body_(std::move(body)) {
  // Whether the code asks if a lock is free is not known before it runs.
  runtime_.options().unlock_is_step = true;
  runtime_.name_object = &plain_name;
  catch_crashes();
}

void* CallSubject::call(void* subject) {
  static_cast<CallSubject*>(subject)->body_();
  return nullptr;
}

void CallSubject::run(Strategy& strategy) {
  runtime_.execute(strategy, &CallSubject::call, this);
}

}  // namespace sim
