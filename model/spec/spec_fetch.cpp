// Waiting for events and taking them: kevent_get_events and kevent_wait.

#include <algorithm>
#include <cerrno>
#include <utility>

#include "model/spec/spec_kinds.hpp"
#include "model/spec/spec_queue.hpp"

namespace kev::spec {

namespace {

bool is_timer(const Interest& interest) {
  return source_of(interest.request.type) == Source::clock;
}

/// Some timer may have fired unseen.
bool timer_may_be_ready(const QueueState& state) {
  return std::any_of(state.interests.begin(), state.interests.end(), [](const Interest& interest) {
    return is_timer(interest) && interest.life == Life::live;
  });
}

bool last_checked(const Interest& interest) {
  return (interest.request.req_flags & abi::KEVENT_REQ_LAST_CHECK) != 0 &&
         source_of(interest.request.type) == Source::origin;
}

/// What the user was shown is what the interest says.
bool shows(const abi::ukevent& event, const Interest& interest) {
  const abi::ukevent& request = interest.request;
  const std::uint32_t flags = event.ret_flags & ~abi::KEVENT_RET_COPY_FAILED;
  // A last check may find it broken besides.
  const bool checked = source_of(request.type) == Source::origin;
  const bool right_flags = flags == request.ret_flags ||
                           (checked && flags == (request.ret_flags | abi::KEVENT_RET_BROKEN));
  const bool same = event.id.raw[0] == request.id.raw[0] && event.id.raw[1] == request.id.raw[1] &&
                    event.type == request.type && event.event == request.event &&
                    event.req_flags == request.req_flags && event.user == request.user &&
                    right_flags;
  if (!same || event.ret_data[1] != 0) return false;
  return is_timer(interest) ? event.ret_data[0] >= interest.expiries : event.ret_data[0] == 0;
}

}  // namespace

void SpecQueue::apply_fetch(const State& state, const Step& step, Next& next) const {
  switch (step.kind) {
    case StepKind::look:
      return look(state, step, next);
    case StepKind::snapshot:
      return snapshot(state, step, next);
    case StepKind::take:
      return take(state, step, next);
    case StepKind::produce:
      return produce(state, step, next);
    case StepKind::retire_out:
    case StepKind::retire_drop:
      return retire(state, step, next);
    case StepKind::last_check:
      return last_check(state, step, next);
    case StepKind::recheck:
    case StepKind::mark_again:
      return check_again(state, step, next);
    case StepKind::stop:
      return stop(state, step, next);
    case StepKind::produce_faulted:
    case StepKind::put_back:
      return put_back(state, step, next);
    default:
      return drop(state, step, next);
  }
}

std::uint32_t SpecQueue::enough_for(const CallRecord& record) const {
  if (record.call.kind == CallKind::wait) return 1;
  return std::clamp<std::uint32_t>(record.call.min, 1, record.call.max);
}

/// The wait ends because there is enough, by a kick, by a signal, or because the time is over; in
/// this order, and only a kick is used up. An endless wait ends with nothing only by a kick.
void SpecQueue::look(const State& state, const Step& step, Next& next) const {
  const CallRecord& call = record(step);
  const long value = call.answer.value;
  const bool waits = call.call.timeout != Timeout::none;
  const bool signalled = waits && (state.signalled >> call.thread & 1) != 0;
  if (value == -EINTR) {
    if (signalled) next.push_back(state);
    return;
  }
  const bool for_ring = call.call.kind == CallKind::wait;
  const bool enough = state.ready.size() >= enough_for(call) || timer_may_be_ready(state);
  const bool moved = for_ring && call.call.uidx != state.ring.committed % history_.ring_size;
  const bool has_reason = enough && (!for_ring || ring_has_space(state));
  const bool over = call.call.timeout != Timeout::endless && state.kicks == 0;
  if ((has_reason && value != 0) || moved || over || (signalled && value != 0))
    next.push_back(state);
  if (state.kicks == 0) return;
  next.push_back(state);
  --next.back().kicks;
}

void SpecQueue::snapshot(State state, const Step& step, Next& next) const {
  const Stamp last = state.last_stamp;
  state.of(step.call).limit = last;
  next.push_back(std::move(state));
}

/// The oldest, or a timer: its interrupt may have put it anywhere.
void SpecQueue::take(const State& state, const Step& step, Next& next) const {
  State copy = state;
  const ReadyEntry* entry = copy.front_for(copy.of(step.call));
  const Instance front = entry == nullptr ? 0 : entry->instance;
  for (std::size_t i = 0; i < copy.interests.size(); ++i) {
    const Interest& interest = copy.interests[i];
    const bool in_front = interest.instance == front;
    const bool timer = is_timer(interest) && interest.life != Life::adding;
    if (in_front || timer) take_at(copy, step, interest.instance, next);
  }
}

void SpecQueue::take_at(State state, const Step& step, Instance instance, Next& next) const {
  Interest& interest = *state.find(instance);
  const bool listed = state.is_ready(instance);
  if (is_timer(interest)) state.mark(interest, 1);
  if (!state.is_ready(instance)) return;
  if (record(step).call.kind == CallKind::get_events) {
    const abi::ukevent& event = record(step).answer.events[step.item];
    if (!shows(event, interest)) return;
    // Not on the list by anybody's wish: then its time has come once more.
    if (!listed && event.ret_data[0] == interest.expiries) return;
    interest.expiries = event.ret_data[0];
  }
  state.take_for(state.of(step.call), interest);
  next.push_back(std::move(state));
}

/// Into the ring if there is space; the caller's own copy says whether it was.
void SpecQueue::produce(State state, const Step& step, Next& next) const {
  const CallRecord& call = record(step);
  const abi::ukevent slot = state.of(step.call).event;
  const bool space = ring_has_space(state);
  if (call.call.kind == CallKind::get_events) {
    const abi::ukevent& event = call.answer.events[step.item];
    const bool failed = (event.ret_flags & abi::KEVENT_RET_COPY_FAILED) != 0;
    if (failed && (!space || call.call.hazards.copy_out)) next.push_back(state);
    if (failed) return;
  }
  if (!space) return;
  state.ring.slots.push_back(slot);
  ++state.ring.produced;
  next.push_back(std::move(state));
}

/// A one-shot interest that was shown leaves the set, then the queue.
void SpecQueue::retire(State state, const Step& step, Next& next) const {
  Progress& progress = state.of(step.call);
  const bool shown = step.fate == Fate::done || progress.stopped;
  if (shown) progress.stamp = 0;
  if (shown && (progress.req_flags & abi::KEVENT_REQ_ONESHOT) != 0) {
    if (step.kind == StepKind::retire_out) {
      Interest* interest = state.find(progress.taken);
      const bool mine = interest != nullptr && interest->in_set;
      if (mine) interest->in_set = false;
      progress.outcome = mine ? 1 : 0;
    } else {
      const Instance taken = std::exchange(progress.taken, 0);
      if (std::exchange(progress.outcome, 0) != 0) state.drop(taken);
    }
  }
  next.push_back(std::move(state));
}

/// Just before it is shown: still true, or broken by now. What is broken already is not asked.
/// (What is no longer true is dropped.)
void SpecQueue::last_check(State state, const Step& step, Next& next) const {
  Progress& progress = state.of(step.call);
  const bool seen = record(step).call.kind == CallKind::get_events && step.item != unseen_item;
  const std::uint32_t shown =
      seen ? record(step).answer.events[step.item].ret_flags & ~abi::KEVENT_RET_COPY_FAILED : 0;
  const auto shows_flags = [&](std::uint32_t flags) { return !seen || shown == flags; };
  Interest* interest = state.find(progress.taken);
  Interest gone;
  gone.request = progress.event;
  const Interest& asked = interest == nullptr ? gone : *interest;
  const bool is_asked = progress.taken != 0 && last_checked(asked) &&
                        (progress.ret_flags & abi::KEVENT_RET_BROKEN) == 0;
  const int outcome = is_asked ? state.check(asked) : 1;
  if (outcome == 0) return;
  if (outcome < 0 && interest != nullptr && interest->life == Life::live)
    interest->life = Life::retired;
  // If the origin has told the same meanwhile, the next event says so.
  if (shows_flags(progress.ret_flags)) next.push_back(state);
  if (outcome > 0 || !shows_flags(progress.ret_flags | abi::KEVENT_RET_BROKEN)) return;
  progress.ret_flags |= abi::KEVENT_RET_BROKEN;
  progress.event.ret_flags |= abi::KEVENT_RET_BROKEN;
  next.push_back(std::move(state));
}

/// A level interest is looked at again once it was shown.
void SpecQueue::check_again(State state, const Step& step, Next& next) const {
  Progress& progress = state.of(step.call);
  const bool shown = step.fate == Fate::done || progress.stopped;
  Interest* interest = shown ? state.find(progress.taken) : nullptr;
  if (interest != nullptr && source_of(interest->request.type) == Source::origin &&
      (progress.req_flags & (abi::KEVENT_REQ_ONESHOT | abi::KEVENT_REQ_ET)) == 0) {
    if (step.kind == StepKind::recheck)
      progress.outcome = state.check(*interest);
    else
      state.mark(*interest, std::exchange(progress.outcome, 0));
  }
  next.push_back(std::move(state));
}

/// Nothing more may be taken; or there was more, and its copy faulted: then it is in nobody's hands
/// but the caller's, which put_back ends.
void SpecQueue::stop(const State& state, const Step& step, Next& next) const {
  const CallRecord& call = record(step);
  const bool may_fault = call.call.hazards.copy_out;
  State copy = state;
  Progress& progress = copy.of(step.call);
  progress.taken = 0;
  progress.stamp = 0;
  const long value = call.answer.value;
  if (value == static_cast<long>(call.call.max)) {
    copy.end(step.call);
    next.push_back(std::move(copy));
    return;
  }
  const ReadyEntry* front = copy.front_for(progress);
  const bool for_ring = call.call.kind == CallKind::wait;
  const bool nothing_left = front == nullptr || (for_ring && !ring_has_space(state));
  if (nothing_left && value != -EFAULT) {
    next.push_back(copy);
    if (!may_fault) next.back().end(step.call);
  }
  // The first event's fault is told.
  if (!may_fault || value == -EINTR || value == 0) return;
  const Instance first = front == nullptr ? 0 : front->instance;
  for (const Interest& interest : state.interests) {
    const bool timer = is_timer(interest) && interest.life == Life::live;
    if (interest.instance != first && !timer) continue;
    next.push_back(copy);
    State& taken = next.back();
    Interest& it = *taken.find(interest.instance);
    if (timer) taken.mark(it, 1);
    taken.take_for(taken.of(step.call), it);
  }
}

/// What could not be copied goes back to its place in the line, unless it was removed meanwhile. An
/// event that is in the ring has reached the program that way: then it is finished like any other.
void SpecQueue::put_back(const State& state, const Step& step, Next& next) const {
  State copy = state;
  const Progress progress = copy.of(step.call);
  Interest* interest = copy.find(progress.taken);
  if (step.kind == StepKind::put_back) {
    copy.end(step.call);
    if (interest != nullptr && !progress.stopped) copy.put_back(progress, *interest);
    next.push_back(std::move(copy));
    return;
  }
  next.push_back(copy);
  if (progress.taken == 0 || !ring_has_space(state)) return;
  copy.ring.slots.push_back(progress.event);
  ++copy.ring.produced;
  copy.of(step.call).stopped = true;
  next.push_back(std::move(copy));
}

/// LAST_CHECK finds it no longer true: it has not happened, and a one-shot interest not fired.
/// Taken, checked, made live, and checked again, so that what happens meanwhile is not missed.
void SpecQueue::drop(const State& state, const Step& step, Next& next) const {
  State copy = state;
  Progress& progress = copy.of(step.call);
  Interest* interest = copy.find(progress.taken);
  switch (progress.dropping) {
    case Dropping::no: {
      if (step.kind == StepKind::nap) progress.limit = copy.last_stamp;
      const ReadyEntry* front = copy.front_for(progress);
      if (front == nullptr) return;
      interest = copy.find(front->instance);
      if (source_of(interest->request.type) != Source::origin) return;
      copy.take_for(progress, *interest);
      // What is broken is shown in any case.
      if ((progress.ret_flags & abi::KEVENT_RET_BROKEN) != 0) return;
      progress.ret_flags = 0;
      progress.dropping = Dropping::taken;
      break;
    }
    case Dropping::taken:
      if (interest != nullptr && (!last_checked(*interest) || copy.check(*interest) != 0)) return;
      progress.dropping = Dropping::checked;
      break;
    case Dropping::checked:
      if (interest != nullptr && interest->life == Life::retired) interest->life = Life::live;
      progress.dropping = Dropping::enlivened;
      break;
    case Dropping::enlivened:
      progress.outcome = interest == nullptr ? 0 : copy.check(*interest);
      progress.dropping = Dropping::rechecked;
      break;
    case Dropping::rechecked:
      if (interest != nullptr) copy.mark(*interest, progress.outcome);
      const Progress over;
      progress.outcome = over.outcome;
      progress.taken = over.taken;
      progress.stamp = over.stamp;
      progress.dropping = Dropping::no;
      if (step.kind == StepKind::nap) copy.end(step.call);
      break;
  }
  next.push_back(std::move(copy));
}

bool SpecQueue::stays(const State&, const Step& step) {
  return step.kind == StepKind::nap || step.kind == StepKind::drops;
}

bool SpecQueue::may_skip(const State& state, const Step& step) {
  if (step.kind != StepKind::nap && step.kind != StepKind::drops) return false;
  for (const Progress& each : state.progress)
    if (each.call == step.call) return each.dropping == Dropping::no;
  return true;
}

}  // namespace kev::spec
