// The operations of a queue program as calls, each recorded with its answer.

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "sim/world/queue_program.hpp"

namespace sim {

namespace spec = kev::spec;
namespace abi = kev::abi;
using spec::Answer;
using spec::Call;
using spec::CallKind;

namespace {

std::uint32_t command_number(CallKind kind) {
  switch (kind) {
    case CallKind::add:
      return abi::KEVENT_CTL_ADD;
    case CallKind::remove:
      return abi::KEVENT_CTL_REMOVE;
    case CallKind::modify:
      return abi::KEVENT_CTL_MODIFY;
    default:
      return abi::KEVENT_CTL_READY;
  }
}

std::uint32_t flags_of(const ProgramStep& operation) {
  return operation.absolute ? abi::KEVENT_FLAGS_ABSTIME : 0;
}

}  // namespace

abi::kevent_timespec QueueProgramRun::timespec(const ProgramStep& operation) {
  if (operation.bad_time) return {0, -1};
  if (operation.timeout == spec::Timeout::endless) return to_timespec(kev::Duration::max());
  const kev::Duration wait(operation.timeout == spec::Timeout::none ? 0 : 100);
  if (!operation.absolute) return to_timespec(wait);
  return to_timespec(platform_->real_now() - kev::Instant(0) + wait);
}

void QueueProgramRun::perform(std::uint32_t thread, const ProgramStep& operation) {
  // The program itself can be preempted, too.
  Context& self = *machine_.kernel.current();
  // What is not of the program has no words, and is gone when they are read.
  if (!operation.text.empty() && machine_.kernel.exploring() &&
      machine_.kernel.exploration().tracing())
    machine_.kernel.exploration().say_words(self.number(), operation.text.c_str());
  machine_.kernel.point({"program", self.id()});
  if (operation.doing == Doing::consume) return consume(thread, operation);
  switch (operation.kind) {
    case CallKind::add:
    case CallKind::remove:
    case CallKind::modify:
    case CallKind::ready:
      return control(thread, operation);
    case CallKind::get_events:
      return get_events(thread, operation);
    case CallKind::wait:
      return wait(thread, operation);
    case CallKind::commit:
      return commit(thread, operation);
    case CallKind::ring_look:
      return look(thread);
    default:
      return other(thread, operation);
  }
}

/// Makes a call whose answer is a number.
template <class Body>
void QueueProgramRun::plain(std::uint32_t thread, Call call, Body body) {
  const std::uint32_t index = watch_.begin(thread, std::move(call));
  Answer answer;
  answer.value = body();
  watch_.end(index, std::move(answer));
  report_broken();
}

spec::Hazards QueueProgramRun::hazards(const ProgramStep& operation) const {
  spec::Hazards hazards{operation.bad_address, operation.bad_address, false};
  for (const FaultRule& fault : program_.world.faults) {
    if (fault.point == FaultPoint::copy_from_user) hazards.copy_in = true;
    if (fault.point == FaultPoint::copy_to_user) hazards.copy_out = true;
    if (fault.point == FaultPoint::alloc) hazards.memory = true;
  }
  return hazards;
}

abi::ukevent QueueProgramRun::request(const ProgramItem& item) {
  abi::ukevent made{};
  made.type = item.type;
  made.id = {{item.id, item.second_id}};
  if (item.type == abi::KEVENT_TIMER) made.id = {{0, item.id}};
  if (item.type == abi::KEVENT_SOCKET && item.id <= origins_.size())
    made.id.raw[0] = static_cast<std::uint32_t>(origins_[item.id - 1].descriptor);
  made.event = item.mask;
  made.req_flags = item.flags;
  made.user = ++last_user_;
  return made;
}

void QueueProgramRun::control(std::uint32_t thread, const ProgramStep& operation) {
  Call call;
  call.kind = operation.kind;
  if (operation.items.empty() && operation.kind == CallKind::ready) call.kind = CallKind::kick;
  for (const ProgramItem& item : operation.items) call.requests.push_back(request(item));
  call.hazards = hazards(operation);
  const std::size_t bytes = call.requests.size() * sizeof(abi::ukevent);
  const auto count = static_cast<std::uint32_t>(call.requests.size());
  const kev::UserAddress requests = users_[thread].requests;
  void* memory = machine_.user.at(requests, call_capacity * sizeof(abi::ukevent));
  if (bytes != 0) std::memcpy(memory, call.requests.data(), bytes);
  Answer answer;
  answer.requests = call.requests;
  const std::uint32_t index = watch_.begin(thread, std::move(call));
  answer.value = calls_.kevent_ctl(queue_, command_number(operation.kind), count,
                                   operation.bad_address ? 0 : requests);
  if (bytes != 0) std::memcpy(answer.requests.data(), memory, bytes);
  watch_.end(index, std::move(answer));
  report_broken();
}

void QueueProgramRun::get_events(std::uint32_t thread, const ProgramStep& operation) {
  Call call;
  call.kind = CallKind::get_events;
  call.min = operation.min;
  call.max = std::min(operation.max, call_capacity);
  call.timeout = operation.timeout;
  call.bad_time = operation.bad_time;
  call.hazards = hazards(operation);
  const std::uint32_t max = call.max;
  const kev::UserAddress events = users_[thread].events;
  const std::uint32_t index = watch_.begin(thread, std::move(call));
  Answer answer;
  answer.value = calls_.kevent_get_events(queue_, operation.min, max, timespec(operation),
                                          operation.bad_address ? 0 : events, flags_of(operation));
  if (answer.value > 0) {
    answer.events.resize(static_cast<std::size_t>(std::min<long>(answer.value, call_capacity)));
    const std::size_t bytes = answer.events.size() * sizeof(abi::ukevent);
    std::memcpy(answer.events.data(), machine_.user.at(events, bytes), bytes);
  }
  watch_.end(index, std::move(answer));
  report_broken();
}

void QueueProgramRun::wait(std::uint32_t thread, const ProgramStep& operation) {
  const std::uint32_t slots = program_.world.ring_slots;
  Call call;
  call.kind = CallKind::wait;
  call.max = operation.max;
  call.timeout = operation.timeout;
  call.bad_time = operation.bad_time;
  const std::uint64_t from = operation.as_seen ? users_[thread].seen : committed_;
  call.uidx = slots == 0 ? 0 : static_cast<std::uint32_t>(from % slots);
  if (operation.twist != 0) ++call.uidx;
  call.hazards = hazards(operation);
  const Call made = call;
  plain(thread, std::move(call), [&] {
    return calls_.kevent_wait(queue_, made.max, made.uidx, timespec(operation),
                              flags_of(operation));
  });
}

void QueueProgramRun::commit(std::uint32_t thread, const ProgramStep& operation) {
  commit_to(thread, committed_ + operation.ahead, operation.twist);
}

/// Tells the kernel that the program is done with everything before that position.
long QueueProgramRun::commit_to(std::uint32_t thread, std::uint64_t target, std::int32_t twist) {
  const std::uint32_t slots = program_.world.ring_slots;
  Call call;
  call.kind = CallKind::commit;
  call.uidx = static_cast<std::uint32_t>(slots == 0 ? target - committed_ : target % slots);
  if (twist == 2) call.uidx = slots;
  call.over = slots == 0 ? 0 : static_cast<std::uint32_t>(target / slots);
  call.over += static_cast<std::uint32_t>(twist);
  call.hazards = hazards({});
  const Call made = call;
  long freed = 0;
  plain(thread, std::move(call),
        [&] { return freed = calls_.kevent_commit(queue_, made.uidx, made.over); });
  if (freed > 0 && twist == 0) committed_ = std::max(committed_, target);
  return freed;
}

Answer QueueProgramRun::read_ring() {
  Answer answer;
  const std::uint32_t slots = program_.world.ring_slots;
  if (slots == 0) return answer;
  const std::size_t bytes = slots * sizeof(abi::ukevent);
  const auto* memory =
      static_cast<const std::byte*>(machine_.user.at(ring_, sizeof(abi::kevent_ring) + bytes));
  abi::kevent_ring header{};
  std::memcpy(&header, memory, sizeof header);
  answer.kidx = header.ring_kidx;
  answer.over = header.ring_over;
  answer.events.resize(slots);
  std::memcpy(answer.events.data(), memory + sizeof header, bytes);
  return answer;
}

void QueueProgramRun::look(std::uint32_t thread) {
  Call call;
  call.kind = CallKind::ring_look;
  const std::uint32_t index = watch_.begin(thread, std::move(call));
  users_[thread].seen = committed_;
  watch_.end(index, read_ring());
  report_broken();
}

/// Takes the oldest slot, as threads that share a ring should: copy it, then commit it, and keep
/// the copy if nobody else was faster. With the bug the slot is claimed first and read later.
void QueueProgramRun::consume(std::uint32_t thread, const ProgramStep&) {
  const std::uint64_t slots = program_.world.ring_slots;
  if (slots == 0) return;
  const std::uint64_t position = committed_;
  const bool claims_first = kev::bug(*platform_, kev::Bug::claim_slot_before_copy);
  abi::ukevent taken = read_ring().events[position % slots];
  if (commit_to(thread, position + 1, 0) != 1) return;
  if (claims_first) taken = read_ring().events[position % slots];
  if (std::find(consumed_.begin(), consumed_.end(), taken.user) != consumed_.end())
    machine_.kernel.violate("exactly_once_oneshot", fmt::format("{} was taken from the ring twice",
                                                                spec::describe_key(taken)));
  consumed_.push_back(taken.user);
}

void QueueProgramRun::other(std::uint32_t thread, const ProgramStep& operation) {
  Call call;
  call.kind = operation.kind;
  switch (operation.kind) {
    case CallKind::kick:
      return plain(thread, std::move(call),
                   [&] { return calls_.kevent_ctl(queue_, abi::KEVENT_CTL_READY, 0, 0); });
    case CallKind::signal: {
      call.target = operation.target % static_cast<std::uint32_t>(program_.threads.size());
      Thread* const target = users_[call.target].thread;
      return plain(thread, std::move(call), [&] {
        if (target != nullptr) machine_.kernel.signal(*target);
        return 0;
      });
    }
    case CallKind::close:
      return plain(thread, std::move(call), [&] { return calls_.close(queue_); });
    default:
      return origin_call(thread, operation);
  }
}

void QueueProgramRun::origin_call(std::uint32_t thread, const ProgramStep& operation) {
  if (origins_.empty()) return;
  Call call;
  call.kind = operation.kind;
  call.target = operation.target % static_cast<std::uint32_t>(origins_.size());
  call.bits = operation.bits;
  Origin& origin = origins_[call.target];
  if (origin.dropped) return;
  origin.dropped = operation.doing == Doing::drop;
  plain(thread, std::move(call), [&] {
    if (origin.dropped) origin.file->put();
    if (operation.kind == CallKind::origin_close) return calls_.close(origin.descriptor);
    origin.file->bits = operation.bits;
    origin.file->notify(abi::KEVENT_MASK_ALL);
    return 0;
  });
}

}  // namespace sim
