#include "sim/schedule/happens_before.hpp"

#include <algorithm>
#include <utility>

#include "model/base/check.hpp"

namespace sim {

void HappensBefore::begin(std::size_t kept) {
  KEV_CHECK(kept <= used_);
  while (used_ > kept) pop();
  ++execution_;
  taken_ = 0;
  begun_ = 0;
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
  const Clock& known = clock_of(other);
  raise(clock_of(thread), known);
}

void HappensBefore::add_release(Release& release, const Clock& clock) const {
  if (release.in != execution_) {
    release.in = execution_;
    for (std::uint32_t i = 0; i < width_; ++i) release.clock.at[i] = 0;
  }
  raise(release.clock, clock);
}

void HappensBefore::released(std::uint32_t thread, std::uint32_t object) {
  add_release(objects_[slot_of(object)].exclusive, clock_of(thread));
}

void HappensBefore::released_shared(std::uint32_t thread, std::uint32_t object) {
  const Object& at = objects_[slot_of(object)];
  const Clock& clock = clock_of(thread);
  add_release(objects_[slot_of(object)].shared, clock);
  // What the thread had taken for reading, perhaps several times.
  for (std::uint32_t i = at.last; i != nothing; i = steps_[i].previous) {
    if (i >= taken_ || steps_[i].step.thread != thread) continue;
    if (steps_[i].step.access == Access::release) continue;
    if (steps_[i].step.access != Access::shared_acquire) return;
    if (i >= reader_releases_.size()) reader_releases_.resize(i + 1);
    if (reader_releases_[i].in == execution_) return;
    add_release(reader_releases_[i], clock);
  }
}

/// Whether another reader, who had not begun after `reader`, could only end after it: then a writer
/// cannot come before `reader` either.
bool HappensBefore::readers_need(std::uint32_t reader) const {
  const std::uint32_t thread = steps_[reader].step.thread;
  for (std::uint32_t i = objects_[steps_[reader].slot].last; i != nothing; i = steps_[i].previous) {
    const Access access = steps_[i].step.access;
    if (access == Access::write || access == Access::acquire) return false;
    if (i == reader || access != Access::shared_acquire || ordered(reader, i)) continue;
    const bool ended = i < reader_releases_.size() && reader_releases_[i].in == execution_;
    if (ended && reader_releases_[i].clock.at[thread] > reader) return true;
  }
  return false;
}

/// Whether the step `at` could come after one that has yet to be taken, on the same object.
bool HappensBefore::could_be_later(const Step& earlier, std::uint32_t at, Access access) const {
  if (!acquires(access)) return true;
  if (earlier.closed == Closed::all) return false;
  if (access == Access::shared_acquire) return true;
  return earlier.closed == Closed::nobody &&
         !(earlier.step.access == Access::shared_acquire && readers_need(at));
}

void HappensBefore::meet(Step& step, const Clock& before, std::uint32_t index,
                         std::vector<RacePair>& races) {
  const Object& object = objects_[step.slot];
  const Access access = step.step.access;
  const std::size_t first_race = races.size();
  for (std::uint32_t at = is_quiet(access) ? object.last_write : object.last; at != nothing;
       at = steps_[at].previous) {
    const Step& earlier = steps_[at];
    if (!conflict(earlier.step.access, access)) continue;
    raise(step.clock, earlier.clock);
    const std::uint32_t thread = earlier.step.thread;
    const bool known = before.at[thread] > at;
    const bool reversible = !known && could_be_later(earlier, at, access);
    bool between = false;
    for (std::size_t i = first_race; i < races.size(); ++i)
      between = between || ordered(at, races[i].first);
    if (reversible && !between) races.push_back({at, index});
    // All that is on the object comes before a write or an acquisition.
    const bool closes =
        earlier.step.access == Access::write || earlier.step.access == Access::acquire;
    if (closes && (known || reversible)) return;
  }
}

/// A step that may touch anything depends on the last one of every thread, and through it on all
/// before that.
void HappensBefore::meet_everybody(Step& step, const Clock& before, std::uint32_t index,
                                   std::vector<RacePair>& races) {
  for (std::uint32_t thread = 0; thread < width_; ++thread) {
    const std::uint32_t last = last_of_thread_[thread];
    if (last == nothing || thread == step.step.thread) continue;
    raise(step.clock, steps_[last].clock);
    bool between = before.at[thread] > last;
    for (std::uint32_t other = 0; other < width_ && !between; ++other)
      between = other != thread && last_of_thread_[other] != nothing &&
                ordered(last, last_of_thread_[other]);
    if (!between) races.push_back({last, index});
  }
}

/// All steps before one that may touch anything come before it, so that they race with nothing
/// after it.
void HappensBefore::meet_everything(Step& step, const Clock& before, std::size_t first_race,
                                    std::vector<RacePair>& races) {
  if (everything_ == nothing) return;
  const auto begin = races.begin() + static_cast<std::ptrdiff_t>(first_race);
  races.erase(std::remove_if(begin, races.end(),
                             [&](const RacePair& race) { return race.first <= everything_; }),
              races.end());
  const Step& last = steps_[everything_];
  raise(step.clock, last.clock);
  if (last.step.thread == step.step.thread || before.at[last.step.thread] > everything_) return;
  for (std::size_t i = first_race; i < races.size(); ++i)
    if (ordered(everything_, races[i].first)) return;
  races.push_back({everything_, static_cast<std::uint32_t>(used_ - 1)});
}

void HappensBefore::add(const StepOf& taken, std::vector<RacePair>& races) {
  see_threads(taken.thread + 1);
  const auto index = static_cast<std::uint32_t>(used_);
  if (used_ == steps_.size()) steps_.emplace_back();
  ++used_;
  taken_ = index + 1;
  Step& step = steps_[index];
  step.step = taken;
  step.closed = Closed::nobody;
  Clock& before = clock_of(taken.thread);
  copy(step.clock, before);
  if (taken.access != Access::none) {
    step.slot = slot_of(taken.object);
    Object& object = objects_[step.slot];
    step.previous = object.last;
    step.last_write = object.last_write;
    const std::size_t first_race = races.size();
    if (taken.access == Access::everything) {
      meet_everybody(step, before, index, races);
    } else {
      meet(step, before, index, races);
      meet_everything(step, before, first_race, races);
    }
    step.last_of_thread = std::exchange(last_of_thread_[taken.thread], index);
    step.last_everything = everything_;
    if (taken.access == Access::everything) everything_ = index;
    if (acquires(taken.access)) {
      copy(step.before, before);
      raise(step.clock, object.exclusive);
    }
    if (taken.access == Access::acquire) raise(step.clock, object.shared);
    object.last = index;
    if (!is_quiet(taken.access)) object.last_write = index;
  }
  step.clock.at[taken.thread] = index + 1;
  copy(before, step.clock);
}

void HappensBefore::settle_last(const std::vector<std::uint32_t>& sequence) {
  const Step& last = steps_[sequence.back()];
  copy(last_clock_, last.before);
  for (const std::uint32_t i : sequence) {
    const StepOf& step = steps_[i].step;
    if (i == sequence.back() || step.object != last.step.object ||
        !conflict(step.access, last.step.access))
      continue;
    raise(last_clock_, steps_[i].clock);
    if (i < reader_releases_.size()) raise(last_clock_, reader_releases_[i]);
  }
}

void HappensBefore::pop() {
  const Step& step = steps_[--used_];
  if (step.step.access == Access::none) return;
  objects_[step.slot].last = step.previous;
  last_of_thread_[step.step.thread] = step.last_of_thread;
  everything_ = step.last_everything;
  objects_[step.slot].last_write = step.last_write;
}

}  // namespace sim
