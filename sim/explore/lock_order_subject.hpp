#pragma once
// Locks that are taken in opposite orders are a deadlock that has not happened yet. What shows it
// may be several executions, none of which breaks anything; here they are made one subject, whose
// execution fails: first the earlier ones are run again by their tapes, then the one under the
// strategy, and nothing is known of orders before. So such a finding reproduces, shrinks and is
// explained like any other.
//
// The table of an execution that is traced has the earlier ones below it.

#include <optional>
#include <string>
#include <vector>

#include "sim/explore/subject.hpp"
#include "sim/explore/tape.hpp"

namespace sim {

inline constexpr const char* inversion_property = "lock_order_inversion";

/// Of executions that have shown orders of locks, by their places in the list, those that it takes
/// to show an inversion; usually one or two. Empty: all of them together show none. Afterwards the
/// subject knows what these have shown, and nothing else.
[[nodiscard]] std::vector<std::size_t> showing_inversion(Subject& subject,
                                                         const std::vector<Tape>& tapes);

class LockOrderSubject final : public Subject {
 public:
  /// `subject` outlives it.
  LockOrderSubject(Subject& subject, std::vector<Tape> earlier)
      : subject_(subject), earlier_(std::move(earlier)) {}

  void name_lines() override { subject_.name_lines(); }
  void stop_after(std::uint32_t step) override { stop_after_ = step; }
  [[nodiscard]] std::string thread_name(std::uint32_t thread) const override {
    return subject_.thread_name(thread);
  }
  [[nodiscard]] bool is_of_machine(std::uint32_t thread) const override {
    return subject_.is_of_machine(thread);
  }
  [[nodiscard]] std::string object_name(std::uint32_t object) const override {
    return subject_.object_name(object);
  }
  [[nodiscard]] bool has_faults() const override { return subject_.has_faults(); }
  [[nodiscard]] std::vector<WorkloadPart> parts() const override { return subject_.parts(); }
  void set_parts(const std::vector<std::int64_t>& values) override { subject_.set_parts(values); }
  [[nodiscard]] std::uint32_t step_limit() const override { return subject_.step_limit(); }

 private:
  void execute(Strategy& strategy, Execution& execution) override;
  std::vector<ShownStep> execute_traced(Strategy& strategy, Execution& execution) override;
  void judge(Execution& execution);

  Subject& subject_;
  std::vector<Tape> earlier_;
  BrokenProperty broken_;
  std::uint32_t stop_after_ = 0;
};

/// The subject whose single executions can break the property: `subject` itself, or for lock orders
/// the one that is made of it in `place`.
[[nodiscard]] Subject& judged_alone(Subject& subject, const std::string& property,
                                    const std::vector<Tape>& earlier,
                                    std::optional<LockOrderSubject>& place);

}  // namespace sim
