#pragma once
// The sequential specification of one queue as a model for the linearizability check: the state
// before the first call, and what each step of a call may do to a state.
//
// What the contract leaves open is open here: who gets an event, whether a timer has fired, at
// which of its requests a call met a fault. What it promises is exact: order of readiness, one
// delivery for each time an interest became ready, counts, flags and errors. The rules of the ring
// are those of take26, with its holes closed: a whole full ring can be committed, and only what was
// produced.

#include "model/spec/call.hpp"
#include "model/spec/linearize.hpp"
#include "model/spec/queue_state.hpp"
#include "model/spec/step.hpp"

namespace kev::spec {

class SpecQueue {
 public:
  using State = QueueState;
  using Step = spec::Step;

  /// The history must outlive the model.
  explicit SpecQueue(const History& history) : history_(history) {}

  [[nodiscard]] State initial() const;
  void apply(const State& state, const Step& step, std::vector<State>& next) const;
  static bool stays(const State& state, const Step& step);
  static bool may_skip(const State& state, const Step& step);
  static void hash(const State& state, StateHash& hash) { state.hash(hash); }
  /// Nobody sleeps who would find what he waits for.
  [[nodiscard]] bool may_rest(const State& state) const;

 private:
  using Next = std::vector<State>;
  [[nodiscard]] const CallRecord& record(const Step& step) const {
    return history_.calls[step.call];
  }
  [[nodiscard]] bool ring_has_space(const State& state) const {
    return state.ring.produced - state.ring.committed < history_.ring_size;
  }
  [[nodiscard]] std::uint32_t enough_for(const CallRecord& record) const;

  // spec_control.cpp
  void apply_control(const State& state, const Step& step, Next& next) const;
  void apply_request(const State& state, const Step& step, Next& next) const;
  void add_insert(const State& state, const Step& step, Next& next) const;
  void add_insert_as(State state, const Step& step, Next& next) const;
  void add_check(State state, const Step& step, Next& next) const;
  void add_finish(const State& state, const Step& step, Next& next) const;
  void add_finish_as(State state, const Step& step, Next& next) const;
  void remove_out(const State& state, const Step& step, Next& next) const;
  void remove_drop(State state, const Step& step, Next& next) const;
  void modify_reset(const State& state, const Step& step, Next& next) const;
  void modify_check(State state, const Step& step, Next& next) const;
  void modify_mark(State state, const Step& step, Next& next) const;
  void ready_mark(const State& state, const Step& step, Next& next) const;

  // spec_fetch.cpp
  void apply_fetch(const State& state, const Step& step, Next& next) const;
  void look(const State& state, const Step& step, Next& next) const;
  void snapshot(State state, const Step& step, Next& next) const;
  void take(const State& state, const Step& step, Next& next) const;
  void take_at(State state, const Step& step, Instance instance, Next& next) const;
  void produce(State state, const Step& step, Next& next) const;
  void retire(State state, const Step& step, Next& next) const;
  void last_check(State state, const Step& step, Next& next) const;
  void check_again(State state, const Step& step, Next& next) const;
  void stop(const State& state, const Step& step, Next& next) const;
  void put_back(const State& state, const Step& step, Next& next) const;
  void drop(const State& state, const Step& step, Next& next) const;

  // spec_queue.cpp
  void apply_rest(State state, const Step& step, Next& next) const;
  void apply_origin(State state, const Step& step, Next& next) const;
  [[nodiscard]] long commit(State& state, const Call& call) const;
  /// Does it, if the answer is right.
  [[nodiscard]] bool commits(State& state, const CallRecord& call) const;
  [[nodiscard]] bool ring_shows(const State& state, const Answer& answer) const;

  const History& history_;
};

static_assert(SequentialModel<SpecQueue>);

/// Judges a whole history; `at_rest` as in LinearizeOptions.
LinearizeResult judge(const History& history, bool at_rest);

/// Why it is wrong, for people: the shortest prefix that cannot be explained, as a table with a
/// column a thread. Empty when there is nothing wrong.
std::string explain(const History& history, const LinearizeResult& result);

}  // namespace kev::spec
