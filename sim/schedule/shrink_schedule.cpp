#include "sim/schedule/shrink_schedule.hpp"

#include <algorithm>
#include <utility>

namespace sim {

namespace {

std::size_t choices_made(const ScheduleList& list) {
  return list.size() -
         static_cast<std::size_t>(std::count(list.begin(), list.end(), std::uint32_t{0}));
}

bool simpler(const ScheduleList& a, const ScheduleList& b) {
  const std::size_t made_a = choices_made(a);
  const std::size_t made_b = choices_made(b);
  if (made_a != made_b) return made_a < made_b;
  return a.size() < b.size();
}

/// Sets runs of choices to the plain one, long runs first: delta debugging over the choices made.
class Shrinker {
 public:
  Shrinker(ScheduleList failing, const ScheduleTrial& fails, int budget)
      : best_(std::move(failing)), fails_(fails), budget_(budget) {}

  ScheduleList run() {
    cut_tail();
    for (std::size_t length = std::max<std::size_t>(choices_made(best_) / 2, 1);;) {
      const bool progress = clear_runs(length);
      if (budget_ <= 0) break;
      if (length == 1 && !progress) break;
      if (!progress) length = std::max<std::size_t>(length / 2, 1);
    }
    return best_;
  }

 private:
  bool accept(ScheduleList candidate) {
    if (budget_-- <= 0) return false;
    if (!fails_(candidate) || !simpler(candidate, best_)) return false;
    best_ = std::move(candidate);
    return true;
  }

  void cut_tail() {
    for (std::size_t keep = best_.size() / 2; keep > 0 && budget_ > 0; keep /= 2) {
      ScheduleList candidate(best_.begin(), best_.begin() + static_cast<std::ptrdiff_t>(keep));
      if (!accept(std::move(candidate))) break;
    }
  }

  /// Clears `length` of the choices made at a time.
  bool clear_runs(std::size_t length) {
    bool progress = false;
    for (std::size_t begin = 0; begin < best_.size() && budget_ > 0;) {
      ScheduleList candidate = best_;
      std::size_t cleared = 0;
      std::size_t at = begin;
      for (; at < candidate.size() && cleared < length; ++at)
        if (std::exchange(candidate[at], 0) != 0) ++cleared;
      if (cleared == 0) break;
      if (accept(std::move(candidate)))
        progress = true;
      else
        begin = at;
    }
    return progress;
  }

  ScheduleList best_;
  const ScheduleTrial& fails_;
  int budget_;
};

}  // namespace

ScheduleList shrink_schedule(ScheduleList failing, const ScheduleTrial& fails, int budget) {
  return Shrinker(std::move(failing), fails, budget).run();
}

}  // namespace sim
