#pragma once
// What was typed, command by command, before it is understood: options.cpp fills these, the
// commands read them.

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
  std::string from = "auto";  ///< auto | strace
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

struct Arguments {
  RunArguments run;
  ReplayArguments replay;
  CheckArguments check;
  ListArguments list;
  ValidateArguments validate;
};

}  // namespace sim
