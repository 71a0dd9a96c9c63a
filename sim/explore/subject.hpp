#pragma once
// What is explored: something that can be run again and again under a strategy, each time from the
// beginning. Campaigns, shrinking and explaining know subjects by this only.
//
// Invariants: an execution depends on the strategy's answers and on nothing else, so that the same
// picks give the same fingerprint, in any process. A subject asks a question only where there is a
// choice, and for strategies that see steps also where there is none.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/schedule/execution.hpp"
#include "sim/schedule/strategy.hpp"

namespace sim {

/// One step of an execution, in words.
struct ShownStep {
  std::uint32_t thread = 0;
  std::uint32_t at = 0;               ///< as RecordedPick::at of the pick that decided it
  bool waits = false;                 ///< it was never taken: the thread waits for ever
  bool by_machine = false;            ///< by a device or an interrupt, not by a thread
  std::string operation;              ///< "lock"
  std::string object;                 ///< "ready_lock"; empty: it has none
  std::optional<std::int64_t> value;  ///< that was read or written
  std::string points_to;              ///< the value is an address: of what
  std::string place;                  ///< "file.c:12  x = 1;"; empty: not known
  std::size_t choice = 0;             ///< the row is none, but the pick of that number, from 1
};

/// Something in the workload that there may be less of: calls, clients, faults.
struct WorkloadPart {
  std::string group;       ///< what it is part of; those of a group may go together
  std::string name;        ///< unlike the others'
  std::int64_t value = 0;  ///< in executions from now on
  std::int64_t least = 0;
};

class Subject {
 public:
  virtual ~Subject() = default;

  /// One execution. Afterwards last() says what it came to.
  const Execution& run(Strategy& strategy) {
    execute(strategy, last_);
    return last_;
  }
  [[nodiscard]] const Execution& last() const { return last_; }

  /// One execution with every step recorded; slow. Afterwards last() as for run().
  [[nodiscard]] std::vector<ShownStep> trace(Strategy& strategy) {
    return execute_traced(strategy, last_);
  }
  /// Code places are told by file and line from now on, which takes longer.
  virtual void name_lines() {}
  /// In executions that are traced, the process stops for its debugger (SIGTRAP) when the step of
  /// this number has been taken, counted from 1; 0: never.
  virtual void stop_after(std::uint32_t /*step*/) {}
  [[nodiscard]] virtual std::string thread_name(std::uint32_t thread) const = 0;
  /// In the last execution: a device or an interrupt, whose turns nobody gives.
  [[nodiscard]] virtual bool is_of_machine(std::uint32_t /*thread*/) const { return false; }
  /// By the ids that picks of the last execution have.
  [[nodiscard]] virtual std::string object_name(std::uint32_t object) const = 0;
  /// Two locks were taken in opposite orders, in one execution or in several; empty: never.
  [[nodiscard]] virtual std::string lock_order_inversion() const { return {}; }
  /// How many orders of two locks were seen so far, in all executions.
  [[nodiscard]] virtual std::uint64_t lock_orders() const { return 0; }
  /// From now on as if there had been no execution.
  virtual void forget_lock_orders() {}
  /// It asks whether faults strike.
  [[nodiscard]] virtual bool has_faults() const { return false; }
  /// What a failure may do without.
  [[nodiscard]] virtual std::vector<WorkloadPart> parts() const { return {}; }
  /// One value for each, between its least one and what it is in the whole workload.
  virtual void set_parts(const std::vector<std::int64_t>& /*values*/) {}
  /// An execution of more steps breaks `step_limit`.
  [[nodiscard]] virtual std::uint32_t step_limit() const = 0;

 private:
  virtual void execute(Strategy& strategy, Execution& execution) = 0;
  virtual std::vector<ShownStep> execute_traced(Strategy& strategy, Execution& execution) = 0;

  Execution last_;
};

}  // namespace sim
