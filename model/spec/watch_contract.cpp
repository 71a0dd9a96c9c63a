// The promise api_contract: what each call may answer at all.

#include <algorithm>
#include <cerrno>

#include "model/spec/watch.hpp"

namespace kev::spec {

namespace {

/// Why a waiting call may not answer so; null if it may.
const char* wrong_wait(const CallRecord& record, std::uint32_t slots, const Ledger& ledger) {
  const Call& call = record.call;
  const long value = record.answer.value;
  const bool to_ring = call.kind == CallKind::wait;
  if (value == -EBADF) return ledger.closing ? nullptr : "nobody has closed the descriptor";
  const bool bad = call.max == 0 || call.bad_time || (to_ring && call.max > slots);
  if (bad != (value == -EINVAL)) return bad ? "wrong arguments passed" : "right arguments refused";
  if (bad) return nullptr;
  if (value == -EFAULT) return call.hazards.copy_out ? nullptr : "no memory has faulted";
  if (value == -EINTR) return ledger.signals != 0 ? nullptr : "nobody has sent a signal";
  if (value < 0) return "no such error is promised";
  if (value > static_cast<long>(call.max)) return "more events than were asked for";
  if (!to_ring && record.answer.events.size() != static_cast<std::size_t>(value))
    return "the count is not that of the events";
  const bool endless = value == 0 && call.timeout == Timeout::endless && !to_ring;
  if (endless && ledger.kicks == 0) return "an endless wait ended with nothing, and without a kick";
  return nullptr;
}

}  // namespace

void Watch::check_contract(const CallRecord& record) {
  const CallKind kind = record.call.kind;
  if (kind <= CallKind::ready) return check_requests(record);
  const char* why = nullptr;
  if (kind == CallKind::get_events || kind == CallKind::wait)
    why = wrong_wait(record, history().ring_size, ledger_);
  const bool shows = kind == CallKind::get_events;
  for (const abi::ukevent& event : record.answer.events)
    if (shows && (event.ret_flags & abi::KEVENT_RET_DONE) == 0) why = "an event without DONE";
  if (kind == CallKind::commit && record.answer.value > static_cast<long>(history().ring_size))
    why = "more was freed than the ring has slots";
  if (why != nullptr)
    report("api_contract", "thread " + std::to_string(record.thread) + ", \"" +
                               describe(record.call) + "\" answers " +
                               describe(record.call, record.answer) + ": " + why);
}

void Watch::check_requests(const CallRecord& record) {
  const Call& call = record.call;
  const long value = record.answer.value;
  const long count = static_cast<long>(call.requests.size());
  const bool counts = call.kind == CallKind::add || call.kind == CallKind::ready;
  const char* why = nullptr;
  if (value == -EFAULT) {
    if (!call.hazards.copy_in && !call.hazards.copy_out) why = "no memory has faulted";
  } else if (value == -EBADF) {
    if (!ledger_.closing) why = "nobody has closed the descriptor";
  } else if (value == -EINVAL) {
    if (call.kind == CallKind::add && count != 0) why = "right arguments refused";
  } else if (count == 0) {
    why = "a call for nothing was not refused";
  } else if (value < 0 || value > (counts ? count : 0)) {
    why = "a count that cannot be";
  } else if (!counts) {
    for (const abi::ukevent& request : record.answer.requests)
      if ((request.ret_flags & abi::KEVENT_RET_DONE) == 0) why = "a request without DONE";
  }
  if (why != nullptr)
    report("api_contract", "thread " + std::to_string(record.thread) + ", \"" + describe(call) +
                               "\" answers " + describe(call, record.answer) + ": " + why);
}

}  // namespace kev::spec
