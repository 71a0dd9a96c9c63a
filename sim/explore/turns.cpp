#include "sim/explore/turns.hpp"

#include <algorithm>
#include <iterator>

namespace sim {

void NotedTurns::begin(std::uint64_t seed) {
  strategy_.begin(seed);
  turns_.clear();
  taken_.fill(0);
}

std::uint32_t NotedTurns::pick(const Crossroads& at) {
  const bool choice = (at.ready & (at.ready - 1)) != 0;
  const std::uint32_t picked = choice || sees_all() ? strategy_.pick(at) : first_of(at.ready);
  if (picked == nobody) return nobody;
  ++taken_[picked];
  if (turns_.empty() || turns_.back().thread != picked) turns_.push_back({picked, 0});
  turns_.back().until = taken_[picked];
  return picked;
}

void NotedTurns::released(std::uint32_t thread, std::uint32_t object) {
  if (sees_all()) strategy_.released(thread, object);
}

void NotedTurns::released_shared(std::uint32_t thread, std::uint32_t object) {
  if (sees_all()) strategy_.released_shared(thread, object);
}

void NotedTurns::joined(std::uint32_t thread, std::uint32_t other) {
  if (sees_all()) strategy_.joined(thread, other);
}

void NotedTurns::found_closed(Closed to) {
  if (sees_all()) strategy_.found_closed(to);
}

void TurnStrategy::begin(std::uint64_t seed) {
  Strategy::begin(seed);
  turn_ = 0;
  entry_ = 0;
  taken_.fill(0);
}

std::uint32_t TurnStrategy::pick(const Crossroads& at) {
  const auto over = [&](const Turn& turn) {
    return (at.ready & bit_of(turn.thread)) == 0 || taken_[turn.thread] >= turn.until;
  };
  while (turn_ < turns_.size() && over(turns_[turn_])) ++turn_;
  const std::uint32_t picked = turn_ < turns_.size() ? turns_[turn_].thread : plain_pick(at);
  ++taken_[picked];
  return picked;
}

std::uint32_t TurnStrategy::choose(ChoiceKind kind, std::uint32_t options, Operation operation) {
  for (std::size_t at = entry_; at < tape_.size(); ++at) {
    const TapeEntry& entry = tape_[at];
    if (entry.kind != kind || entry.step != operation.name) continue;
    entry_ = at + 1;
    return std::min(entry.picked, options - 1);
  }
  return 0;
}

namespace {

std::ptrdiff_t place(std::size_t index) {
  return static_cast<std::ptrdiff_t>(index);
}

Turns without(const Turns& turns, std::size_t index) {
  Turns fewer = turns;
  fewer.erase(fewer.begin() + place(index));
  return fewer;
}

void go_on_to_the_end(const Turns& turns, ThreadMask machine, std::vector<Turns>& all) {
  for (std::size_t i = 0; i < turns.size(); ++i) {
    if (turns[i].until == Turn::to_the_end || (machine & bit_of(turns[i].thread)) != 0) continue;
    all.push_back(turns);
    all.back()[i].until = Turn::to_the_end;
  }
}

void join_earlier_ones(const Turns& turns, std::vector<Turns>& all) {
  for (std::size_t i = 2; i < turns.size(); ++i) {
    const auto same = [&](const Turn& turn) { return turn.thread == turns[i].thread; };
    const auto from = std::make_reverse_iterator(turns.begin() + place(i));
    const auto earlier = std::find_if(from, turns.rend(), same);
    if (earlier == turns.rend()) continue;
    all.push_back(without(turns, i));
    all.back()[static_cast<std::size_t>(turns.rend() - earlier) - 1].until = turns[i].until;
  }
}

/// A thread that had not to wait comes to the same place with fewer steps.
void leave_out_with_steps(const Turns& turns, std::vector<Turns>& all) {
  constexpr std::uint32_t steps_most = 32;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    const auto later = [&](const Turn& turn) {
      return turn.thread == turns[i].thread && turn.until != Turn::to_the_end;
    };
    if (std::none_of(turns.begin() + place(i) + 1, turns.end(), later)) continue;
    for (std::uint32_t steps = 1; steps <= steps_most; ++steps) {
      all.push_back(without(turns, i));
      for (std::size_t at = i; at < all.back().size(); ++at)
        if (later(all.back()[at])) all.back()[at].until -= std::min(steps, all.back()[at].until);
    }
  }
}

}  // namespace

std::vector<Turns> simpler(const Turns& turns, ThreadMask machine) {
  std::vector<Turns> all;
  go_on_to_the_end(turns, machine, all);
  join_earlier_ones(turns, all);
  for (std::size_t i = 0; i < turns.size(); ++i) all.push_back(without(turns, i));
  leave_out_with_steps(turns, all);
  return all;
}

}  // namespace sim
