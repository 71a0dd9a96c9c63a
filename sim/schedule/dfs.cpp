// `dfs:bound`: all executions in order, those with at most `bound` preemptions (Musuvathi and
// Qadeer, "Iterative context bounding", PLDI 2007). A preemption takes the processor from a thread
// that could go on. Without a bound sleep sets (Godefroid, 1996) cut off executions that differ
// from earlier ones only in the order of independent steps; with one they would lose executions,
// for the order that is explored may cost more preemptions than the one that is cut off.

#include <vector>

#include "sim/schedule/strategies.hpp"

namespace sim {

namespace {

class Dfs final : public Strategy {
 public:
  explicit Dfs(std::uint32_t bound)
      : Strategy(bound == no_bound ? Sees::steps : Sees::choices, Order::sequential),
        bound_(bound),
        name_(bound == no_bound ? "dfs" : "dfs:" + std::to_string(bound)) {}

  void begin(std::uint64_t seed) override {
    Strategy::begin(seed);
    // A portfolio goes on asking a search that has ended: one more preemption.
    if (exhausted_ && bound_ != no_bound) name_ = "dfs:" + std::to_string(++bound_);
    exhausted_ = false;
    redundant_ = false;
    depth_ = 0;
    preemptions_ = 0;
    sleep_ = 0;
  }

  std::uint32_t pick(const Crossroads& at) override {
    if (depth_ == nodes_.size() && !descend(at)) return nobody;
    Node& node = nodes_[depth_++];
    const std::uint32_t thread = node.picked;
    if (preempts(at, thread)) ++preemptions_;
    if (bound_ == no_bound) {
      ThreadMask sleep = 0;
      for (ThreadMask rest = node.sleep & ~bit_of(thread); rest != 0; rest &= rest - 1)
        if (!dependent(at.next[first_of(rest)], at.next[thread])) sleep |= bit_of(first_of(rest));
      sleep_ = sleep;
    }
    return thread;
  }

  std::uint32_t choose(ChoiceKind, std::uint32_t options, Operation) override {
    if (depth_ == nodes_.size()) nodes_.push_back({0, options, 0, sleep_, true});
    return nodes_[depth_++].picked;
  }

  void end(Learn) override {
    while (!nodes_.empty() && !advance(nodes_.back())) nodes_.pop_back();
    exhausted_ = nodes_.empty();
  }

  [[nodiscard]] bool exhausted() const override { return exhausted_; }
  [[nodiscard]] bool bounded() const override { return bounded_; }
  [[nodiscard]] bool redundant() const override { return redundant_; }
  [[nodiscard]] std::string_view name() const override { return name_; }

 private:
  struct Node {
    std::uint32_t picked;
    std::uint32_t options;  ///< of a choice that is not of threads
    ThreadMask untried;
    ThreadMask sleep;
    bool plain_choice;
  };

  /// A new node, with what may be tried there. False when everybody sleeps.
  bool descend(const Crossroads& at) {
    const std::uint32_t plain = plain_pick(at);
    const bool costs = (at.ready & ~at.devices & bit_of(at.current)) != 0;
    ThreadMask allowed = at.ready;
    if (costs && preemptions_ >= bound_) {
      allowed = bit_of(plain);
      bounded_ = bounded_ || at.ready != allowed;
    }
    allowed &= ~sleep_;
    if (allowed == 0) {
      redundant_ = true;
      return false;
    }
    const std::uint32_t first = (allowed & bit_of(plain)) != 0 ? plain : first_of(allowed);
    nodes_.push_back({first, 0, allowed & ~bit_of(first), sleep_, false});
    return true;
  }

  /// To the node's next alternative; false when there is none.
  static bool advance(Node& node) {
    if (node.plain_choice) return ++node.picked < node.options;
    node.sleep |= bit_of(node.picked);
    if (node.untried == 0) return false;
    node.picked = first_of(node.untried);
    node.untried &= node.untried - 1;
    return true;
  }

  std::uint32_t bound_;
  std::string name_;
  std::vector<Node> nodes_;
  std::size_t depth_ = 0;
  std::uint32_t preemptions_ = 0;
  ThreadMask sleep_ = 0;
  bool exhausted_ = false;
  bool bounded_ = false;
  bool redundant_ = false;
};

}  // namespace

kev::Result<Strategies> make_dfs(std::uint32_t preemptions) {
  return one_part(std::make_unique<Dfs>(preemptions));
}

}  // namespace sim
