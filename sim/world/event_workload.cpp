#include "sim/world/event_workload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "sim/engine/hash.hpp"

namespace sim {

namespace abi = kev::abi;

namespace {

abi::ukevent request_for(std::uint32_t event) {
  abi::ukevent request{};
  request.id = {{event, 0}};
  request.type = abi::KEVENT_UNOTIFY;
  request.event = abi::KEVENT_MASK_ALL;
  request.req_flags = abi::KEVENT_REQ_ONESHOT | abi::KEVENT_REQ_READY;
  return request;
}

}  // namespace

EventWorkload::EventWorkload(SimPlatform& platform, const Scenario& scenario, Random random)
    : platform_(platform),
      kernel_(platform.kernel()),
      calls_(platform),
      spec_(scenario.workload),
      queue_spec_(scenario.queue),
      random_(random),
      room_(kernel_, "program: room for events"),
      total_(static_cast<std::uint32_t>(spec_.requests)) {
  events_.resize(total_);
}

void EventWorkload::start(int queue) {
  queue_ = queue;
  for (std::int64_t i = 0; i < spec_.clients; ++i)
    kernel_.spawn("producer", ContextKind::process,
                  [this] { produce(platform_.machine().user.map(sizeof(abi::ukevent))); });
}

void EventWorkload::produce(kev::UserAddress memory) {
  while (raised_ < total_ && !kernel_.ending()) {
    wait_for_room();
    if (raised_ >= total_) return;
    const std::uint32_t event = raised_++;
    ledger_.add({}, 0, kernel_.now());
    raise(memory, event);
    if (cancels(event)) remove(memory, event);
    if (spec_.think_time > kev::Duration(0)) {
      kernel_.current_thread().set_state(ThreadState::interruptible);
      kernel_.schedule_timeout(spec_.think_time);
    }
  }
}

bool EventWorkload::cancels(std::uint32_t event) {
  const bool open = queue_spec_.cancel > 0 && queue_spec_.cancel < 1;
  if (open && kernel_.exploring())
    return kernel_.chooser().choose(ChoiceKind::workload, 2, {"cancel", event}) == 1;
  return random_.unit() < queue_spec_.cancel;
}

void EventWorkload::wait_for_room() {
  WaitEntry entry(kernel_.current_thread());
  entry.exclusive = true;
  for (;;) {
    room_.prepare(entry, ThreadState::interruptible);
    if (raised_ >= total_ || raised_ - ended_ < queue_spec_.outstanding || kernel_.ending()) break;
    kernel_.schedule();
  }
  room_.finish(entry);
}

void EventWorkload::raise(kev::UserAddress memory, std::uint32_t event) {
  const abi::ukevent request = request_for(event);
  std::memcpy(platform_.machine().user.at(memory, sizeof request), &request, sizeof request);
  const long refused = calls_.kevent_ctl(queue_, abi::KEVENT_CTL_ADD, 1, memory);
  if (refused != 0) end(event, RequestFate::failed);
}

void EventWorkload::remove(kev::UserAddress memory, std::uint32_t event) {
  const abi::ukevent request = request_for(event);
  void* const at = platform_.machine().user.at(memory, sizeof request);
  std::memcpy(at, &request, sizeof request);
  abi::ukevent answer{};
  if (calls_.kevent_ctl(queue_, abi::KEVENT_CTL_REMOVE, 1, memory) != 0) return;
  std::memcpy(&answer, at, sizeof answer);
  if ((answer.ret_flags & abi::KEVENT_RET_BROKEN) != 0) return;  // it was delivered before
  events_[event].removed_at = ++steps_;
  if (events_[event].consumed == 0) end(event, RequestFate::failed);
}

void EventWorkload::consume(std::uint32_t event, std::uint64_t call_began) {
  if (kernel_.ending()) return;
  if (event >= raised_)
    return kernel_.violate("api_contract", fmt::format("event {} was never raised", event));
  Event& record = events_[event];
  if (++record.consumed > 1)
    return kernel_.violate("exactly_once_oneshot", fmt::format("event {} came twice", event));
  if (record.removed_at != 0 && record.removed_at <= call_began)
    return kernel_.violate(
        "control_linearizable",
        fmt::format("event {} was shown by a call that began after its removal", event));
  kernel_.spend_time(queue_spec_.work);
  end(event, RequestFate::completed);
}

void EventWorkload::end(std::uint32_t event, RequestFate fate) {
  LedgerEntry& entry = ledger_.at(event);
  if (entry.fate != RequestFate::waiting) return;
  entry.fate = fate;
  entry.ended = kernel_.now();
  ++ended_;
  room_.wake(1);
  if (!done()) return;
  room_.wake_all();
  if (on_done_) on_done_();
}

std::string EventWorkload::missing() const {
  const auto& entries = ledger_.entries();
  const auto first = std::find_if(entries.begin(), entries.end(), [](const LedgerEntry& entry) {
    return entry.fate == RequestFate::waiting;
  });
  if (first == entries.end()) return {};
  const auto count = std::count_if(first, entries.end(), [](const LedgerEntry& entry) {
    return entry.fate == RequestFate::waiting;
  });
  return fmt::format("{} events were raised and never consumed, the first of them event {}", count,
                     first - entries.begin());
}

std::uint64_t EventWorkload::outcome() const {
  Fingerprint fingerprint;
  for (const LedgerEntry& entry : ledger_.entries())
    fingerprint.add(static_cast<std::uint64_t>(entry.fate));
  for (const Event& event : events_) fingerprint.add(static_cast<std::uint64_t>(event.consumed));
  return fingerprint.value();
}

}  // namespace sim
