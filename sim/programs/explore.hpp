#pragma once
// Explores plain C++ code in a test:
//
//   const kevsim::Result result = kevsim::explore([] {
//     std::mutex mutex;
//     ...
//     std::thread a([&] { ... });
//     a.join();
//   });
//   CHECK(result.property == "");
//
// The test's CMake target says kevsim_explored(TARGET): it is compiled with -fsanitize=thread, and
// std::thread, std::mutex, std::condition_variable, atomics, allocation and clocks are ours while
// the function runs. The function is run many times; what it shares between threads it creates
// itself, for nothing outside of it is put back between executions.
//
// One exploration at a time in a process. What memcpy and its kin touch is not watched.

#include <cstdint>
#include <functional>
#include <string>

namespace kevsim {

struct Options {
  std::string strategy = "portfolio";  ///< see sim/schedule/strategies.cpp
  std::uint64_t executions = 10'000;
  std::uint64_t seed = 1;
  bool races = true;
  bool plain_points = false;  ///< preempt at plain accesses, too
  bool spurious = false;      ///< waits on condition variables may end by themselves
};

struct Result {
  std::string property;  ///< what was broken: "lost_wakeup", "deadlock", "data_race", ...; or empty
  std::string message;
  std::string table;            ///< the simplest such execution, threads side by side
  std::uint64_t execution = 0;  ///< the first one that broke it
  std::uint64_t executions = 0;
  bool complete = false;  ///< every execution there is was run (dfs, odpor)
};

/// Fails a check when the strategy does not exist.
[[nodiscard]] Result explore(const std::function<void()>& body, const Options& options = {});

}  // namespace kevsim
