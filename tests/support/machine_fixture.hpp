#pragma once
// A machine without devices, in timing mode or under a random schedule, for tests of kernel code.

#include <functional>
#include <memory>
#include <string>

#include "sim/explored/explored.hpp"
#include "sim/machine/process_calls.hpp"
#include "sim/schedule/random_chooser.hpp"

namespace test {

inline sim::MachineOptions timing(int cpus = 1) {
  sim::MachineOptions options;
  options.kernel.cpus = cpus;
  options.kernel.costs = sim::find_cost_profile("athlon64-3500");
  return options;
}

inline sim::MachineOptions exploring(int cpus, sim::OrderWatch* watch = nullptr) {
  sim::MachineOptions options;
  options.kernel.cpus = cpus;
  options.kernel.costs = sim::find_cost_profile("none");
  options.kernel.explore = true;
  options.kernel.watch = watch;
  return options;
}

/// In timing mode when seed is 0, else under the random strategy with that seed: then the code
/// under test is the explored instantiation, and data races break a promise.
class TestMachine {
 public:
  explicit TestMachine(int cpus = 1, std::uint64_t seed = 0)
      : TestMachine(cpus, seed, seed == 0 ? nullptr : sim::make_watch()) {}
  /// Of many machines that share a watch, which takes long to make; null: the plain instantiation.
  TestMachine(int cpus, std::uint64_t seed, std::shared_ptr<sim::OrderWatch> watch)
      : random_(seed),
        watch_(std::move(watch)),
        machine_(seed == 0 ? static_cast<sim::Chooser&>(plain_) : random_,
                 seed == 0 ? timing(cpus) : exploring(cpus, watch_.get())),
        platform_(watch_ == nullptr ? std::make_unique<sim::SimPlatform>(machine_)
                                    : sim::make_explored_platform(machine_)),
        calls_(*platform_) {}

  sim::Machine* operator->() { return &machine_; }
  sim::Machine& machine() { return machine_; }
  sim::Kernel& kernel() { return machine_.kernel; }
  sim::SimPlatform& platform() { return *platform_; }
  sim::ProcessCalls& calls() { return calls_; }

  sim::Thread& thread(std::string name, std::function<void()> body) {
    return kernel().spawn(std::move(name), sim::ContextKind::process, std::move(body));
  }
  /// Until nothing happens any more. Then contexts that did not end are unwound, so that what the
  /// test declared after the machine may go first.
  void run() {
    kernel().run();
    kernel().shut_down();
  }

  /// "property: message" of the first violation, empty when there is none.
  std::string violation() {
    if (kernel().violations().empty()) return {};
    const sim::Violation& first = kernel().violations().front();
    return first.property + ": " + first.message;
  }
  /// The property alone.
  std::string broken() {
    return kernel().violations().empty() ? "" : kernel().violations().front().property;
  }
  /// Every thread has ended.
  bool all_ended() {
    for (const auto& thread : kernel().threads())
      if (thread->state() != sim::ThreadState::dead) return false;
    return true;
  }

 private:
  sim::PlainChooser plain_;
  sim::RandomChooser random_;
  std::shared_ptr<sim::OrderWatch> watch_;
  sim::Machine machine_;
  std::unique_ptr<sim::SimPlatform> platform_;
  sim::ProcessCalls calls_;
};

}  // namespace test
