#include "model/spec/step.hpp"

#include <algorithm>
#include <cerrno>

#include "model/spec/spec_kinds.hpp"

namespace kev::spec {

namespace {

/// Writes the chain of one call.
class ChainWriter {
 public:
  ChainWriter(const History& history, std::vector<TimedStep<Step>>& chain, std::uint32_t index,
              bool drops, bool closes)
      : record_(history.calls[index]),
        ring_size_(history.ring_size),
        chain_(chain),
        index_(index),
        drops_(drops),
        closes_(closes) {}

  void write() {
    const Call& call = record_.call;
    if (!record_.ended()) {
      if (call.kind == CallKind::get_events || call.kind == CallKind::wait) write_naps();
      return;
    }
    switch (call.kind) {
      case CallKind::add:
      case CallKind::remove:
      case CallKind::modify:
      case CallKind::ready:
        return write_control();
      case CallKind::kick:
        if (!enter()) return;
        return record_.answer.value == 0 ? step(StepKind::kick) : step(StepKind::impossible);
      case CallKind::get_events:
        return write_get_events();
      case CallKind::wait:
        return write_wait();
      case CallKind::commit:
        if (enter()) step(StepKind::commit);
        return;
      case CallKind::ring_look:
        return step(StepKind::ring_look);
      case CallKind::close:
        return step(StepKind::close);
      case CallKind::signal:
        return step(StepKind::signal);
      case CallKind::origin_set:
        step(StepKind::origin_set);
        step(StepKind::origin_check);
        return step(StepKind::origin_mark);
      case CallKind::origin_close:
        return step(StepKind::origin_close);
    }
  }

 private:
  void step(StepKind kind, std::uint32_t item = 0, Fate fate = Fate::done, int error = 0) {
    chain_.push_back({record_.begin, record_.end, {kind, fate, index_, item, error}});
  }

  /// False when the call ended here, with -EBADF.
  bool enter() {
    const bool bad = record_.answer.value == -EBADF;
    if (!closes_) {
      if (bad) step(StepKind::impossible);
      return !bad;
    }
    step(StepKind::open, 0, bad ? Fate::failed : Fate::done);
    return !bad;
  }

  /// True when the call must be refused, whatever the queue holds; writes what that means.
  bool refused(bool wrong) {
    const bool was = record_.answer.value == -EINVAL;
    if (wrong != was) step(StepKind::impossible);
    return wrong || was;
  }

  // -- control calls ------------------------------------------------------------------------------

  /// Answers of ADD and READY are gathered at the front of the array; `user` tells whose they are.
  [[nodiscard]] const abi::ukevent* gathered(std::uint32_t item) const {
    const Answer& answer = record_.answer;
    const auto count = static_cast<long>(record_.call.requests.size());
    long told = record_.call.kind == CallKind::add ? answer.value : count - answer.value;
    told = std::clamp<long>(told, 0, static_cast<long>(answer.requests.size()));
    for (long i = 0; i < told; ++i) {
      const abi::ukevent& each = answer.requests[static_cast<std::size_t>(i)];
      if (each.user == record_.call.requests[item].user) return &each;
    }
    return nullptr;
  }

  [[nodiscard]] std::pair<Fate, int> fate_of(std::uint32_t item) const {
    const Answer& answer = record_.answer;
    if (answer.value == -EFAULT) return {Fate::unknown, 0};
    switch (record_.call.kind) {
      case CallKind::add: {
        const abi::ukevent* told = gathered(item);
        if (told == nullptr) return {Fate::done, 0};
        if ((told->ret_flags & abi::KEVENT_RET_BROKEN) == 0) return {Fate::ready_now, 0};
        return {Fate::failed, static_cast<int>(told->ret_data[1])};
      }
      case CallKind::ready:
        return {gathered(item) == nullptr ? Fate::done : Fate::failed, 0};
      default: {
        const std::uint32_t flags = answer.requests[item].ret_flags;
        return {(flags & abi::KEVENT_RET_BROKEN) == 0 ? Fate::done : Fate::failed, 0};
      }
    }
  }

  void write_control() {
    if (!enter()) return;
    const Call& call = record_.call;
    const bool counted = call.kind != CallKind::add && !call.requests.empty();
    if (counted && record_.answer.value == -EINVAL) return step(StepKind::count, 0, Fate::failed);
    if (refused(call.requests.empty())) return;
    if (counted) step(StepKind::count);
    const bool faulted = record_.answer.value == -EFAULT;
    const bool may_fault = call.hazards.copy_in || call.hazards.copy_out;
    const auto count = static_cast<std::uint32_t>(call.requests.size());
    const long most = call.kind == CallKind::add || call.kind == CallKind::ready ? count : 0;
    const bool in_range = record_.answer.value >= 0 && record_.answer.value <= most;
    if (faulted ? !may_fault : !in_range) return step(StepKind::impossible);
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto [fate, error] = fate_of(i);
      write_request(i, fate, error);
    }
    if (faulted) step(StepKind::control_end, 0, Fate::unknown);
  }

  void write_request(std::uint32_t item, Fate fate, int error) {
    switch (record_.call.kind) {
      case CallKind::add:
        step(StepKind::add_insert, item, fate, error);
        if (source_of(record_.call.requests[item].type) == Source::origin) {
          step(StepKind::add_link, item, fate, error);
          step(StepKind::add_check, item, fate, error);
        }
        step(StepKind::add_finish, item, fate, error);
        break;
      case CallKind::remove:
        step(StepKind::remove_out, item, fate);
        if (fate != Fate::failed) step(StepKind::remove_drop, item, fate);
        break;
      case CallKind::modify:
        step(StepKind::modify_reset, item, fate);
        if (fate == Fate::failed) break;
        step(StepKind::modify_check, item, fate);
        step(StepKind::modify_mark, item, fate);
        break;
      default:
        step(StepKind::ready_mark, item, fate);
        break;
    }
  }

  // -- fetching -----------------------------------------------------------------------------------

  void write_drops() {
    if (drops_) step(StepKind::drops);
  }

  /// Who wakes for an event, or finds one, which LAST_CHECK then drops, begins anew.
  void write_naps() {
    if (!drops_) return;
    step(StepKind::nap);
    // Whoever has not ended is asleep again.
    if (!record_.ended()) step(StepKind::impossible);
  }

  /// After the event has been shown; with an unknown fate only if it was.
  void write_end_of(const abi::ukevent* event, std::uint32_t item, Fate fate = Fate::done) {
    if (event == nullptr || (event->req_flags & abi::KEVENT_REQ_ONESHOT) != 0) {
      step(StepKind::retire_out, item, fate);
      step(StepKind::retire_drop, item, fate);
      if (event != nullptr) return;
    }
    if (event != nullptr &&
        (source_of(event->type) != Source::origin || (event->req_flags & abi::KEVENT_REQ_ET) != 0))
      return;
    step(StepKind::recheck, item, fate);
    step(StepKind::mark_again, item, fate);
  }

  void write_get_events() {
    if (!enter()) return;
    const Call& call = record_.call;
    if (refused(call.max == 0 || call.bad_time)) return;
    const long value = record_.answer.value;
    const auto count = static_cast<std::uint32_t>(record_.answer.events.size());
    const bool faulted = value == -EFAULT;
    const bool fits = value >= 0 && value <= static_cast<long>(call.max) && value == count;
    if (faulted ? !call.hazards.copy_out : !fits && value != -EINTR)
      return step(StepKind::impossible);
    write_naps();
    step(StepKind::look);
    step(StepKind::snapshot);
    for (std::uint32_t i = 0; i < count; ++i) {
      write_drops();
      step(StepKind::take, i);
      if (source_of(record_.answer.events[i].type) == Source::origin) step(StepKind::last_check, i);
      if (ring_size_ != 0) step(StepKind::produce, i);
      write_end_of(&record_.answer.events[i], i);
    }
    if (count == call.max) return step(StepKind::stop);
    write_drops();
    step(StepKind::stop);
    if (call.hazards.copy_out) write_put_back();
  }

  /// An event whose copy to the caller faults may be in the ring already; then it is shown.
  void write_put_back() {
    if (drops_) step(StepKind::last_check, unseen_item);
    if (ring_size_ != 0 && record_.call.kind == CallKind::get_events) {
      step(StepKind::produce_faulted);
      write_end_of(nullptr, 0, Fate::unknown);
    }
    step(StepKind::put_back);
  }

  void write_wait() {
    if (!enter()) return;
    const Call& call = record_.call;
    if (refused(call.max == 0 || call.max > ring_size_ || call.bad_time)) return;
    const long value = record_.answer.value;
    const bool faulted = value == -EFAULT;
    const bool fits = value >= 0 && value <= static_cast<long>(call.max);
    if (faulted ? !call.hazards.copy_out : !fits && value != -EINTR)
      return step(StepKind::impossible);
    write_naps();
    step(StepKind::look);
    step(StepKind::snapshot);
    const auto count = static_cast<std::uint32_t>(std::max(value, 0L));
    for (std::uint32_t i = 0; i < count; ++i) {
      write_drops();
      step(StepKind::take, i);
      if (drops_) step(StepKind::last_check, unseen_item);
      step(StepKind::produce, i);
      write_end_of(nullptr, i);
    }
    if (count == call.max) return step(StepKind::stop);
    write_drops();
    step(StepKind::stop);
    if (call.hazards.copy_out) write_put_back();
  }

  const CallRecord& record_;
  const std::uint32_t ring_size_;
  std::vector<TimedStep<Step>>& chain_;
  const std::uint32_t index_;
  const bool drops_;
  const bool closes_;
};

bool last_checked(const abi::ukevent& request) {
  return (request.req_flags & abi::KEVENT_REQ_LAST_CHECK) != 0 &&
         source_of(request.type) == Source::origin;
}

/// LAST_CHECK can find something no longer true.
bool may_drop(const History& history) {
  for (const CallRecord& record : history.calls) {
    if (record.call.kind != CallKind::add && record.call.kind != CallKind::modify) continue;
    for (const abi::ukevent& request : record.call.requests)
      if (last_checked(request)) return true;
  }
  return false;
}

}  // namespace

StepChains<Step> steps_of(const History& history) {
  StepChains<Step> chains(history.threads);
  const bool drops = may_drop(history);
  bool closes = false;
  for (const CallRecord& record : history.calls) closes |= record.call.kind == CallKind::close;
  for (std::uint32_t i = 0; i < history.calls.size(); ++i) {
    const CallRecord& record = history.calls[i];
    ChainWriter(history, chains[record.thread], i, drops, closes).write();
  }
  return chains;
}

}  // namespace kev::spec
