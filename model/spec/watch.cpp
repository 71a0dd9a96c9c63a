#include "model/spec/watch.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "model/spec/spec_kinds.hpp"

namespace kev::spec {

namespace {

std::string name(const abi::ukevent& event) {
  return describe_key(event);
}

abi::ukevent event_of(const InterestKey& key) {
  abi::ukevent event{};
  event.type = key.type;
  event.id = {{key.id[0], key.id[1]}};
  return event;
}

std::string by(const CallRecord& record) {
  return "thread " + std::to_string(record.thread) + ", " + describe(record.call, record.answer) +
         " to \"" + describe(record.call) + "\": ";
}

}  // namespace

std::uint32_t Watch::begin(std::uint32_t thread, Call call) {
  const std::uint32_t index = recorder_.begin(thread, std::move(call));
  committed_before_.push_back(least_committed_);
  ledger_.on_begin(history(), index);
  const Call& made = history().calls[index].call;
  // From now on it may have done its work.
  const bool records = history().ring_size != 0 && made.kind == CallKind::get_events;
  if (made.kind == CallKind::wait || records) most_produced_ += made.max;
  if (made.kind == CallKind::commit) most_committed_ += history().ring_size;
  return index;
}

void Watch::end(std::uint32_t call, Answer answer) {
  recorder_.end(call, std::move(answer));
  const CallRecord& record = history().calls[call];
  check_contract(record);
  check_versions(record);
  check_lost(record);
  check_order(record);
  check_starvation(record);
  check_ring(record);
  ledger_.on_end(history(), call);
  check_oneshots(record);
}

/// A fetch shows requests that are in force.
void Watch::check_versions(const CallRecord& record) {
  if (record.call.kind != CallKind::get_events) return;
  for (const abi::ukevent& event : record.answer.events) {
    const Account& account = ledger_.of(event);
    bool known = false;
    bool in_force = false;
    for (const Version& version : account.versions) {
      if (version.removal || version.request.event != event.event ||
          version.request.req_flags != event.req_flags)
        continue;
      known = true;
      const auto replaces = [&](const Version& later) {
        return later.begin > version.end && later.end < record.begin;
      };
      in_force |= std::none_of(account.versions.begin(), account.versions.end(), replaces);
    }
    if (in_force) continue;
    report("control_linearizable",
           by(record) + name(event) +
               (known ? " was removed or modified before the call began, and is shown as it was"
                      : " is shown as nobody has registered it"));
  }
}

void Watch::check_oneshots(const CallRecord& record) {
  if (record.call.kind != CallKind::get_events) return;
  for (const abi::ukevent& event : record.answer.events) {
    const Account& account = ledger_.of(event);
    if (account.oneshots > account.armings)
      report("exactly_once_oneshot", by(record) + name(event) + " was delivered " +
                                         std::to_string(account.oneshots) +
                                         " times as a one-shot, but registered or modified " +
                                         std::to_string(account.armings) + " times");
  }
}

/// A fetch that had room and met no competitor left behind what was ready before it began.
void Watch::check_lost(const CallRecord& record) {
  const Answer& answer = record.answer;
  if (record.call.kind != CallKind::get_events || record.call.hazards.copy_out) return;
  if (answer.value < 0 || answer.value >= static_cast<long>(record.call.max)) return;
  if (ledger_.fetching != 1 || ledger_.closing) return;
  for (const auto& [key, account] : ledger_.accounts()) {
    if (account.marked_end == 0 || account.marked_end > record.begin) continue;
    const InterestKey wanted = key;
    const bool shown =
        std::any_of(answer.events.begin(), answer.events.end(),
                    [&](const abi::ukevent& event) { return key_of(event) == wanted; });
    if (shown || source_of(key.type) == Source::origin) continue;
    report("no_lost_event", by(record) + name(event_of(key)) +
                                " is ready since before the call began and nobody has taken it, " +
                                "but it was not returned though there was room");
  }
}

/// Whoever is surely ready for longer comes first.
void Watch::check_order(const CallRecord& record) {
  const std::vector<abi::ukevent>& events = record.answer.events;
  if (record.call.kind != CallKind::get_events || record.call.hazards.copy_out) return;
  if (ledger_.fetching != 1 || ledger_.closing) return;
  for (const auto& [key, older] : ledger_.accounts()) {
    if (older.marked_end == 0 || older.marked_end > record.begin) continue;
    for (const abi::ukevent& event : events) {
      if (key_of(event) == key) break;  // it came before the rest
      const Account& younger = ledger_.of(event);
      if (source_of(event.type) != Source::user) continue;
      if (younger.earliest_cause < older.marked_end) continue;
      report("fifo_by_readiness", by(record) + name(event_of(key)) +
                                      " was ready before anybody made " + name(event) +
                                      " ready, and does not come before it");
    }
  }
}

void Watch::check_starvation(const CallRecord& record) {
  if (record.call.kind != CallKind::get_events || record.call.hazards.copy_out) return;
  const std::uint64_t bound = 2 * ledger_.accounts().size();
  for (const auto& [key, account] : ledger_.accounts()) {
    if (account.marked_end == 0 || account.marked_end > record.begin) continue;
    const abi::ukevent starving = event_of(key);
    Account& mine = ledger_.of(starving);
    mine.passed_by += record.answer.events.size();
    if (mine.passed_by > bound)
      report("starvation_bound", by(record) + name(starving) + " has been ready while " +
                                     std::to_string(mine.passed_by) + " others were delivered");
  }
}

void Watch::check_ring(const CallRecord& record) {
  const std::uint64_t size = history().ring_size;
  const auto count = static_cast<std::uint64_t>(std::max(record.answer.value, 0L));
  const bool records = size != 0 && record.call.kind == CallKind::get_events;
  if (record.call.kind == CallKind::wait || records) {
    std::uint64_t surely = record.call.kind == CallKind::wait ? count : 0;
    for (const abi::ukevent& event : record.answer.events)
      if (records && (event.ret_flags & abi::KEVENT_RET_COPY_FAILED) == 0) ++surely;
    least_produced_ += surely;
    // One more may be in the ring, though its copy to the caller has faulted.
    most_produced_ -= record.call.max - surely - (record.call.hazards.copy_out ? 1 : 0);
  }
  if (record.call.kind == CallKind::commit) {
    least_committed_ += count;
    most_committed_ -= size - count;
  }
  if (size == 0) return;
  if (least_committed_ > most_produced_)
    report("ring_invariants", by(record) + std::to_string(least_committed_) +
                                  " slots have been freed, but at most " +
                                  std::to_string(most_produced_) + " were filled");
  if (least_produced_ > most_committed_ + size)
    report("ring_invariants",
           by(record) + std::to_string(least_produced_) + " events were written, but at most " +
               std::to_string(most_committed_) + " slots freed, of " + std::to_string(size));
  if (record.call.kind != CallKind::ring_look) return;
  bool index = record.answer.kidx < size;
  if (most_produced_ - least_produced_ < size) {
    index = false;
    for (std::uint64_t at = least_produced_; at <= most_produced_; ++at)
      index |= at % size == record.answer.kidx;
  }
  if (!index)
    report("ring_invariants", by(record) + "the next slot cannot be " +
                                  std::to_string(record.answer.kidx) + " after " +
                                  std::to_string(least_produced_) + " events");
  const std::uint64_t round = record.answer.over;
  if (round < least_committed_ / size || round > most_committed_ / size)
    report("ring_invariants", by(record) + "the round cannot be " + std::to_string(round) +
                                  " after " + std::to_string(least_committed_) + " commits");
  for (std::uint64_t at = most_committed_; at < least_produced_; ++at) {
    const abi::ukevent& slot = record.answer.events[at % size];
    const auto account = ledger_.accounts().find(key_of(slot));
    const bool own =
        account != ledger_.accounts().end() && (slot.ret_flags & abi::KEVENT_RET_DONE) != 0;
    if (!own)
      report("ring_invariants",
             by(record) + "slot " + std::to_string(at % size) + " holds no event of this queue");
  }
}

void Watch::at_rest() {
  std::uint64_t ready = 0;
  for (const auto& [key, account] : ledger_.accounts()) ready += account.marked_end != 0 ? 1 : 0;
  for (std::uint32_t call = 0; call < history().calls.size(); ++call)
    if (!history().calls[call].ended()) check_sleeper(call, ready);
}

/// A call that has not ended although nothing can happen any more.
void Watch::check_sleeper(std::uint32_t call, std::uint64_t ready) {
  const CallRecord& record = history().calls[call];
  const std::string sleeps = "thread " + std::to_string(record.thread) + " sleeps in \"" +
                             describe(record.call) + "\" for ever, though ";
  if (record.call.kind == CallKind::get_events &&
      std::clamp<std::uint32_t>(record.call.min, 1, record.call.max) <= ready)
    report("no_lost_wakeup", sleeps + std::to_string(ready) + " events are ready");
  if (record.call.kind != CallKind::wait || history().ring_size == 0) return;
  // It may sleep only if it found its own index, which is not to be had any more.
  for (std::uint64_t at = committed_before_[call]; at <= most_committed_; ++at)
    if (at % history().ring_size == record.call.uidx) return;
  report("no_lost_wakeup", sleeps + "the ring's index was another one when it began");
}

void Watch::closed(const Leftovers& leftovers) {
  if (leftovers.objects == 0 && leftovers.descriptors == 0) return;
  report("conservation", "after the last close there are " + std::to_string(leftovers.objects) +
                             " kernel objects and " + std::to_string(leftovers.descriptors) +
                             " descriptors");
}

}  // namespace kev::spec
