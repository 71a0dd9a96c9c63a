#pragma once
// A scenario as a subject of exploration: the real code on the simulated machine, with every rule
// of the kernel and every property of the workload watched.
//
// Threads of the strategy are the machine's threads and interrupts, and its devices
// (sim/kernel/exploration.hpp). An execution that breaks nothing runs until nothing can happen any
// more; then the drain must leave nothing over.
// The machine is built once, in an arena, and put back for each execution by one copy; when the
// scenario's [explore] lets executions differ, it is built for each.

#include <memory>
#include <optional>

#include "model/base/result.hpp"
#include "sim/engine/arena.hpp"
#include "sim/explore/subject.hpp"
#include "sim/schedule/pick_recorder.hpp"
#include "sim/world/explored_run.hpp"
#include "sim/world/lock_orders.hpp"

namespace sim {

/// Which instantiation of the code under test is explored, and its watch: sim/explored has one.
/// Without, the plain one is.
struct WatchedCode {
  std::unique_ptr<OrderWatch> watch;
  std::unique_ptr<SimPlatform> (*make_platform)(Machine& machine) = nullptr;
};

class WorldSubject final : public Subject {
 public:
  /// Explores one design of the scenario, or its only program. Errors: a kind of workload that
  /// cannot be explored, files that do not fit the disk.
  [[nodiscard]] static kev::Result<std::unique_ptr<WorldSubject>> make(Scenario scenario,
                                                                       std::string design,
                                                                       WatchedCode code = {});
  /// The same for a run of one's own. `make_run` must answer the same each time.
  using MakeRun = std::unique_ptr<ExploredRun> (*)(const ExploredOptions& options);
  WorldSubject(Scenario scenario, std::string design, MakeRun make_run, WatchedCode code = {});
  ~WorldSubject() override;

  void name_lines() override { lines_ = true; }
  void stop_after(std::uint32_t step) override { stop_after_ = step; }
  [[nodiscard]] std::string thread_name(std::uint32_t thread) const override;
  [[nodiscard]] std::string object_name(std::uint32_t object) const override;
  [[nodiscard]] std::uint32_t step_limit() const override;
  [[nodiscard]] bool has_faults() const override { return !scenario_.faults.empty(); }
  [[nodiscard]] std::string lock_order_inversion() const override { return orders_.inversion(); }
  [[nodiscard]] std::uint64_t lock_orders() const override { return orders_.count(); }
  void forget_lock_orders() override { orders_ = {}; }
  /// ExploredRun::outcome() of the last execution.
  [[nodiscard]] std::uint64_t outcome() const { return run_->outcome(); }
  /// How often places of the bug that is on were reached in the last execution.
  [[nodiscard]] std::uint64_t bug_reached() const {
    return run_->machine().kernel.bugs().reached();
  }
  /// With the parts of now.
  [[nodiscard]] const Scenario& scenario() const { return scenario_; }
  [[nodiscard]] bool is_of_machine(std::uint32_t thread) const override {
    return thread < device_count ||
           run_->machine().kernel.exploration().context(thread)->in_interrupt();
  }
  [[nodiscard]] std::vector<WorkloadPart> parts() const override;
  void set_parts(const std::vector<std::int64_t>& values) override;

 private:
  void execute(Strategy& strategy, Execution& execution) override;
  std::vector<ShownStep> execute_traced(Strategy& strategy, Execution& execution) override;
  void name_accesses(std::vector<ShownStep>& steps, const std::vector<std::uint32_t>& places,
                     const std::vector<std::uint32_t>& objects);
  static void on_step(void* subject, const Operation& step);
  void renew();
  void discard();
  void build();
  void mark();
  bool vary();
  void vary_calls();

  std::unique_ptr<OrderWatch> watch_;  ///< null: nobody
  Scenario whole_;
  Scenario scenario_;  ///< what of it is explored: shrinking leaves parts out
  Scenario varied_;    ///< as the execution has it
  ExploredOptions options_;
  MakeRun make_run_;
  PickRecorder picks_;
  StackPool stacks_;
  std::optional<Arena> arena_;       ///< where the world lies, from the second execution on
  std::vector<std::int64_t> parts_;  ///< empty: all
  bool warm_ = false;
  bool outdated_ = false;  ///< the world was made for another scenario
  std::unique_ptr<ExploredRun> run_;
  BrokenProperty broken_;
  LockOrders orders_;
  bool tracing_ = false;
  std::uint32_t stop_after_ = 0;      ///< as in Subject
  std::uint32_t steps_told_ = 0;      ///< of the execution that is traced
  bool lines_ = false;                ///< steps are told with file and line
  std::vector<std::uint32_t> words_;  ///< of memory that were shown, in order
};

}  // namespace sim
