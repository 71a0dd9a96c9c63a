#include "sim/engine/engine.hpp"

namespace sim {

void Engine::schedule_at(Event& event, kev::Instant at) {
  KEV_CHECK(!event.pending());
  KEV_CHECK(at >= now_);
  KEV_CHECK(at < kev::Instant::never());
  event.instant_ = at;
  queue_.push(event, at.ns());
}

void Engine::cancel(Event& event) {
  if (event.pending()) queue_.cancel(event);
}

inline void Engine::fire(Event& event) {
  now_ = event.instant_;
  ++fired_;
  event.fire_(event);
}

bool Engine::step() {
  if (queue_.size() == 0) return false;
  fire(queue_.pop());
  return true;
}

std::size_t Engine::count_ties() const {
  return queue_.count_ties();
}

bool Engine::step_tie(std::size_t k) {
  if (k >= queue_.count_ties()) return false;
  fire(queue_.pop_tie(k));
  return true;
}

RunEnd Engine::run(const RunLimits& limits) {
  stopped_ = false;
  for (std::uint64_t count = 0; !stopped_; ++count) {
    if (queue_.size() == 0) return RunEnd::idle;
    if (next_instant() > limits.until) {
      if (limits.until > now_) now_ = limits.until;
      return RunEnd::until;
    }
    if (count >= limits.events) return RunEnd::events;
    fire(queue_.pop());
  }
  return RunEnd::stopped;
}

void Engine::clear() {
  queue_.clear();
  fired_ = 0;
  now_ = kev::Instant();
  stopped_ = false;
}

}  // namespace sim
