#include "model/spec/spec_queue.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "model/spec/history_table.hpp"
#include "model/spec/spec_kinds.hpp"

namespace kev::spec {

QueueState SpecQueue::initial() const {
  State state;
  for (const History::Origin& origin : history_.origins)
    state.origins.push_back({origin.descriptor, origin.bits, true});
  return state;
}

void SpecQueue::apply(const State& state, const Step& step, std::vector<State>& next) const {
  if (step.kind >= StepKind::add_insert && step.kind <= StepKind::control_end)
    return apply_control(state, step, next);
  if (step.kind >= StepKind::look && step.kind <= StepKind::put_back)
    return apply_fetch(state, step, next);
  if (step.kind >= StepKind::origin_set) return apply_origin(state, step, next);
  apply_rest(state, step, next);
}

void SpecQueue::apply_rest(State state, const Step& step, Next& next) const {
  const CallRecord& call = record(step);
  bool possible = true;
  switch (step.kind) {
    case StepKind::open:
      possible = state.closed == (step.fate == Fate::failed);
      break;
    case StepKind::count: {
      const bool enough = call.call.requests.size() <= state.registered();
      possible = enough == (step.fate == Fate::done);
      break;
    }
    case StepKind::kick:
      ++state.kicks;
      break;
    case StepKind::commit:
      possible = commits(state, call);
      break;
    case StepKind::ring_look:
      possible = ring_shows(state, call.answer);
      break;
    case StepKind::close:
      possible = call.answer.value == (state.closed ? -EBADF : 0);
      state.closed = true;
      break;
    case StepKind::signal:
      state.signalled |= std::uint64_t{1} << call.call.target;
      break;
    default:
      possible = false;
      break;
  }
  if (possible) next.push_back(std::move(state));
}

/// An origin changes, then its listeners look at it.
void SpecQueue::apply_origin(State state, const Step& step, Next& next) const {
  const CallRecord& call = record(step);
  OriginState& origin = state.origins[call.call.target];
  if (step.kind == StepKind::origin_set) {
    origin.bits = call.call.bits;
  } else if (step.kind == StepKind::origin_close) {
    if (call.answer.value != (origin.open ? 0 : -EBADF)) return;
    origin.open = false;
  } else if (step.kind == StepKind::origin_check) {
    for (const Interest& interest : state.interests) {
      const bool concerned = source_of(interest.request.type) == Source::origin &&
                             interest.linked && interest.request.event != 0 &&
                             state.origin_of(interest.request) == &origin;
      if (!concerned) continue;
      Progress& progress = state.of(step.call);
      const Interest* earlier = state.find(progress.taken);
      // One that is on its way out does not use the notification up.
      if (earlier != nullptr && earlier->in_set) continue;
      progress.taken = interest.instance;
      progress.outcome = state.check(interest);
    }
  } else {
    const Progress progress = state.of(step.call);
    state.end(step.call);
    if (Interest* interest = state.find(progress.taken)) {
      // Between its cut from the origin and its end the activity may or may not reach it.
      if (!interest->in_set) next.push_back(state);
      state.mark(*interest, progress.outcome);
    }
  }
  next.push_back(std::move(state));
}

/// Up to the position `new_uidx` of the round `over`: nothing that was not produced, nothing twice.
long SpecQueue::commit(State& state, const Call& call) const {
  const std::uint64_t size = history_.ring_size;
  if (size == 0) return 0;
  if (call.uidx >= size) return -EINVAL;
  RingState& ring = state.ring;
  const std::uint64_t round = ring.committed / size;
  const auto distance = static_cast<std::int32_t>(call.over - static_cast<std::uint32_t>(round));
  if (distance < -1 || distance > 1) return -EOVERFLOW;
  const auto target = static_cast<std::int64_t>(round * size + call.uidx) +
                      distance * static_cast<std::int64_t>(size);
  if (target > static_cast<std::int64_t>(ring.produced)) return -EINVAL;
  if (target <= static_cast<std::int64_t>(ring.committed)) return 0;
  const auto count = target - static_cast<std::int64_t>(ring.committed);
  ring.slots.erase(ring.slots.begin(), ring.slots.begin() + count);
  ring.committed += static_cast<std::uint64_t>(count);
  return static_cast<long>(count);
}

bool SpecQueue::commits(State& state, const CallRecord& call) const {
  State before = state;
  if (commit(state, call.call) == call.answer.value) return true;
  state = std::move(before);
  return call.answer.value == -EFAULT && call.call.hazards.copy_out;
}

/// The header tells the next slot to be written and the round of the committed position; every slot
/// between the committed and the produced position holds what was taken for it.
bool SpecQueue::ring_shows(const State& state, const Answer& answer) const {
  const RingState& ring = state.ring;
  const std::uint64_t size = history_.ring_size;
  if (size == 0) return answer.events.empty();
  if (answer.kidx != ring.produced % size) return false;
  if (answer.over != static_cast<std::uint32_t>(ring.committed / size)) return false;
  for (std::uint64_t position = ring.committed; position < ring.produced; ++position) {
    const abi::ukevent& slot = ring.slots[position - ring.committed];
    const abi::ukevent& seen = answer.events[position % size];
    const bool same = seen.user == slot.user && seen.type == slot.type &&
                      seen.id.raw[0] == slot.id.raw[0] && seen.id.raw[1] == slot.id.raw[1] &&
                      seen.req_flags == slot.req_flags && seen.ret_flags == slot.ret_flags;
    if (!same) return false;
  }
  return true;
}

bool SpecQueue::may_rest(const State& state) const {
  for (const CallRecord& call : history_.calls) {
    if (call.ended()) continue;
    const bool for_ring = call.call.kind == CallKind::wait;
    if (!for_ring && call.call.kind != CallKind::get_events) continue;
    if (call.call.timeout != Timeout::endless || state.kicks != 0) return false;
    if ((state.signalled >> call.thread & 1) != 0) return false;
    if (for_ring && !ring_has_space(state)) continue;
    if (state.ready.size() >= enough_for(call)) return false;
  }
  return true;
}

LinearizeResult judge(const History& history, bool at_rest) {
  const SpecQueue model(history);
  LinearizeOptions options;
  options.at_rest = at_rest;
  return linearize(model, model.initial(), steps_of(history), options);
}

std::string explain(const History& history, const LinearizeResult& result) {
  switch (result.verdict) {
    case Verdict::linearizable:
      return "";
    case Verdict::unknown:
      return "the search for an explanation was given up\n";
    case Verdict::restless:
      return "no_lost_wakeup: at the end somebody sleeps who would find what he waits for\n" +
             table_of(history, never);
    case Verdict::not_linearizable:
      break;
  }
  const SpecQueue model(history);
  const Moment end = shortest_failing_prefix(model, model.initial(), steps_of(history));
  return "no order of the calls explains the answers up to here:\n" + table_of(history, end);
}

}  // namespace kev::spec
