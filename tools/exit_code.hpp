#pragma once
// What the command's exit code tells scripts. Stable.

namespace sim {

enum class ExitCode : int {
  ok = 0,             ///< what the scenario expects happened
  violated = 1,       ///< a property was broken or a limit is not met
  bad_usage = 2,      ///< the command line, a scenario or a trace is wrong
  incomplete = 3,     ///< work was left undone or unmatched, or the report was not written
  divergence = 4,     ///< the same run gave two results
  internal = 70,      ///< our own bug
  interrupted = 130,  ///< Ctrl-C
};

/// What to exit with after two runs: the one that says more.
ExitCode worse(ExitCode one, ExitCode other);

}  // namespace sim
