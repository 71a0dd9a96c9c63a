#include "model/spec/queue_state.hpp"

#include <algorithm>
#include <utility>

#include "model/spec/spec_kinds.hpp"

namespace kev::spec {

namespace {

bool same_key(const abi::ukevent& a, const abi::ukevent& b) {
  return a.type == b.type && a.id.raw[0] == b.id.raw[0] && a.id.raw[1] == b.id.raw[1];
}

std::uint64_t pair(std::uint64_t high, std::uint64_t low) {
  return high << 32 | low;
}

}  // namespace

Interest* QueueState::find(Instance instance) {
  for (Interest& interest : interests)
    if (interest.instance == instance) return &interest;
  return nullptr;
}

Interest* QueueState::find_in_set(const abi::ukevent& key) {
  for (Interest& interest : interests)
    if (interest.in_set && same_key(interest.request, key)) return &interest;
  return nullptr;
}

bool QueueState::has(const abi::ukevent& key) const {
  return std::any_of(interests.begin(), interests.end(), [&](const Interest& interest) {
    return interest.in_set && same_key(interest.request, key);
  });
}

Interest* QueueState::find_present(const abi::ukevent& key) {
  if (Interest* found = find_in_set(key)) return found;
  for (Interest& interest : interests)
    if (same_key(interest.request, key)) return &interest;
  return nullptr;
}

void QueueState::mark(Interest& interest, int outcome) {
  if (outcome == 0 || interest.life == Life::retired) return;
  interest.request.ret_flags |= abi::KEVENT_RET_DONE;
  if (outcome < 0) interest.request.ret_flags |= abi::KEVENT_RET_BROKEN;
  if (interest.life == Life::adding) return;
  const bool last = outcome < 0 || (interest.request.req_flags & abi::KEVENT_REQ_ONESHOT) != 0;
  if (last) interest.life = Life::retired;
  if (!is_ready(interest.instance)) ready.push_back({interest.instance, ++last_stamp});
}

bool QueueState::is_ready(Instance instance) const {
  return std::any_of(ready.begin(), ready.end(),
                     [&](const ReadyEntry& entry) { return entry.instance == instance; });
}

void QueueState::forget_ready(Instance instance) {
  ready.erase(std::remove_if(ready.begin(), ready.end(),
                             [&](const ReadyEntry& entry) { return entry.instance == instance; }),
              ready.end());
}

void QueueState::take_for(Progress& taker, Interest& interest) {
  taker.taken = interest.instance;
  taker.event = interest.request;
  taker.req_flags = interest.request.req_flags;
  taker.ret_flags = std::exchange(interest.request.ret_flags, 0);
  for (const ReadyEntry& entry : ready)
    if (entry.instance == interest.instance) taker.stamp = entry.stamp;
  forget_ready(interest.instance);
}

void QueueState::put_back(const Progress& taker, Interest& interest) {
  interest.request.ret_flags |= taker.ret_flags;
  if (is_ready(interest.instance)) return;
  const auto at = std::find_if(ready.begin(), ready.end(),
                               [&](const ReadyEntry& entry) { return entry.stamp > taker.stamp; });
  ready.insert(at, {interest.instance, taker.stamp});
}

const ReadyEntry* QueueState::front_for(const Progress& taker) const {
  return ready.empty() || ready.front().stamp > taker.limit ? nullptr : &ready.front();
}

std::uint32_t QueueState::registered() const {
  return static_cast<std::uint32_t>(
      std::count_if(interests.begin(), interests.end(),
                    [](const Interest& interest) { return interest.in_set; }));
}

void QueueState::drop(Instance instance) {
  forget_ready(instance);
  interests.erase(
      std::remove_if(interests.begin(), interests.end(),
                     [&](const Interest& interest) { return interest.instance == instance; }),
      interests.end());
}

Progress& QueueState::of(std::uint32_t call) {
  const auto at = std::lower_bound(
      progress.begin(), progress.end(), call,
      [](const Progress& each, std::uint32_t wanted) { return each.call < wanted; });
  if (at != progress.end() && at->call == call) return *at;
  Progress made;
  made.call = call;
  return *progress.insert(at, made);
}

void QueueState::end(std::uint32_t call) {
  progress.erase(std::remove_if(progress.begin(), progress.end(),
                                [&](const Progress& each) { return each.call == call; }),
                 progress.end());
}

const OriginState* QueueState::origin_of(const abi::ukevent& request) const {
  for (const OriginState& origin : origins)
    if (origin.descriptor == request.id.raw[0]) return &origin;
  return nullptr;
}

int QueueState::check(const Interest& interest) const {
  // What happened is not a state that could be looked at: it is taken to be true.
  if (source_of(interest.request.type) != Source::origin) return 1;
  const OriginState* origin = origin_of(interest.request);
  return origin == nullptr ? 0 : origin_outcome(interest.request.event, origin->bits);
}

/// How many entries, on the list or in somebody's hands, joined it no later than that.
std::uint32_t QueueState::rank(Stamp stamp) const {
  std::uint32_t count = 0;
  for (const ReadyEntry& entry : ready) count += entry.stamp <= stamp ? 1 : 0;
  for (const Progress& each : progress) count += each.stamp != 0 && each.stamp <= stamp ? 1 : 0;
  return count;
}

void QueueState::hash(StateHash& hash) const {
  hash.add(pair(interests.size() << 16 | progress.size(), ready.size() << 16 | ring.slots.size()));
  for (const Interest& interest : interests) {
    const abi::ukevent& request = interest.request;
    const std::uint32_t bits = static_cast<std::uint32_t>(interest.life) << 2 |
                               static_cast<std::uint32_t>(interest.linked) << 1 |
                               static_cast<std::uint32_t>(interest.in_set);
    hash.add(pair(interest.instance, bits));
    hash.add(pair(request.event, request.req_flags));
    hash.add(pair(request.ret_flags, interest.expiries));
  }
  for (const ReadyEntry& entry : ready) hash.add(pair(entry.instance, rank(entry.stamp)));
  for (const Progress& each : progress) {
    hash.add(pair(each.call, each.limit == 0 ? 0 : rank(each.limit) + 1));
    if (each.taken != 0) hash.add(each.event.event);
    hash.add(pair(each.taken, each.stamp == 0 ? 0 : rank(each.stamp)));
    hash.add(pair(each.ret_flags << 1 | static_cast<std::uint32_t>(each.stopped), each.req_flags));
    hash.add(
        pair(static_cast<std::uint32_t>(each.dropping), static_cast<std::uint32_t>(each.outcome)));
  }
  for (const OriginState& origin : origins)
    hash.add(pair(origin.bits, static_cast<std::uint32_t>(origin.open)));
  hash.add(ring.committed);
  hash.add(ring.produced);
  for (const abi::ukevent& slot : ring.slots) {
    hash.add(slot.user);
    hash.add(pair(slot.req_flags, slot.ret_flags));
  }
  hash.add(signalled);
  hash.add(pair(kicks, controller << 1 | static_cast<std::uint32_t>(closed)));
}

}  // namespace kev::spec
