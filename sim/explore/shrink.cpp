#include "sim/explore/shrink.hpp"

#include <algorithm>
#include <tuple>

#include "sim/explore/follow.hpp"
#include "sim/explore/reduce.hpp"
#include "sim/explore/turns.hpp"
#include "sim/schedule/strategies.hpp"
#include "sim/world/stopwatch.hpp"

namespace sim {

namespace {

/// Less is simpler. A turn that was taken from somebody is harder to follow than one that was free.
struct Weight {
  std::size_t switches = 0;  ///< from one thread to another, whatever the machine does in between
  std::size_t preemptions = 0;
  std::size_t turns = 0;
  std::size_t bent = 0;  ///< choices that are not plain

  bool operator<(const Weight& other) const {
    const auto order = [](const Weight& w) {
      return std::tuple(w.switches + w.preemptions, w.switches, w.turns, w.bent);
    };
    return order(*this) < order(other);
  }
};

class Shrinker {
 public:
  Shrinker(Subject& subject, const Tape& tape, const std::string& property,
           const ShrinkOptions& options)
      : subject_(subject), property_(property), options_(options) {
    best_.tape = tape;
  }

  Shrunk run() {
    fails_by_tape(best_.tape);
    leave_parts_out();
    if (faults(best_.tape) != 0) search_for_faults();
    // Whatever is long first: the searches below are for what is short already.
    if (best_.tape.size() > searched_first_max) make_plain();
    give_fewer_turns();
    search_with_few_preemptions();
    if (weight_.preemptions > few_preemptions || weight_.switches > few_switches)
      search_with_priorities();
    give_fewer_turns();
    make_plain();
    best_.verified = fails_again() && fails_again();
    best_.executions = executions_;
    for (const WorkloadPart& part : subject_.parts()) best_.parts.push_back(part.value);
    return std::move(best_);
  }

 private:
  static constexpr std::size_t searched_first_max = 64;
  static constexpr std::size_t sweeps_max = 500;
  static constexpr std::size_t few_preemptions = 2;
  static constexpr std::size_t few_switches = 4;
  static constexpr std::uint64_t priorities_tried = 1000;
  static constexpr std::uint64_t searched_for_less = 300;
  static constexpr std::uint64_t searched_for_turns = 1000;

  /// Whether so many parts `of` the budget are used up.
  [[nodiscard]] bool spent(std::uint64_t parts = 1, std::uint64_t of = 1) const {
    const double part = static_cast<double>(parts) / static_cast<double>(of);
    return executions_ * of >= options_.executions * parts ||
           steps_ / parts >= options_.steps / of ||
           watch_.elapsed().seconds() >= options_.seconds * part;
  }

  /// One execution; what it weighs is `now_`.
  bool fails(Strategy& strategy, std::uint64_t seed = 0, Learn learn = Learn::no) {
    NotedTurns noted(strategy);
    noted.begin(seed);
    subject_.run(noted);
    noted.end(learn);
    ++executions_;
    const Execution& done = subject_.last();
    steps_ += done.steps;
    if (!done.violated() || done.violation->property != property_) return false;
    turns_ = noted.turns();
    const Tape tape = tape_of(subject_);
    const auto bent = std::count_if(tape.begin(), tape.end(),
                                    [](const TapeEntry& entry) { return !entry.plain; });
    now_ = {switches(), preemptions(tape), turns_.size(), static_cast<std::size_t>(bent)};
    return true;
  }

  [[nodiscard]] std::size_t switches() const {
    std::size_t count = 0;
    const Turn* before = nullptr;
    for (const Turn& turn : turns_) {
      if (subject_.is_of_machine(turn.thread)) continue;
      if (before != nullptr && before->thread != turn.thread) ++count;
      before = &turn;
    }
    return count;
  }
  /// Of those who have turns.
  [[nodiscard]] ThreadMask machine() const {
    ThreadMask all = 0;
    for (const Turn& turn : turns_)
      if (subject_.is_of_machine(turn.thread)) all |= bit_of(turn.thread);
    return all;
  }

  /// The last execution becomes the best.
  void keep() {
    best_.tape = tape_of(subject_);
    while (!best_.tape.empty() && best_.tape.back().plain) best_.tape.pop_back();
    best_.message = subject_.last().violation->message;
    best_.steps = subject_.last().steps;
    weight_ = now_;
  }

  bool keep_if_simpler() {
    if (!(now_ < weight_)) return false;
    keep();
    return true;
  }

  bool fails_by_tape(const Tape& tape) {
    TapeStrategy strategy(tape);
    if (!fails(strategy)) return false;
    keep();
    return true;
  }

  void leave_parts_out() {
    const std::vector<WorkloadPart> all = subject_.parts();
    if (all.empty()) return;
    const StillFails still_fails = [this](const std::vector<std::int64_t>& values) {
      subject_.set_parts(values);
      return fails_by_names() || fails_in_search();
    };
    subject_.set_parts(reduce(all, still_fails));
    // What was tried last may have passed.
    fails_by_tape(best_.tape);
  }

  bool fails_by_names() {
    if (spent(1, 3)) return false;
    const Tape tape = best_.tape;
    FollowStrategy follow(tape, subject_, nullptr);
    if (!fails(follow)) return false;
    keep();
    return true;
  }

  /// Some hundred executions, by the strategies of the portfolio.
  bool fails_in_search() {
    const auto strategies = make_strategies("portfolio");
    for (std::uint64_t i = 0; i < searched_for_less && !spent(1, 3); ++i) {
      Strategy& strategy = *(*strategies)[i % strategies->size()];
      if (strategy.exhausted() || !fails(strategy, derive_seed(1, i), Learn::yes)) continue;
      keep();
      return true;
    }
    return false;
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
    for (std::size_t tries = 0; tries < sweeps_max && !spent(1, 2); ++tries) {
      if (!fails(sweep)) continue;
      keep_if_simpler();
      return;
    }
  }

  /// As long as one of the simpler lists of turns fails, too.
  void give_fewer_turns() {
    bool fewer = true;
    while (fewer && !spent(2, 3)) {
      const Tape tape = best_.tape;
      TapeStrategy played(tape);
      if (!fails(played)) return;
      fewer = false;
      const std::vector<Turns> all = simpler(turns_, machine());
      for (auto turns = all.begin(); turns != all.end() && !fewer && !spent(2, 3); ++turns) {
        TurnStrategy strategy(*turns, tape);
        fewer = fails(strategy) && keep_if_simpler();
      }
    }
  }

  void search_with_few_preemptions() {
    const std::size_t now = weight_.preemptions;
    for (std::uint32_t bound = 0; bound <= now && bound <= 3 && !spent(5, 6); ++bound)
      if (search_with_preemptions(bound)) return;
  }

  /// All executions with so many, to the first that fails and some way on: another may have fewer
  /// turns.
  bool search_with_preemptions(std::uint32_t bound) {
    auto search = make_dfs(bound);
    if (!search) return false;
    Strategy& dfs = *search->front();
    bool found = false;
    std::uint64_t more = searched_for_turns;
    while (!dfs.exhausted() && !spent(5, 6) && more > 0) {
      more -= found ? 1 : 0;
      if (!fails(dfs)) continue;
      found = true;
      keep_if_simpler();
    }
    return found;
  }

  /// Threads that run by priority switch only when one more important wakes up, or at one or two
  /// steps chosen at random: the plainest failure of some hundred.
  void search_with_priorities() {
    for (const std::uint32_t depth : {2U, 3U}) {
      auto search = make_pct(depth);
      Strategy& pct = *search->front();
      for (std::uint64_t seed = 1; seed <= priorities_tried && !spent(11, 12); ++seed)
        if (fails(pct, seed, Learn::yes)) keep_if_simpler();
    }
  }

  void make_plain() {
    bool simpler = true;
    while (simpler && !spent()) simpler = make_halves_plain();
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
        // Only if it is simpler after all: entries after a change may mean something else.
        TapeStrategy strategy(tape);
        if (changed && fails(strategy) && keep_if_simpler()) simpler = true;
      }
    }
    return simpler;
  }

  bool fails_again() {
    TapeStrategy strategy(best_.tape);
    return fails(strategy);
  }

  Subject& subject_;
  const std::string& property_;
  const ShrinkOptions& options_;
  Stopwatch watch_;
  std::uint64_t executions_ = 0;
  std::uint64_t steps_ = 0;
  Weight now_;     ///< of the last execution that failed
  Turns turns_;    ///< of the same
  Weight weight_;  ///< of the best
  Shrunk best_;
};

}  // namespace

Shrunk shrink(Subject& subject, const Tape& tape, const std::string& property,
              const ShrinkOptions& options) {
  Shrinker shrinker(subject, tape, property, options);
  return shrinker.run();
}

}  // namespace sim
