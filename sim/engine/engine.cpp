#include "sim/engine/engine.hpp"

namespace sim {

void Engine::schedule_at(Event& event, kev::Instant at) {
  KEV_CHECK(!event.pending());
  KEV_CHECK(at >= now_);
  KEV_CHECK(at < kev::Instant::never());
  event.instant_ = at;
  event.slot_ = 0;
  queue_.emplace(Key{at, next_sequence_++}, &event);
}

void Engine::cancel(Event& event) {
  if (!event.pending()) return;
  auto it = queue_.lower_bound(Key{event.instant_, 0});
  while (it != queue_.end() && it->second != &event) ++it;
  KEV_CHECK(it != queue_.end());
  queue_.erase(it);
  event.slot_ = Event::no_slot;
}

std::size_t Engine::count_ties() const {
  const kev::Instant first = next_instant();
  std::size_t count = 0;
  for (auto it = queue_.begin(); it != queue_.end() && it->first.first == first; ++it) ++count;
  return count;
}

bool Engine::step_tie(std::size_t k) {
  if (k >= count_ties()) return false;
  auto it = queue_.begin();
  for (std::size_t i = 0; i < k; ++i) ++it;
  Event& event = *it->second;
  queue_.erase(it);
  event.slot_ = Event::no_slot;
  now_ = event.instant_;
  ++fired_;
  event.fire_(event);
  return true;
}

RunEnd Engine::run(const RunLimits& limits) {
  stopped_ = false;
  for (std::uint64_t count = 0; !stopped_; ++count) {
    if (queue_.empty()) return RunEnd::idle;
    if (next_instant() > limits.until) {
      if (limits.until > now_) now_ = limits.until;
      return RunEnd::until;
    }
    if (count >= limits.events) return RunEnd::events;
    step();
  }
  return RunEnd::stopped;
}

void Engine::clear() {
  for (auto& entry : queue_) entry.second->slot_ = Event::no_slot;
  queue_.clear();
  next_sequence_ = 0;
  fired_ = 0;
  now_ = kev::Instant();
  stopped_ = false;
}

}  // namespace sim
