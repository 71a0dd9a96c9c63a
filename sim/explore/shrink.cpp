#include "sim/explore/shrink.hpp"

#include <algorithm>

#include "sim/schedule/strategies.hpp"
#include "sim/world/stopwatch.hpp"

namespace sim {

namespace {

class Shrinker {
 public:
  Shrinker(Subject& subject, const Tape& tape, const std::string& property,
           const ShrinkOptions& options)
      : subject_(subject), property_(property), options_(options) {
    best_.tape = tape;
  }

  Shrunk run() {
    try_tape(best_.tape);
    if (faults(best_.tape) != 0) search_for_faults();
    // Whatever is long first: the search below is for what is short already.
    if (best_.tape.size() > searched_first_max) make_plain();
    search_with_few_preemptions();
    if (preemptions(best_.tape) > few_preemptions) search_with_priorities();
    make_plain();
    best_.verified = fails_again() && fails_again();
    best_.executions = executions_;
    return std::move(best_);
  }

 private:
  static constexpr std::size_t searched_first_max = 64;
  static constexpr std::size_t sweeps_max = 500;
  static constexpr std::size_t few_preemptions = 2;
  static constexpr std::uint64_t priorities_tried = 1000;

  [[nodiscard]] bool spent(std::uint64_t parts = 1, std::uint64_t of = 1) const {
    const double part = static_cast<double>(parts) / static_cast<double>(of);
    return executions_ * of >= options_.executions * parts ||
           steps_ / parts >= options_.steps / of ||
           watch_.elapsed().seconds() >= options_.seconds * part;
  }
  void make_plain() {
    bool simpler = true;
    while (simpler && !spent()) simpler = make_halves_plain();
  }

  bool failed() {
    ++executions_;
    const Execution& done = subject_.last();
    steps_ += done.steps;
    return done.violated() && done.violation->property == property_;
  }

  /// The last execution becomes the best.
  void keep() {
    best_.tape = tape_of(subject_);
    while (!best_.tape.empty() && best_.tape.back().plain) best_.tape.pop_back();
    best_.message = subject_.last().violation->message;
    best_.steps = subject_.last().steps;
  }

  bool try_tape(const Tape& tape) {
    TapeStrategy strategy(tape);
    strategy.begin(0);
    subject_.run(strategy);
    if (!failed()) return false;
    keep();
    return true;
  }

  static std::size_t faults(const Tape& tape) {
    return static_cast<std::size_t>(std::count_if(tape.begin(), tape.end(), [](const TapeEntry& e) {
      return e.kind == ChoiceKind::fault && !e.plain;
    }));
  }

  /// The plain schedule with no fault, with each one, with every two.
  void search_for_faults() {
    auto search = make_fault_sweep(0);
    Strategy& sweep = *search->front();
    for (std::size_t tries = 0; tries < sweeps_max && !spent(1, 4); ++tries) {
      sweep.begin(0);
      subject_.run(sweep);
      sweep.end(Learn::no);
      if (!failed()) continue;
      if (weight(tape_of(subject_)) < weight(best_.tape)) keep();
      return;
    }
  }

  /// Threads that run by priority switch only when one more important wakes up, or at one or two
  /// steps chosen at random: the plainest failure of some hundred.
  void search_with_priorities() {
    for (const std::uint32_t depth : {2U, 3U}) {
      auto search = make_pct(depth);
      Strategy& pct = *search->front();
      for (std::uint64_t seed = 1; seed <= priorities_tried && !spent(7, 8); ++seed) {
        pct.begin(seed);
        subject_.run(pct);
        pct.end(Learn::yes);
        if (failed() && weight(tape_of(subject_)) < weight(best_.tape)) keep();
      }
    }
  }

  void search_with_few_preemptions() {
    const std::size_t now = preemptions(best_.tape);
    for (std::uint32_t bound = 0; bound < now && bound <= 3 && !spent(3, 4); ++bound) {
      auto search = make_dfs(bound);
      if (!search) return;
      Strategy& dfs = *search->front();
      while (!dfs.exhausted() && !spent(3, 4)) {
        dfs.begin(0);
        subject_.run(dfs);
        dfs.end(Learn::no);
        if (!failed()) continue;
        keep();
        return;
      }
    }
  }

  /// Runs of entries are made plain, longer ones first. True when something became simpler.
  bool make_halves_plain() {
    bool simpler = false;
    for (std::size_t length = std::max<std::size_t>(best_.tape.size() / 2, 1); length > 0;
         length /= 2) {
      for (std::size_t at = 0; at < best_.tape.size() && !spent(); at += length) {
        Tape tape = best_.tape;
        bool changed = false;
        for (std::size_t i = at; i < std::min(at + length, tape.size()); ++i) {
          changed = changed || !tape[i].plain;
          tape[i].plain = true;
          if (tape[i].kind != ChoiceKind::thread) tape[i].picked = 0;
        }
        if (changed && try_simpler(tape)) simpler = true;
      }
    }
    return simpler;
  }

  /// Kept only if it is simpler after all: entries after a change may mean something else.
  bool try_simpler(const Tape& tape) {
    TapeStrategy strategy(tape);
    strategy.begin(0);
    subject_.run(strategy);
    if (!failed()) return false;
    const Tape now = tape_of(subject_);
    if (weight(now) >= weight(best_.tape)) return false;
    keep();
    return true;
  }

  static std::size_t weight(const Tape& tape) {
    const auto bent = static_cast<std::size_t>(
        std::count_if(tape.begin(), tape.end(), [](const TapeEntry& e) { return !e.plain; }));
    return preemptions(tape) * 1'000'000 + bent;
  }

  bool fails_again() {
    TapeStrategy strategy(best_.tape);
    strategy.begin(0);
    subject_.run(strategy);
    return failed();
  }

  Subject& subject_;
  const std::string& property_;
  const ShrinkOptions& options_;
  Stopwatch watch_;
  std::uint64_t executions_ = 0;
  std::uint64_t steps_ = 0;
  Shrunk best_;
};

}  // namespace

Shrunk shrink(Subject& subject, const Tape& tape, const std::string& property,
              const ShrinkOptions& options) {
  Shrinker shrinker(subject, tape, property, options);
  return shrinker.run();
}

}  // namespace sim
