#include "sim/explore/campaign.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/explore/lock_order_subject.hpp"
#include "sim/explore/progress.hpp"
#include "sim/explore/replay.hpp"
#include "sim/explore/workers.hpp"
#include "sim/world/stopwatch.hpp"

namespace sim {

namespace {

/// Strategies learn from the first executions of every so many.
constexpr std::uint64_t learning_executions = 384;
constexpr std::uint64_t learning_period = 786'432;
constexpr std::uint64_t twice_every = 20;
/// Enough for each place of a small scenario where a fault can strike alone.
constexpr std::uint64_t sweep_executions = 64;
/// The clock is read, and Ctrl-C looked for, every so many executions.
constexpr std::uint64_t look_around_every = 256;

/// With several jobs a round costs some milliseconds of forking, and a campaign is looked after
/// between two rounds only: they are to take as long as this.
constexpr double round_seconds_min = 0.25;
constexpr double round_seconds_max = 1.0;

class Campaign {
 public:
  Campaign(Subject& subject, const CampaignOptions& options, Strategies strategies,
           const std::function<void(const Hit&)>& on_hit)
      : subject_(subject), options_(options), strategies_(std::move(strategies)), on_hit_(on_hit) {
    // Faults are searched for systematically too: what does that comes first, and then takes turns
    // with the rest.
    if (strategies_.size() == 1 || !subject.has_faults()) return;
    auto sweep = make_fault_sweep(0);
    strategies_.push_back(std::move(sweep->front()));
    sweep_first_ = sweep_executions;
  }

  kev::Result<CampaignResult> run() {
    if (const auto gone_on = go_on(); !gone_on) return tl::unexpected<kev::Errors>(gone_on.error());
    while (!over_) {
      const std::uint64_t into_period = next_ % learning_period;
      const bool learning = into_period < learning_executions;
      std::uint64_t end = next_ - into_period + (learning ? learning_executions : learning_period);
      end = std::min(end, options_.executions);
      if (next_ >= end) break;
      if (learning || options_.jobs <= 1)
        run_range(end, learning ? Learn::yes : Learn::no);
      else
        run_side_by_side(end);
      save_progress();
    }
    report_inversion();
    saved_ms_ = 0;
    save_progress();
    if (!unsaved_.empty()) return tl::unexpected<kev::Errors>(unsaved_);
    result_.executions = tally_.executions;
    result_.distinct = tally_.distinct();
    result_.steps_median = tally_.steps_median();
    result_.seconds = watch_.elapsed().seconds();
    // Other jobs were further when the first found something.
    if (result_.end == CampaignEnd::found && !options_.keep_going && !result_.hits.empty())
      result_.executions = result_.hits.front().execution + 1 - result_.redundant;
    if (result_.end == CampaignEnd::budget && !result_.hits.empty())
      result_.end = CampaignEnd::found;
    return std::move(result_);
  }

 private:
  [[nodiscard]] Strategy& part(std::uint64_t execution) {
    if (execution < sweep_first_) return *strategies_.back();
    return *strategies_[execution % strategies_.size()];
  }

  void stop(CampaignEnd end) {
    over_ = true;
    result_.end = end;
  }

  bool out_of_budget() {
    if (options_.interrupted != nullptr && options_.interrupted->load(std::memory_order_relaxed)) {
      stop(CampaignEnd::interrupted);
      return true;
    }
    if (options_.seconds > 0 && watch_.elapsed().seconds() >= options_.seconds) {
      stop(CampaignEnd::budget);
      return true;
    }
    return false;
  }

  void run_range(std::uint64_t end, Learn learn) {
    for (; next_ < end && !over_; ++next_) {
      if (next_ % look_around_every == 0) {
        if (out_of_budget()) return;
        save_progress();
      }
      Strategy& strategy = part(next_);
      run_one(strategy, next_, learn);
      end_with(strategy);
    }
  }

  /// A search that runs nothing twice has come to its end.
  void end_with(const Strategy& strategy) {
    if (strategies_.size() == 1 && strategy.exhausted() && !over_)
      stop(strategy.bounded() ? CampaignEnd::bounded : CampaignEnd::complete);
  }

  void run_one(Strategy& strategy, std::uint64_t execution, Learn learn) {
    strategy.begin(derive_seed(options_.seed, execution));
    const std::uint64_t orders = subject_.lock_orders();
    const Execution& done = subject_.run(strategy);
    strategy.end(learn);
    if (subject_.lock_orders() != orders) note_order(execution);
    if (strategy.redundant()) {
      ++result_.redundant;
      return;
    }
    tally_.add(done.fingerprint, done.steps);
    if (done.violated())
      hit(std::string(strategy.name()), execution);
    else if (execution % twice_every == twice_every - 1)
      repeat(execution);
  }

  /// Continues where the progress file says. What strategies learn from, and what searches have
  /// run, is run again; so is what broke a property, or showed a new order of locks.
  kev::Result<bool> go_on() {
    if (options_.progress_file.empty()) return true;
    const auto read = read_progress(options_.progress_file, options_.identity);
    if (!read) return tl::unexpected<kev::Errors>(read.error());
    for (; next_ < read->next && !over_; ++next_) {
      Strategy& strategy = part(next_);
      const bool learning = next_ % learning_period < learning_executions;
      const bool hits = std::find(read->hits.begin(), read->hits.end(), next_) != read->hits.end();
      const bool orders =
          std::find(read->orders.begin(), read->orders.end(), next_) != read->orders.end();
      if (!learning && !hits && !orders && strategy.order() == Strategy::Order::any) continue;
      strategy.begin(derive_seed(options_.seed, next_));
      subject_.run(strategy);
      strategy.end(learning ? Learn::yes : Learn::no);
      if (orders) note_order(next_);
      if (hits && subject_.last().violated()) hit(std::string(strategy.name()), next_);
      end_with(strategy);
    }
    tally_ = read->tally;
    result_.redundant = read->redundant;
    return true;
  }

  /// Every so often, and at the end.
  void save_progress() {
    const auto now_ms = static_cast<std::int64_t>(watch_.elapsed().seconds() * 1e3);
    if (options_.progress_file.empty() ||
        (saved_ms_ != 0 && now_ms - saved_ms_ < options_.save_every_ms))
      return;
    saved_ms_ = now_ms;
    Progress progress{options_.identity, next_, result_.redundant, {}, orders_, tally_};
    for (const Hit& hit : result_.hits)
      if (hit.property != inversion_property) progress.hits.push_back(hit.execution);
    const auto written = write_progress(progress, options_.progress_file);
    if (!written) unsaved_ = written.error();
  }

  /// The last execution took locks in an order that was new.
  void note_order(std::uint64_t execution) {
    orders_.push_back(execution);
    order_tapes_.push_back(tape_of(subject_));
  }

  /// The same choices must give the same execution.
  void repeat(std::uint64_t execution) {
    const std::uint64_t fingerprint = subject_.last().fingerprint;
    same_picks_.assign(subject_.last().picks.begin(), subject_.last().picks.end());
    PickReplay again(same_picks_);
    again.begin(0);
    if (subject_.run(again).fingerprint == fingerprint) return;
    stop(CampaignEnd::diverged);
    result_.divergence = fmt::format(
        "execution {} went differently the second time, with the same choices: the "
        "program depends on something that is not controlled",
        execution);
  }

  void hit(const std::string& strategy, std::uint64_t execution) {
    const Execution& done = subject_.last();
    const BrokenProperty& violation = *done.violation;
    if (is_known(violation.property)) return;
    Hit hit{violation.property, violation.message, execution, strategy, tape_of(subject_), {},
            done.fingerprint,   done.steps};
    if (on_hit_) on_hit_(hit);
    result_.hits.push_back(std::move(hit));
    if (!options_.keep_going) stop(CampaignEnd::found);
  }

  /// Children run their shares up to `end`, this process the searches and its own share; then what
  /// they found is run again here.
  void run_side_by_side(std::uint64_t end) {
    const std::uint64_t begin = next_;
    const double begin_seconds = watch_.elapsed().seconds();
    end = std::min(end, begin + round_ * strategies_.size());
    const Shares shares(strategies_, options_.jobs);
    const auto run_share = [&](std::uint32_t worker, Tally& tally) {
      return run_share_of(shares, worker, begin, end, tally);
    };
    own_tapes_.clear();
    Finds finds;
    if (!fork_workers(options_.jobs, run_share, tally_, finds)) {
      stop(CampaignEnd::diverged);
      result_.divergence = "a worker process ended unexpectedly";
      return;
    }
    next_ = end;
    const double took = watch_.elapsed().seconds() - begin_seconds;
    if (took < round_seconds_min) round_ = std::min(round_ * 2, learning_period);
    if (took > round_seconds_max) round_ = std::max<std::uint64_t>(round_ / 2, 1);
    for (const Find& find : finds)
      if (!over_) replay_hit(find);
    if (!over_) out_of_budget();
  }

  /// The first executions of the share that broke properties not known yet.
  Finds run_share_of(const Shares& shares, std::uint32_t worker, std::uint64_t begin,
                     std::uint64_t end, Tally& tally) {
    Finds finds;
    for (std::uint64_t i = begin; i < end; ++i) {
      if (shares.owner(i) != worker) continue;
      Strategy& strategy = part(i);
      strategy.begin(derive_seed(options_.seed, i));
      const std::uint64_t orders = subject_.lock_orders();
      const Execution& done = subject_.run(strategy);
      strategy.end(Learn::no);
      // This process knows; of another one's executions it has to be told.
      if (subject_.lock_orders() != orders) {
        if (worker == 0)
          note_order(i);
        else
          finds.add(fmt::format("lock order {}", subject_.lock_orders()), i);
      }
      if (strategy.redundant()) continue;
      tally.add(done.fingerprint, done.steps);
      if (!done.violated() || is_known(done.violation->property)) continue;
      if (!finds.add(done.violation->property, i)) continue;
      if (strategy.order() == Strategy::Order::sequential)
        own_tapes_.push_back({i, tape_of(subject_)});
      if (!options_.keep_going) break;
    }
    return finds;
  }

  [[nodiscard]] bool is_known(const std::string& property) const {
    return std::any_of(result_.hits.begin(), result_.hits.end(),
                       [&](const Hit& hit) { return hit.property == property; });
  }

  void replay_hit(const Find& find) {
    Strategy& strategy = part(find.execution);
    const std::uint64_t orders = subject_.lock_orders();
    const auto own = std::find_if(own_tapes_.begin(), own_tapes_.end(),
                                  [&](const OwnTape& o) { return o.execution == find.execution; });
    if (own != own_tapes_.end()) {
      TapeStrategy again(own->tape);
      again.begin(0);
      subject_.run(again);
    } else {
      strategy.begin(derive_seed(options_.seed, find.execution));
      subject_.run(strategy);
    }
    if (subject_.lock_orders() != orders) note_order(find.execution);
    if (subject_.last().violated()) hit(std::string(strategy.name()), find.execution);
  }

  /// Two locks taken in both orders are a deadlock that did not happen yet; a complete search, or
  /// one that found the deadlock itself, knows better.
  void report_inversion() {
    if (subject_.lock_order_inversion().empty() || result_.end == CampaignEnd::complete ||
        !result_.hits.empty())
      return;
    std::vector<std::size_t> shown = showing_inversion(subject_, order_tapes_);
    if (shown.empty()) return;
    const std::size_t last = shown.back();
    shown.pop_back();
    // The message tells what these show, not what all have shown.
    Hit hit;
    hit.property = inversion_property;
    hit.message = subject_.lock_order_inversion();
    hit.strategy = options_.strategy;
    hit.fingerprint = subject_.last().fingerprint;
    hit.steps = subject_.last().steps;
    hit.execution = orders_[last];
    hit.tape = order_tapes_[last];
    for (const std::size_t index : shown) hit.earlier.push_back(order_tapes_[index]);
    if (on_hit_) on_hit_(hit);
    result_.hits.push_back(std::move(hit));
  }

  Subject& subject_;
  const CampaignOptions& options_;
  Strategies strategies_;
  const std::function<void(const Hit&)>& on_hit_;
  Stopwatch watch_;
  CampaignResult result_;
  Tally tally_;
  std::vector<RecordedPick> same_picks_;
  /// What searches, which cannot be asked for one execution again, found in this round.
  struct OwnTape {
    std::uint64_t execution;
    Tape tape;
  };
  std::vector<OwnTape> own_tapes_;
  std::vector<std::uint64_t> orders_;  ///< executions that took locks in an order new until then
  std::vector<Tape> order_tapes_;      ///< theirs
  std::int64_t saved_ms_ = 0;
  kev::Errors unsaved_;
  std::uint64_t next_ = 0;
  std::uint64_t round_ = 512;      ///< executions of each strategy in a round of several jobs
  std::uint64_t sweep_first_ = 0;  ///< executions before the strategies take turns
  bool over_ = false;
};

}  // namespace

kev::Result<CampaignResult> run_campaign(Subject& subject, const CampaignOptions& options,
                                         const std::function<void(const Hit&)>& on_hit) {
  auto strategies = strategies_for(options.strategy, subject);
  if (!strategies) return tl::unexpected<kev::Errors>(strategies.error());
  Campaign campaign(subject, options, std::move(*strategies), on_hit);
  return campaign.run();
}

}  // namespace sim
