#pragma once
// Is a concurrent history explained by some order of its steps, one at a time?
//
// The search of Wing and Gong ("Testing and verifying concurrent objects", 1993) with the
// memoisation of Lowe ("Testing for linearizability", 2017): depth first over the next step of each
// thread, never past a step that had already ended, and never twice from the same pair (steps done,
// state). A thread's steps happen in order, so the set of steps done is one position a thread.
//
// A step is atomic. A call that is no atomic thing by contract (several requests, several events)
// is a chain of steps, all within the call's begin and end. A model may say that a step leads to
// several states (it may go either way), or to none (it cannot happen here); that it is not done
// yet and goes on from the new state; and that it may be left out.
//
// Steps whose end lies after `until` may happen or not; those before must. With that a prefix of a
// history is judged by what its unfinished calls will have returned, and failing is monotone: the
// shortest failing prefix is found by bisection.
// Deterministic: the visited set is keyed by 128 bits of hash, in order of visit; a collision (one
// in 2^88 for a million states) could hide an explanation, and never invents one.

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <utility>
#include <vector>

#include "model/base/check.hpp"
#include "model/spec/call.hpp"
#include "model/spec/visited.hpp"

namespace kev::spec {

template <class M>
concept SequentialModel =
    requires(const M& model, const typename M::State& state, const typename M::Step& step,
             std::vector<typename M::State>& next, StateHash& hash) {
      /// Appends each state that the step may lead to.
      { model.apply(state, step, next) };
      /// Whether the step goes on from the state that it led to.
      { model.stays(state, step) } -> std::same_as<bool>;
      /// Whether the thread may go on with its next step instead.
      { model.may_skip(state, step) } -> std::same_as<bool>;
      { model.hash(state, hash) };
      /// Whether an execution in which nothing more can happen may end like this.
      { model.may_rest(state) } -> std::same_as<bool>;
    };

template <class Step>
struct TimedStep {
  Moment begin = 0;
  Moment end = never;
  Step step{};
};

/// The steps of each thread, in its order.
template <class Step>
using StepChains = std::vector<std::vector<TimedStep<Step>>>;

enum class Verdict : std::uint8_t {
  linearizable,
  not_linearizable,
  /// Explained, but in every explanation somebody waits for something that is there.
  restless,
  /// The budget of states was spent.
  unknown
};

struct LinearizeResult {
  Verdict verdict = Verdict::unknown;
  std::uint64_t states = 0;  ///< visited
};

struct LinearizeOptions {
  Moment until = never;
  std::uint64_t budget = 2'000'000;  ///< states
  /// Nothing could happen any more after the last call: the last state must be one of rest.
  bool at_rest = false;
};

template <SequentialModel M>
class Linearizer {
 public:
  using State = typename M::State;
  using Chains = StepChains<typename M::Step>;

  Linearizer(const M& model, const Chains& chains, LinearizeOptions options)
      : model_(model), chains_(chains), options_(options), done_(chains.size(), 0) {
    KEV_CHECK(chains.size() <= max_threads);
  }

  LinearizeResult run(State initial) {
    if (accepted(initial)) return {Verdict::linearizable, 0};
    push(std::move(initial));
    while (!stack_.empty()) {
      if (visited_.size() > options_.budget) return {Verdict::unknown, visited_.size()};
      Node& node = stack_.back();
      if (node.successors.empty()) {
        if (!expand_next_thread(node)) pop();
        continue;
      }
      Successor next = std::move(node.successors.back());
      node.successors.pop_back();
      if (enter(node.thread, std::move(next))) return {Verdict::linearizable, visited_.size()};
    }
    return {explained_ ? Verdict::restless : Verdict::not_linearizable, visited_.size()};
  }

 private:
  static constexpr std::size_t max_threads = 32;

  struct Successor {
    State state;
    std::uint32_t steps = 0;  ///< that its thread has done on the way
  };
  struct Node {
    State state;
    std::size_t next_thread = 0;      ///< position in `order`
    std::uint8_t order[max_threads];  ///< candidates, the one that ended first in front
    std::size_t candidates = 0;
    std::uint32_t thread = 0;  ///< whose step `successors` come from
    std::vector<Successor> successors;
    std::int32_t came_by = -1;     ///< the thread whose steps led here
    std::uint32_t came_steps = 0;  ///< how many
  };

  [[nodiscard]] bool has_next(std::size_t thread) const {
    return done_[thread] < chains_[thread].size();
  }
  [[nodiscard]] const TimedStep<typename M::Step>& next(std::size_t thread) const {
    return chains_[thread][done_[thread]];
  }

  void push(State state) {
    stack_.push_back(Node{std::move(state), 0, {}, 0, 0, {}, -1, 0});
    Node& node = stack_.back();
    Moment limit = never;
    for (std::size_t t = 0; t < chains_.size(); ++t)
      if (has_next(t)) limit = std::min(limit, next(t).end);
    for (std::size_t t = 0; t < chains_.size(); ++t) {
      if (!has_next(t) || next(t).begin > limit) continue;
      node.order[node.candidates++] = static_cast<std::uint8_t>(t);
    }
    std::stable_sort(node.order, node.order + node.candidates,
                     [&](std::uint8_t a, std::uint8_t b) { return next(a).end < next(b).end; });
  }

  void pop() {
    const std::int32_t came_by = stack_.back().came_by;
    const std::uint32_t steps = stack_.back().came_steps;
    stack_.pop_back();
    if (came_by >= 0) done_[static_cast<std::size_t>(came_by)] -= steps;
  }

  bool expand_next_thread(Node& node) {
    if (node.next_thread == node.candidates) return false;
    node.thread = node.order[node.next_thread++];
    const auto& chain = chains_[node.thread];
    std::size_t at = done_[node.thread];
    for (std::uint32_t steps = 1;; ++steps, ++at) {
      const auto& step = chain[at].step;
      scratch_.clear();
      model_.apply(node.state, step, scratch_);
      for (State& state : scratch_) {
        const std::uint32_t done = model_.stays(state, step) ? steps - 1 : steps;
        node.successors.push_back({std::move(state), done});
      }
      // The next step is of the same call: no other call's end lies between them.
      if (!model_.may_skip(node.state, step)) return true;
    }
  }

  /// Everything that must have happened has, and it may end there.
  bool accepted(const State& state) {
    if (!complete()) return false;
    explained_ = true;
    return !options_.at_rest || model_.may_rest(state);
  }

  /// True when that was the last step of an explanation.
  bool enter(std::uint32_t thread, Successor next) {
    done_[thread] += next.steps;
    StateHash hash;
    for (const std::uint32_t position : done_) hash.add(position);
    model_.hash(next.state, hash);
    if (!visited_.insert(hash)) {
      done_[thread] -= next.steps;
      return false;
    }
    if (accepted(next.state)) return true;
    push(std::move(next.state));
    stack_.back().came_by = static_cast<std::int32_t>(thread);
    stack_.back().came_steps = next.steps;
    return false;
  }

  [[nodiscard]] bool complete() const {
    for (std::size_t t = 0; t < chains_.size(); ++t)
      if (has_next(t) && next(t).end <= options_.until && next(t).end != never) return false;
    return true;
  }

  const M& model_;
  const Chains& chains_;
  const LinearizeOptions options_;
  std::vector<std::uint32_t> done_;  ///< steps done, by thread
  std::vector<Node> stack_;
  std::vector<State> scratch_;
  VisitedSet visited_;
  bool explained_ = false;
};

template <SequentialModel M>
LinearizeResult linearize(const M& model, typename M::State initial,
                          const StepChains<typename M::Step>& chains,
                          const LinearizeOptions& options = {}) {
  return Linearizer<M>(model, chains, options).run(std::move(initial));
}

/// The end of the call that cannot be explained any more: the history up to there fails, and every
/// shorter one does not. Requires: the whole history is not linearizable.
template <SequentialModel M>
Moment shortest_failing_prefix(const M& model, const typename M::State& initial,
                               const StepChains<typename M::Step>& chains) {
  std::vector<Moment> ends;
  for (const auto& chain : chains)
    for (const auto& step : chain)
      if (step.end != never) ends.push_back(step.end);
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  std::size_t low = 0;
  std::size_t high = ends.size() - 1;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    LinearizeOptions options;
    options.until = ends[middle];
    const Verdict verdict = linearize(model, initial, chains, options).verdict;
    (verdict == Verdict::not_linearizable ? high : low) =
        verdict == Verdict::not_linearizable ? middle : middle + 1;
  }
  return ends[low];
}

}  // namespace kev::spec
