// The engine beside a model, std::multimap, which keeps equal keys in the order of insertion: a
// random mix of everything the engine can do, on horizons from 1 ns to 2^50 ns and populations from
// one to thousands, so that each way through the queue is taken.

#include <catch2/catch.hpp>
#include <cstdint>
#include <deque>
#include <iterator>
#include <map>
#include <vector>

#include "sim/engine/engine.hpp"
#include "sim/engine/random.hpp"

namespace {

using kev::Instant;

class Numbered final : public sim::Event {
 public:
  Numbered(std::size_t number, std::size_t& last) : Event(&note), number_(number), last_(last) {}
  [[nodiscard]] std::size_t number() const { return number_; }

 private:
  static void note(sim::Event& event) {
    auto& self = static_cast<Numbered&>(event);
    self.last_ = self.number_;
  }

  std::size_t number_;
  std::size_t& last_;
};

class Comparison {
 public:
  Comparison(std::uint64_t seed, std::size_t events) : random_(seed), places_(events) {
    for (std::size_t i = 0; i < events; ++i) events_.emplace_back(i, last_);
    change_habits();
  }

  void take_steps(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      if (random_.below(events_.size()) == 0) change_habits();
      if (random_.chance(schedule_or_cancel_)) {
        schedule_or_cancel(events_[random_.below(events_.size())]);
      } else if (random_.chance(0.9)) {
        fire();
      } else {
        advance();
      }
      if (random_.chance(look_ahead_)) must_agree(engine_.next_instant() == next());
      must_agree(engine_.pending() == model_.size());
      if (random_.below(100 * events_.size()) == 0) clear();
    }
  }

  void drain() {
    while (!model_.empty()) fire();
    must_agree(!engine_.step());
  }

 private:
  using Model = std::multimap<std::int64_t, Numbered*>;

  /// Catch2's macros are too slow to be called a million times.
  static void must_agree(bool agree) {
    if (!agree) FAIL("the engine and the model differ");
  }

  [[nodiscard]] Instant next() const {
    return model_.empty() ? Instant::never() : Instant(model_.begin()->first);
  }

  void change_habits() {
    schedule_or_cancel_ = 0.1 + 0.8 * random_.unit();
    cancel_ = random_.unit();
    look_ahead_ = random_.chance(0.5) ? 0.0 : 0.5;
    horizon_bits_ = random_.below(50);
  }

  void schedule_or_cancel(Numbered& event) {
    if (!event.pending()) {
      const std::uint64_t bits = random_.chance(0.1) ? random_.below(50) : horizon_bits_;
      const std::uint64_t distance = random_.below(std::uint64_t{1} << bits);
      const std::int64_t at = engine_.now().ns() + static_cast<std::int64_t>(distance);
      engine_.schedule_at(event, Instant(at));
      places_[event.number()] = model_.emplace(at, &event);
    } else if (random_.chance(cancel_)) {
      engine_.cancel(event);
      model_.erase(places_[event.number()]);
    }
  }

  void fire() {
    if (model_.empty()) {
      must_agree(!engine_.step());
      return;
    }
    auto earliest = model_.begin();
    bool fired = false;
    if (random_.chance(0.9)) {
      fired = engine_.step();
    } else {
      const std::size_t ties = model_.count(earliest->first);
      must_agree(engine_.count_ties() == ties);
      const std::uint64_t k = random_.below(ties);
      std::advance(earliest, static_cast<std::ptrdiff_t>(k));
      fired = engine_.step_tie(k);
    }
    must_agree(fired);
    must_agree(last_ == earliest->second->number());
    must_agree(engine_.now().ns() == earliest->first);
    must_agree(!earliest->second->pending());
    model_.erase(earliest);
  }

  void advance() {
    const std::int64_t limit = model_.empty() ? engine_.now().ns() + 1000 : next().ns();
    if (limit == engine_.now().ns()) return;
    const auto room = static_cast<std::uint64_t>(limit - engine_.now().ns());
    const std::uint64_t distance = random_.below(room);
    engine_.advance_to(Instant(engine_.now().ns() + static_cast<std::int64_t>(distance)));
  }

  void clear() {
    engine_.clear();
    model_.clear();
    for (const Numbered& event : events_) must_agree(!event.pending());
  }

  sim::Random random_;
  std::size_t last_ = 0;
  std::deque<Numbered> events_;
  sim::Engine engine_;
  Model model_;
  std::vector<Model::iterator> places_;
  double schedule_or_cancel_ = 0.0;
  double cancel_ = 0.0;
  double look_ahead_ = 0.0;
  std::uint64_t horizon_bits_ = 0;
};

void compare(std::uint64_t seed, std::size_t events) {
  INFO("seed " << seed << ", " << events << " events");
  Comparison comparison(seed, events);
  comparison.take_steps(10 * events + 100);
  comparison.drain();
}

/// The bulk cases: everything is scheduled, then everything fires.
void fill_and_drain(std::size_t count, std::uint64_t below) {
  sim::Random random(1);
  std::size_t last = 0;
  std::deque<Numbered> events;
  sim::Engine engine;
  std::multimap<std::uint64_t, std::size_t> model;
  for (std::size_t i = 0; i < count; ++i) {
    events.emplace_back(i, last);
    const std::uint64_t at = random.below(below);
    engine.schedule_at(events.back(), Instant(static_cast<std::int64_t>(at)));
    model.emplace(at, i);
  }
  std::size_t wrong = 0;
  for (const auto& [at, number] : model) {
    engine.step();
    if (last != number || engine.now().ns() != static_cast<std::int64_t>(at)) ++wrong;
  }
  CHECK(wrong == 0);
  CHECK(engine.pending() == 0);
}

}  // namespace

TEST_CASE("a few events fire as the model says") {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) compare(seed, 1 + seed % 20);
}

TEST_CASE("hundreds of events fire as the model says") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) compare(seed, 20 + 7 * seed);
}

TEST_CASE("thousands of events fire as the model says") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) compare(seed, 2'500 * seed);
}

TEST_CASE("a great many events fire in order") {
  fill_and_drain(100'000, 1);
  fill_and_drain(100'000, 50);
  fill_and_drain(100'000, 1'000'000);
  fill_and_drain(100'000, std::uint64_t{1} << 62);
}

TEST_CASE("a burst into the gap before far events keeps the order") {
  std::size_t last = 0;
  std::deque<Numbered> events;
  sim::Engine engine;
  std::vector<std::size_t> expected;
  const auto schedule = [&](std::int64_t at) {
    events.emplace_back(events.size(), last);
    engine.schedule_at(events.back(), Instant(at));
    return events.size() - 1;
  };
  constexpr std::int64_t far = std::int64_t{1} << 32;
  std::vector<std::size_t> far_events;
  for (std::int64_t i = 0; i < 1000; ++i) far_events.push_back(schedule(far + 1'000 * i));
  schedule(1);
  engine.step();
  CHECK(engine.next_instant() == Instant(far));
  // Backwards and with ties, so that the near list has to be shortened again and again.
  constexpr std::int64_t burst = 3000;
  std::map<std::int64_t, std::vector<std::size_t>> by_instant;
  for (std::int64_t i = 0; i < burst; ++i) {
    const std::int64_t at = 10 + (i * 7919 % burst) * 500 / 3;
    by_instant[at].push_back(schedule(at));
    CHECK(engine.next_instant() == Instant(by_instant.begin()->first));
  }
  for (const auto& [at, numbers] : by_instant) {
    expected.insert(expected.end(), numbers.begin(), numbers.end());
  }
  expected.insert(expected.end(), far_events.begin(), far_events.end());
  std::vector<std::size_t> fired;
  while (engine.step()) fired.push_back(last);
  CHECK(fired == expected);
}

TEST_CASE("an event between two great ties keeps its place") {
  std::size_t last = 0;
  std::deque<Numbered> events;
  sim::Engine engine;
  const auto schedule = [&](std::int64_t at) {
    events.emplace_back(events.size(), last);
    engine.schedule_at(events.back(), Instant(at));
  };
  for (int i = 0; i < 150; ++i) schedule(10);
  for (int i = 0; i < 100; ++i) schedule(20);
  schedule(15);
  schedule(10);
  CHECK(engine.next_instant() == Instant(10));
  CHECK(engine.count_ties() == 151);
  std::vector<std::size_t> fired;
  while (engine.step()) fired.push_back(last);
  std::vector<std::size_t> expected;
  for (std::size_t i = 0; i < 150; ++i) expected.push_back(i);
  expected.push_back(251);
  expected.push_back(250);
  for (std::size_t i = 150; i < 250; ++i) expected.push_back(i);
  CHECK(fired == expected);
}
