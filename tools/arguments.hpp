#pragma once
// What was typed, command by command, before it is understood: options.cpp fills these, the
// commands read them.

#include <cstdint>
#include <string>
#include <vector>

namespace sim {

struct OutputArguments {
  std::string format = "text";  ///< text | json
  bool quiet = false;
  bool no_color = false;
};

/// What run and replay share.
struct SimulationArguments {
  std::string seed = "1";
  std::string until;
  std::string designs;
  std::string trace_path;
  std::vector<std::string> set;
  bool check_determinism = false;
};

struct RunArguments {
  OutputArguments output;
  SimulationArguments simulation;
  std::vector<std::string> scenarios;
};

struct ReplayArguments {
  OutputArguments output;
  SimulationArguments simulation;
  std::string trace;
  std::string from = "auto";  ///< auto | strace | disksim-validate
  std::string disk;           ///< of disksim-validate: an hdd profile
  std::string timing = "recorded";
  std::string on;  ///< a scenario; empty: the built-in machine
};

struct CheckArguments {
  OutputArguments output;
  std::vector<std::string> scenarios;
  std::vector<std::string> set;
  bool resolved = false;
};

struct ListArguments {
  OutputArguments output;
  std::string kind;
};

struct ValidateArguments {
  OutputArguments output;
  std::string folder;  ///< of references; empty: the project's own
};

struct ExploreArguments {
  OutputArguments output;
  std::vector<std::string> scenarios;
  std::vector<std::string> set;
  std::string program;
  std::vector<std::string> defines;
  std::string compiler;
  std::string strategy = "portfolio";
  std::string executions;  ///< empty: 10k, or no limit where another one is given
  std::string time;
  std::string seed = "1";
  std::uint32_t jobs = 1;
  std::uint32_t step_limit = 20'000;
  std::string findings = "findings";
  bool keep_going = false;
  bool no_races = false;
  bool plain_points = false;
  bool spurious = false;
  std::string campaign;
  bool resume = false;
};

struct ReproduceArguments {
  OutputArguments output;
  std::string finding;
  std::uint32_t to = 0xFFFFFFFF;
  std::uint32_t break_at = 0;
  std::string program;
  std::string then;
};

struct ShrinkArguments {
  OutputArguments output;
  std::string finding;
  double seconds = 30;
};

struct BankArguments {
  OutputArguments output;
  std::string strategy = "portfolio";  ///< names with commas, or all
  std::string bugs;                    ///< names with commas; empty: every one
  std::string budget = "10k";
  std::string deep_budget = "200k";
  std::uint32_t seeds = 30;
  std::uint32_t give_up = 0;
  std::uint32_t control = 10;
  std::uint32_t jobs = 1;
};

struct Arguments {
  RunArguments run;
  ReplayArguments replay;
  CheckArguments check;
  ListArguments list;
  ValidateArguments validate;
  ExploreArguments explore;
  ReproduceArguments reproduce;
  ShrinkArguments shrink;
  BankArguments bank;
};

}  // namespace sim
