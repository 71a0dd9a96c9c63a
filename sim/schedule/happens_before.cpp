#include "sim/schedule/happens_before.hpp"

#include <algorithm>

#include "model/base/check.hpp"

namespace sim {

void HappensBefore::begin(std::size_t kept) {
  KEV_CHECK(kept <= used_);
  while (used_ > kept) pop();
  ++execution_;
  for (std::uint32_t i = 0; i < width_; ++i)
    for (std::uint32_t j = 0; j < width_; ++j) thread_clocks_[i].at[j] = 0;
}

std::uint32_t HappensBefore::slot_of(std::uint32_t object) {
  Recent& recent = recent_[object % recent_.size()];
  if (recent.object == object) return recent.slot;
  const auto [at, added] = slots_.try_emplace(object, static_cast<std::uint32_t>(objects_.size()));
  if (added) objects_.emplace_back();
  recent = {object, at->second};
  return at->second;
}

void HappensBefore::joined(std::uint32_t thread, std::uint32_t other) {
  see_threads(std::max(thread, other) + 1);
  raise(thread_clocks_[thread], thread_clocks_[other]);
}

void HappensBefore::released(std::uint32_t thread, std::uint32_t object) {
  Object& at = objects_[slot_of(object)];
  if (at.released_in != execution_) {
    at.released_in = execution_;
    for (std::uint32_t i = 0; i < width_; ++i) at.released.at[i] = 0;
  }
  raise(at.released, thread_clocks_[thread]);
}

void HappensBefore::find_race(std::uint32_t candidate, const Step& step, const Clock& before,
                              std::uint32_t index, std::vector<RacePair>& races) {
  const std::uint32_t thread = steps_[candidate].step.thread;
  if (thread == step.step.thread || before.at[thread] > candidate) return;
  // Ordered through another step that this one depends on: no race of these two.
  if (!quiet(step.step.access))
    for (std::uint32_t read = step.last_read; read != nothing; read = steps_[read].last_read)
      if (read != candidate && steps_[read].clock.at[thread] > candidate) return;
  races.push_back({candidate, index});
}

void HappensBefore::meet(Step& step, const Clock& before, std::uint32_t index,
                         std::vector<RacePair>& races) {
  if (quiet(step.step.access) || step.last_read == nothing) {
    if (step.last_write == nothing) return;
    find_race(step.last_write, step, before, index, races);
    raise(step.clock, steps_[step.last_write].clock);
    return;
  }
  for (std::uint32_t read = step.last_read; read != nothing; read = steps_[read].last_read) {
    find_race(read, step, before, index, races);
    raise(step.clock, steps_[read].clock);
  }
}

void HappensBefore::add(const StepOf& taken, std::vector<RacePair>& races) {
  see_threads(taken.thread + 1);
  const auto index = static_cast<std::uint32_t>(used_);
  if (used_ == steps_.size()) steps_.emplace_back();
  ++used_;
  Step& step = steps_[index];
  step.step = taken;
  Clock& before = thread_clocks_[taken.thread];
  for (std::uint32_t i = 0; i < width_; ++i) step.clock.at[i] = before.at[i];
  step.last_write = nothing;
  step.last_read = nothing;
  if (taken.access != Access::none) {
    step.slot = slot_of(taken.object);
    Object& object = objects_[step.slot];
    step.last_write = object.last_write;
    step.last_read = object.last_read;
    meet(step, before, index, races);
    if (acquires(taken.access) && object.released_in == execution_)
      raise(step.clock, object.released);
    if (quiet(taken.access)) {
      object.last_read = index;
    } else {
      object.last_write = index;
      object.last_read = nothing;
    }
  }
  step.clock.at[taken.thread] = index + 1;
  for (std::uint32_t i = 0; i < width_; ++i) before.at[i] = step.clock.at[i];
}

void HappensBefore::pop() {
  const Step& step = steps_[--used_];
  if (step.step.access == Access::none) return;
  objects_[step.slot].last_write = step.last_write;
  objects_[step.slot].last_read = step.last_read;
}

}  // namespace sim
