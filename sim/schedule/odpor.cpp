// `odpor`: optimal dynamic partial order reduction (Abdulla, Aronis, Jonsson, Sagonas, "Source
// sets: a foundation for optimal dynamic partial order reduction", JACM 2017). Executions that
// differ only in the order of independent steps are one class; of each class exactly one is run,
// and none is given up half-way. The races of each execution say which other orders there are; each
// is put into the wakeup tree of the node where it branches off, unless a thread that sleeps there,
// or a branch that is there already, covers it.
//
// Choices that are not of threads (which waiter wakes) branch without reduction.

#include <array>

#include "model/base/check.hpp"
#include "sim/schedule/happens_before.hpp"
#include "sim/schedule/strategies.hpp"
#include "sim/schedule/wakeup_tree.hpp"

namespace sim {

namespace {

using Index = WakeupTrees::Index;
constexpr Index none = WakeupTrees::none;

class Odpor final : public Strategy {
 public:
  Odpor() : Strategy(Sees::steps, Order::sequential) {}

  void begin(std::uint64_t seed) override {
    Strategy::begin(seed);
    depth_ = 0;
    first_asked_ = 0;
    blocked_ = false;
    asked_ = 0;
    guide_ = none;
    races_.clear();
    order_.begin(kept_);
  }

  std::uint32_t pick(const Crossroads& at) override {
    asked_ = 0;
    if (depth_ < kept_) {
      order_.repeat(static_cast<std::uint32_t>(depth_));
      return nodes_[depth_++].step.thread;
    }
    order_.see_threads(at.threads);
    if (depth_ == open_) return reopen(at);
    Node& node = fresh(depth_);
    inherit_sleep(node);
    node.tree = guide_;
    return descend(node, at);
  }

  std::uint32_t choose(ChoiceKind, std::uint32_t options, Operation) override {
    if (depth_ == 0) return answer(first_choices_, first_asked_, options);
    return answer(nodes_[depth_ - 1].choices, asked_, options);
  }

  void released(std::uint32_t thread, std::uint32_t object) override {
    order_.released(thread, object);
  }
  void released_shared(std::uint32_t thread, std::uint32_t object) override {
    order_.released_shared(thread, object);
  }
  void joined(std::uint32_t thread, std::uint32_t other) override { order_.joined(thread, other); }
  void found_closed(Closed to) override { order_.found_closed(to); }

  void end(Learn) override {
    for (const RacePair& race : races_) reverse(race);
    while (depth_ > 0) {
      Node& node = nodes_[depth_ - 1];
      order_.begin(depth_ - 1);
      if (next_choice(node) || next_branch(node)) {
        kept_ = depth_ - 1;
        open_ = depth_ - 1;
        return;
      }
      --depth_;
    }
    order_.begin(0);
    exhausted_ = !advance(first_choices_);
    if (exhausted_) return;
    // Another world, so to speak: its tree begins anew.
    kept_ = 0;
    open_ = no_node;
  }

  [[nodiscard]] bool exhausted() const override { return exhausted_; }
  [[nodiscard]] bool redundant() const override { return blocked_; }
  [[nodiscard]] std::string_view name() const override { return "odpor"; }

 private:
  struct Choice {
    std::uint32_t picked;
    std::uint32_t options;
  };
  struct Node {
    StepOf step;                  ///< the one that is being explored
    std::vector<StepOf> sleep;    ///< steps whose exploration from here would repeat what was done
    ThreadMask asleep = 0;        ///< whose steps these are
    Index tree = none;            ///< what is still to be explored from here
    std::vector<Choice> choices;  ///< asked for by the step
    bool again = false;           ///< the same step, with another choice

    void put_to_sleep(const StepOf& one) {
      sleep.push_back(one);
      asleep |= bit_of(one.thread);
    }
  };

  Node& fresh(std::size_t depth) {
    if (depth == nodes_.size()) nodes_.emplace_back();
    Node& node = nodes_[depth];
    node.sleep.clear();
    node.asleep = 0;
    node.choices.clear();
    node.again = false;
    return node;
  }

  void inherit_sleep(Node& node) const {
    if (depth_ == 0) return;
    const Node& before = nodes_[depth_ - 1];
    for (const StepOf& asleep : before.sleep)
      if (!dependent(asleep, before.step)) node.put_to_sleep(asleep);
  }

  std::uint32_t reopen(const Crossroads& at) {
    open_ = no_node;
    Node& node = nodes_[depth_];
    if (!node.again) {
      node.choices.clear();
      return descend(node, at);
    }
    node.again = false;
    return take(node, node.step.thread, at);
  }

  /// The first of what is to be explored from here; when nothing special is, whoever is awake.
  std::uint32_t descend(Node& node, const Crossroads& at) {
    guide_ = none;
    if (node.tree != none) {
      const Index branch = trees_.take_first(node.tree);
      const std::uint32_t thread = trees_.at(branch).step.thread;
      guide_ = trees_.at(branch).first_child;
      trees_.release(branch);
      if ((at.ready & bit_of(thread)) == 0) return give_up();
      return take(node, thread, at);
    }
    const ThreadMask awake = at.ready & ~node.asleep;
    if (awake == 0) return give_up();
    Crossroads open = at;
    open.ready = awake;
    return take(node, plain_pick(open), at);
  }

  std::uint32_t give_up() {
    blocked_ = true;
    return nobody;
  }

  std::uint32_t take(Node& node, std::uint32_t thread, const Crossroads& at) {
    const NextStep& next = at.next[thread];
    node.step = {thread, next.operation.object, next.access};
    order_.add(node.step, races_);
    ++depth_;
    return thread;
  }

  /// What was answered before, or the plain choice.
  static std::uint32_t answer(std::vector<Choice>& choices, std::size_t& asked,
                              std::uint32_t options) {
    if (asked == choices.size()) choices.push_back({0, options});
    return choices[asked++].picked;
  }

  /// To the next combination of answers; false when there is none.
  static bool advance(std::vector<Choice>& choices) {
    while (!choices.empty()) {
      if (++choices.back().picked < choices.back().options) return true;
      choices.pop_back();
    }
    return false;
  }

  static bool next_choice(Node& node) {
    node.again = advance(node.choices);
    return node.again;
  }

  static bool next_branch(Node& node) {
    node.put_to_sleep(node.step);
    return node.tree != none;
  }

  /// The steps after the race's first that do not depend on it, then its second: the beginning of
  /// executions in which the second comes first.
  void reverse(const RacePair& race) {
    Node& node = nodes_[race.first];
    sequence_.clear();
    std::uint32_t i = race.first + 1;
    while (i != race.second && order_.ordered(race.first, i)) ++i;
    // Mostly it is the sequence's first step itself that sleeps.
    if ((node.asleep & bit_of(order_.step(i).thread)) != 0) return;
    for (; i < order_.size(); ++i)
      if (i != race.second && !order_.ordered(race.first, i)) sequence_.push_back(i);
    sequence_.push_back(race.second);
    acquisition_ = acquires(order_.step(race.second).access) ? race.second : no_step;
    if (acquisition_ != no_step) order_.settle_last(sequence_);
    find_first_steps();
    for (const StepOf& asleep : node.sleep)
      if (may_be_first(asleep)) return;
    insert(node.tree);
  }

  /// Where a thread's first step in the sequence is; its size when the thread has none.
  [[nodiscard]] std::size_t first_step_of(std::uint32_t thread) const {
    return (in_sequence_ & bit_of(thread)) != 0 ? first_steps_[thread] : sequence_.size();
  }
  void find_first_steps() {
    in_sequence_ = 0;
    first_of_each_.fill(HappensBefore::none_of_thread);
    later_.resize(sequence_.size());
    for (std::size_t i = sequence_.size(); i-- > 0;) {
      const std::uint32_t thread = order_.step(sequence_[i]).thread;
      later_[i] = first_step_of(thread);
      in_sequence_ |= bit_of(thread);
      first_steps_[thread] = i;
      first_of_each_[thread] = static_cast<std::int32_t>(sequence_[i]);
    }
  }
  /// Its thread's first step leaves the sequence; the others keep their places.
  void take_out(std::size_t at, std::uint32_t thread) {
    sequence_[at] = no_step;
    first_steps_[thread] = later_[at];
    if (later_[at] == sequence_.size()) {
      in_sequence_ &= ~bit_of(thread);
      first_of_each_[thread] = HappensBefore::none_of_thread;
    } else {
      first_of_each_[thread] = static_cast<std::int32_t>(sequence_[later_[at]]);
    }
  }

  /// Whether some execution that begins with the sequence is equivalent to one that begins with
  /// `step` (a weak initial of the sequence).
  [[nodiscard]] bool may_be_first(const StepOf& step) const {
    const std::size_t at = first_step_of(step.thread);
    if (at == sequence_.size()) {
      // The last one takes part in the race, and so is the likeliest to meet others.
      for (std::size_t i = sequence_.size(); i-- > 0;)
        if (sequence_[i] != no_step && dependent(order_.step(sequence_[i]), step)) return false;
      return true;
    }
    // Of each thread the first step is enough: who comes after a later one comes after it, too. And
    // nothing that stands behind a step in the sequence comes before it.
    return sequence_[at] == acquisition_ ? !order_.any_before_last(first_of_each_, step.thread)
                                         : !order_.any_before(first_of_each_, sequence_[at]);
  }

  /// Follows the branches that the sequence agrees with, and adds what is left of it at the end.
  void insert(Index& tree) {
    Index branch = tree;
    Index parent = none;
    while (branch != none) {
      const StepOf step = trees_.at(branch).step;
      if (!may_be_first(step)) {
        branch = trees_.at(branch).next;
        continue;
      }
      const std::size_t at = first_step_of(step.thread);
      if (at < sequence_.size()) take_out(at, step.thread);
      if (in_sequence_ == 0) return;
      parent = branch;
      branch = trees_.at(branch).first_child;
      // A leaf: exploring it will find the rest by itself.
      if (branch == none) return;
    }
    append(parent, tree);
  }

  void append(Index parent, Index& tree) {
    for (const std::uint32_t i : sequence_) {
      if (i == no_step) continue;
      Index siblings = parent == none ? tree : trees_.at(parent).first_child;
      const Index added = trees_.append(siblings, order_.step(i));
      if (parent == none)
        tree = siblings;
      else
        trees_.set_first_child(parent, siblings);
      parent = added;
    }
  }

  static constexpr std::size_t no_node = static_cast<std::size_t>(-1);
  static constexpr std::uint32_t no_step = 0xFFFFFFFF;

  HappensBefore order_;
  WakeupTrees trees_;
  std::vector<Node> nodes_;
  std::vector<RacePair> races_;
  std::vector<std::uint32_t> sequence_;  ///< no_step: was there, and has been taken out
  std::vector<std::size_t> later_;       ///< for each, where its thread's next one is
  ThreadMask in_sequence_ = 0;           ///< who has a step in it
  std::array<std::size_t, threads_max> first_steps_{};  ///< where in the sequence, by thread
  HappensBefore::StepOfEach first_of_each_{};           ///< and which steps
  std::uint32_t acquisition_ = no_step;                 ///< the sequence's last step, if it is one
  std::size_t depth_ = 0;
  std::size_t kept_ = 0;               ///< steps to repeat from the last execution
  std::size_t open_ = no_node;         ///< the node that takes another branch this time
  std::vector<Choice> first_choices_;  ///< asked for before the first step
  std::size_t first_asked_ = 0;
  std::size_t asked_ = 0;  ///< choices answered since the last step
  Index guide_ = none;     ///< what is left of the branch that is being followed
  bool blocked_ = false;
  bool exhausted_ = false;
};

}  // namespace

kev::Result<Strategies> make_odpor(std::uint32_t) {
  return one_part(std::make_unique<Odpor>());
}

}  // namespace sim
