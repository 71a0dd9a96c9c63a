#include "model/spec/ledger.hpp"

#include <algorithm>
#include <cerrno>

#include "model/spec/spec_kinds.hpp"

namespace kev::spec {

namespace {

/// The answer to a request of ADD or READY that was handed back.
bool handed_back(const CallRecord& record, const abi::ukevent& request) {
  const Answer& answer = record.answer;
  const auto count = static_cast<long>(record.call.requests.size());
  const long told = record.call.kind == CallKind::add ? answer.value : count - answer.value;
  for (long i = 0; i < std::min(told, static_cast<long>(answer.requests.size())); ++i)
    if (answer.requests[static_cast<std::size_t>(i)].user == request.user) return true;
  return false;
}

/// Known to have done nothing.
bool failed(const CallRecord& record, std::size_t item) {
  const long value = record.answer.value;
  if (value == -EFAULT) return false;
  if (value < 0) return true;
  const abi::ukevent& request = record.call.requests[item];
  if (record.call.kind == CallKind::add || record.call.kind == CallKind::ready)
    return handed_back(record, request);
  return (record.answer.requests[item].ret_flags & abi::KEVENT_RET_BROKEN) != 0;
}

bool fetches(CallKind kind) {
  return kind == CallKind::get_events || kind == CallKind::wait;
}

bool is_control(CallKind kind) {
  return kind <= CallKind::ready;
}

}  // namespace

InterestKey key_of(const abi::ukevent& event) {
  return {event.type, {event.id.raw[0], event.id.raw[1]}};
}

void Ledger::on_begin(const History& history, std::uint32_t call) {
  const CallRecord& record = history.calls[call];
  if (fetches(record.call.kind)) ++fetching;
  if (record.call.kind == CallKind::kick) ++kicks;
  if (record.call.kind == CallKind::signal) ++signals;
  if (record.call.kind == CallKind::close) closing = true;
  if (is_control(record.call.kind)) begin_control(record, call);
}

void Ledger::begin_control(const CallRecord& record, std::uint32_t call) {
  for (const abi::ukevent& request : record.call.requests) {
    Account& account = of(request);
    account.earliest_cause = std::min(account.earliest_cause, record.begin);
    ++account.active;
    if (record.call.kind == CallKind::ready) continue;
    const bool removal = record.call.kind == CallKind::remove;
    if (!removal) ++account.armings;
    account.versions.push_back({record.begin, never, removal, call, request});
    account.marked_end = 0;
  }
}

void Ledger::on_end(const History& history, std::uint32_t call) {
  const CallRecord& record = history.calls[call];
  const Moment other_fetch = last_fetch;
  if (fetches(record.call.kind)) {
    --fetching;
    last_fetch = record.end;
  }
  if (is_control(record.call.kind)) end_control(record, call);
  // What a fetch for the ring took, or what it may have dropped on a fault, is anybody's guess.
  const bool unseen = record.call.kind == CallKind::wait && record.answer.value != 0;
  if (unseen || (fetches(record.call.kind) && record.call.hazards.copy_out))
    for (auto& [key, account] : accounts_) account.marked_end = 0;
  for (const abi::ukevent& event : record.answer.events) {
    if (record.call.kind != CallKind::get_events) break;
    Account& account = of(event);
    if ((event.req_flags & abi::KEVENT_REQ_ONESHOT) != 0) ++account.oneshots;
    account.marked_end = 0;
    // What happened before is used up; only a fetch that met nobody else's shows it, though, and
    // nobody who could make it ready anew once it was taken.
    const bool alone = fetching == 0 && account.active == 0 && other_fetch < record.begin &&
                       account.last_activity < record.begin;
    if (alone) account.earliest_cause = never;
  }
}

void Ledger::end_control(const CallRecord& record, std::uint32_t call) {
  for (std::size_t i = 0; i < record.call.requests.size(); ++i) end_request(record, call, i);
}

void Ledger::end_request(const CallRecord& record, std::uint32_t call, std::size_t item) {
  const abi::ukevent& request = record.call.requests[item];
  Account& account = of(request);
  --account.active;
  account.last_activity = record.end;
  const bool nothing_done = failed(record, item);
  if (record.call.kind == CallKind::ready) {
    // What has a state besides may be found untrue when it is fetched.
    if (source_of(request.type) != Source::user) return;
    // Others may have it in their hands, or change it: then nothing is certain.
    const bool alone = std::none_of(account.versions.begin(), account.versions.end(),
                                    [](const Version& version) { return version.end == never; });
    if (nothing_done || record.answer.value < 0 || !alone || fetching != 0 || closing) return;
    // Nor if they did while it went on.
    if (last_fetch > record.begin || account.last_control > record.begin) return;
    if (account.marked_end != 0) return;
    account.marked_begin = record.begin;
    account.marked_end = record.end;
    account.passed_by = 0;
    return;
  }
  account.last_control = record.end;
  // After a fault it may have happened or not: it replaces nothing, and may be what is shown.
  if (record.answer.value == -EFAULT) return;
  for (Version& version : account.versions)
    if (version.call == call && version.request.user == request.user) version.end = record.end;
  if (!nothing_done) return;
  if (record.call.kind != CallKind::remove) --account.armings;
  account.versions.erase(std::remove_if(account.versions.begin(), account.versions.end(),
                                        [&](const Version& version) {
                                          return version.call == call &&
                                                 version.request.user == request.user;
                                        }),
                         account.versions.end());
}

}  // namespace kev::spec
