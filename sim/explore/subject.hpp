#pragma once
// What is explored: something that can be run again and again under a strategy.

#include <functional>
#include <memory>

#include "sim/instrument/program.hpp"
#include "sim/instrument/runtime.hpp"

namespace sim {

class Subject {
 public:
  virtual ~Subject() = default;

  /// One execution, from the beginning.
  virtual void run(Strategy& strategy) = 0;
  [[nodiscard]] virtual Runtime& runtime() = 0;
  /// Code places are told by file and line from now on, which takes longer.
  virtual void name_lines() = 0;
};

/// A whole program.
class ProgramSubject final : public Subject {
 public:
  explicit ProgramSubject(std::unique_ptr<Program> program) : program_(std::move(program)) {}
  void run(Strategy& strategy) override { program_->run(strategy); }
  Runtime& runtime() override { return program_->runtime(); }
  void name_lines() override { program_->name_lines(); }

 private:
  std::unique_ptr<Program> program_;
};

/// A function. What it captures is not restored between executions: it creates what it needs.
class CallSubject final : public Subject {
 public:
  CallSubject(std::function<void()> body, const RuntimeOptions& options);
  void run(Strategy& strategy) override;
  Runtime& runtime() override { return runtime_; }
  void name_lines() override {}

 private:
  static void* call(void* subject);

  Runtime runtime_;
  std::function<void()> body_;
};

}  // namespace sim
