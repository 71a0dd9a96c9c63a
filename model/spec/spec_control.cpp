// The control calls: what one request does to the queue.

#include <algorithm>
#include <cerrno>
#include <initializer_list>
#include <utility>

#include "model/spec/spec_kinds.hpp"
#include "model/spec/spec_queue.hpp"

namespace kev::spec {

namespace {

constexpr std::int32_t no_file = -1000;  ///< outcome of a check of what could not be opened

Instance instance_of(const Step& step) {
  return (step.call << 10 | step.item) + 1;
}

/// Registration, removal and modification happen one at a time.
bool control_is_free(const QueueState& state) {
  return state.controller == 0;
}

bool always_queued(const Interest& interest) {
  return (interest.request.req_flags & abi::KEVENT_REQ_ALWAYS_QUEUE) != 0;
}

bool is_one_of(StepKind kind, std::initializer_list<StepKind> kinds) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

/// It was refused after all.
void withdraw(QueueState& state, Instance instance) {
  state.drop(instance);
  state.controller = 0;
}

/// Registered; what happened since it was linked is shown now.
void enliven(QueueState& state, Interest& interest) {
  state.controller = 0;
  interest.life = Life::live;
  const std::uint32_t seen = interest.request.ret_flags;
  if ((seen & abi::KEVENT_RET_BROKEN) != 0) return state.mark(interest, -1);
  const bool asked = (interest.request.req_flags & abi::KEVENT_REQ_READY) != 0;
  if (seen != 0 || asked) state.mark(interest, 1);
}

}  // namespace

void SpecQueue::apply_control(const State& state, const Step& step, Next& next) const {
  if (step.fate != Fate::unknown) return apply_request(state, step, next);
  State copy = state;
  const Progress& progress = copy.of(step.call);
  const bool stopped = progress.stopped;
  if (step.kind == StepKind::control_end) {
    if (!stopped) return;
    copy.end(step.call);
    next.push_back(std::move(copy));
    return;
  }
  // After a fault the rest of the requests is not looked at.
  const bool idle = progress.taken == 0 && copy.controller != step.call + 1;
  if (stopped && idle) {
    next.push_back(std::move(copy));
    return;
  }
  const std::size_t first = next.size();
  apply_request(state, step, next);
  // The fault came before this request was read, or after it was carried out.
  if (is_one_of(step.kind, {StepKind::add_finish, StepKind::remove_drop, StepKind::modify_mark,
                            StepKind::ready_mark})) {
    const std::size_t end = next.size();
    for (std::size_t i = first; i < end; ++i) {
      State after = next[i];
      after.of(step.call).stopped = true;
      next.push_back(std::move(after));
    }
  }
  if (is_one_of(step.kind, {StepKind::add_insert, StepKind::remove_out, StepKind::modify_reset,
                            StepKind::ready_mark})) {
    copy.of(step.call).stopped = true;
    next.push_back(std::move(copy));
  }
}

void SpecQueue::apply_request(const State& state, const Step& step, Next& next) const {
  switch (step.kind) {
    case StepKind::add_insert:
      return add_insert(state, step, next);
    case StepKind::add_link:
    case StepKind::add_check:
      return add_check(state, step, next);
    case StepKind::add_finish:
      return add_finish(state, step, next);
    case StepKind::remove_out:
      return remove_out(state, step, next);
    case StepKind::remove_drop:
      return remove_drop(state, step, next);
    case StepKind::modify_reset:
      return modify_reset(state, step, next);
    case StepKind::modify_check:
      return modify_check(state, step, next);
    case StepKind::modify_mark:
      return modify_mark(state, step, next);
    default:
      return ready_mark(state, step, next);
  }
}

void SpecQueue::add_insert(const State& state, const Step& step, Next& next) const {
  const abi::ukevent& request = record(step).call.requests[step.item];
  const Source source = source_of(request.type);
  const bool memory = record(step).call.hazards.memory;
  const bool in_set = state.has(request);
  const bool unknown = step.fate == Fate::unknown;
  const auto could_fail_by = [&](int error, bool here) {
    if (here && (unknown || (step.fate == Fate::failed && step.error == error)))
      next.push_back(state);
  };
  could_fail_by(ENOSYS, source == Source::nobody);
  could_fail_by(EPERM, source == Source::kernel);
  if (source == Source::nobody || source == Source::kernel) return;
  could_fail_by(ENOMEM, memory);
  could_fail_by(EEXIST, in_set && control_is_free(state));
  const bool refused_at_once =
      step.fate == Fate::failed && (step.error == EEXIST || step.error == ENOSYS);
  if (!refused_at_once && !in_set && control_is_free(state)) add_insert_as(state, step, next);
}

void SpecQueue::add_insert_as(State state, const Step& step, Next& next) const {
  Interest interest;
  interest.instance = instance_of(step);
  interest.request = record(step).call.requests[step.item];
  interest.request.ret_flags = 0;
  interest.request.ret_data[0] = interest.request.ret_data[1] = 0;
  const auto at =
      std::find_if(state.interests.begin(), state.interests.end(),
                   [&](const Interest& each) { return each.instance > interest.instance; });
  state.interests.insert(at, interest);
  state.controller = step.call + 1;
  next.push_back(std::move(state));
}

/// Linked first, looked at second: whatever happens in between is not missed.
void SpecQueue::add_check(State state, const Step& step, Next& next) const {
  Interest* interest = state.find(instance_of(step));
  if (interest != nullptr) {
    const OriginState* origin = state.origin_of(interest->request);
    if (step.kind == StepKind::add_link) {
      interest->linked = origin != nullptr && origin->open;
    } else {
      const std::int32_t outcome = interest->linked ? state.check(*interest) : no_file;
      state.of(step.call).outcome = outcome;
    }
  }
  next.push_back(std::move(state));
}

void SpecQueue::add_finish(const State& state, const Step& step, Next& next) const {
  State copy = state;
  if (copy.find(instance_of(step)) == nullptr) {
    // Refused before it was inserted.
    if (step.fate == Fate::failed || step.fate == Fate::unknown) next.push_back(std::move(copy));
    return;
  }
  if (step.fate != Fate::unknown) return add_finish_as(std::move(copy), step, next);
  for (const Fate fate : {Fate::done, Fate::ready_now}) {
    Step guess = step;
    guess.fate = fate;
    add_finish_as(copy, guess, next);
  }
  for (const int error : {EPERM, EBADF, EINVAL, ENOMEM}) {
    Step guess = step;
    guess.fate = Fate::failed;
    guess.error = error;
    add_finish_as(copy, guess, next);
  }
}

void SpecQueue::add_finish_as(State state, const Step& step, Next& next) const {
  Interest& interest = *state.find(instance_of(step));
  const Source source = source_of(interest.request.type);
  std::int32_t outcome = 0;
  if (source == Source::origin) {
    Progress& progress = state.of(step.call);
    outcome = std::exchange(progress.outcome, 0);
    if (record(step).answer.value != -EFAULT) state.end(step.call);
  }
  const bool late_failure = outcome == no_file;
  const bool handed_back = outcome != 0 && !late_failure && !always_queued(interest);
  const bool bad_period = source == Source::clock && !valid_period(interest.request.id);
  bool possible = false;
  if (step.fate == Fate::done) {
    possible = !late_failure && !handed_back && !bad_period;
    if (possible) {
      state.mark(interest, outcome);
      enliven(state, interest);
    }
  } else {
    if (step.fate == Fate::ready_now) {
      possible = handed_back && outcome > 0;
    } else if (step.error == EBADF || step.error == ENOTSOCK) {
      possible = late_failure;
    } else if (step.error == EPERM) {
      possible = handed_back && outcome < 0;
    } else if (step.error == EINVAL) {
      possible = bad_period;
    } else if (step.error == ENOMEM) {
      possible = source == Source::clock && !bad_period && record(step).call.hazards.memory;
    }
    if (possible) withdraw(state, instance_of(step));
  }
  if (possible) next.push_back(std::move(state));
}

void SpecQueue::remove_out(const State& state, const Step& step, Next& next) const {
  if (!control_is_free(state)) return;
  State copy = state;
  Interest* interest = copy.find_in_set(record(step).call.requests[step.item]);
  const bool found = interest != nullptr;
  if (step.fate != Fate::unknown && found != (step.fate == Fate::done)) return;
  if (found) {
    interest->in_set = false;
    copy.controller = step.call + 1;
    copy.of(step.call).taken = interest->instance;
  }
  next.push_back(std::move(copy));
}

void SpecQueue::remove_drop(State state, const Step& step, Next& next) const {
  const Instance taken = std::exchange(state.of(step.call).taken, 0);
  if (taken != 0) withdraw(state, taken);
  if (step.fate != Fate::unknown) state.end(step.call);
  next.push_back(std::move(state));
}

/// New mask and flags, and whatever was ready is forgotten.
void SpecQueue::modify_reset(const State& state, const Step& step, Next& next) const {
  if (!control_is_free(state)) return;
  State copy = state;
  const abi::ukevent& request = record(step).call.requests[step.item];
  Interest* interest = copy.find_present(request);
  const bool in_set = interest != nullptr && interest->in_set;
  const bool absent_allowed = step.fate != Fate::done && !in_set;
  if (absent_allowed) next.push_back(copy);
  if (interest == nullptr || step.fate == Fate::failed) return;
  interest->request.event = request.event;
  interest->request.req_flags = request.req_flags;
  interest->request.ret_flags = 0;
  interest->life = Life::live;
  copy.controller = step.call + 1;
  copy.of(step.call).taken = interest->instance;
  copy.forget_ready(interest->instance);
  next.push_back(std::move(copy));
}

void SpecQueue::modify_check(State state, const Step& step, Next& next) const {
  Progress& progress = state.of(step.call);
  const Interest* interest = state.find(progress.taken);
  progress.outcome = interest == nullptr ? 0 : state.check(*interest);
  next.push_back(std::move(state));
}

void SpecQueue::modify_mark(State state, const Step& step, Next& next) const {
  Progress& progress = state.of(step.call);
  const Instance taken = std::exchange(progress.taken, 0);
  const std::int32_t outcome = std::exchange(progress.outcome, 0);
  if (Interest* interest = state.find(taken)) state.mark(*interest, outcome);
  if (taken != 0) state.controller = 0;
  if (step.fate != Fate::unknown) state.end(step.call);
  next.push_back(std::move(state));
}

void SpecQueue::ready_mark(const State& state, const Step& step, Next& next) const {
  State copy = state;
  Interest* interest = copy.find_present(record(step).call.requests[step.item]);
  const bool in_set = interest != nullptr && interest->in_set;
  if (step.fate != Fate::done && !in_set) next.push_back(copy);
  if (interest == nullptr || step.fate == Fate::failed) return;
  copy.mark(*interest, 1);
  next.push_back(std::move(copy));
}

}  // namespace kev::spec
