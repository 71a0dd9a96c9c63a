#pragma once
// Unmodified code as a subject of exploration: a whole program, or a function of this one. Both run
// on the Runtime's fibers; one subject a process at a time.

#include <functional>
#include <memory>

#include "sim/explore/subject.hpp"
#include "sim/instrument/program.hpp"
#include "sim/instrument/runtime.hpp"

namespace sim {

/// What runs on a Runtime.
class RuntimeSubject : public Subject {
 public:
  [[nodiscard]] virtual Runtime& runtime() = 0;
  [[nodiscard]] virtual const Runtime& runtime() const = 0;
  void stop_after(std::uint32_t step) override { runtime().stop_after(step); }
  [[nodiscard]] std::string thread_name(std::uint32_t thread) const override;
  [[nodiscard]] std::string object_name(std::uint32_t object) const override;
  [[nodiscard]] std::string lock_order_inversion() const override;
  [[nodiscard]] std::uint64_t lock_orders() const override;
  void forget_lock_orders() override { runtime().forget_lock_orders(); }
  [[nodiscard]] std::uint32_t step_limit() const override { return runtime().step_limit(); }

 private:
  virtual void run_once(Strategy& strategy) = 0;
  void execute(Strategy& strategy, Execution& execution) final;
  std::vector<ShownStep> execute_traced(Strategy& strategy, Execution& execution) final;
};

/// A whole program.
class ProgramSubject final : public RuntimeSubject {
 public:
  explicit ProgramSubject(std::unique_ptr<Program> program) : program_(std::move(program)) {}
  [[nodiscard]] Runtime& runtime() override { return program_->runtime(); }
  [[nodiscard]] const Runtime& runtime() const override { return program_->runtime(); }
  void name_lines() override { program_->name_lines(); }

 private:
  void run_once(Strategy& strategy) override { program_->run(strategy); }

  std::unique_ptr<Program> program_;
};

/// A function. What it captures is not restored between executions: it creates what it needs.
class CallSubject final : public RuntimeSubject {
 public:
  CallSubject(std::function<void()> body, const RuntimeOptions& options);
  [[nodiscard]] Runtime& runtime() override { return runtime_; }
  [[nodiscard]] const Runtime& runtime() const override { return runtime_; }

 private:
  static void* call(void* subject);
  void run_once(Strategy& strategy) override;

  Runtime runtime_;
  std::function<void()> body_;
};

}  // namespace sim
