#pragma once
// Values of options, from text. Errors name the option.

#include <cstdint>
#include <string>
#include <vector>

#include "model/base/result.hpp"
#include "sim/scenario/catalog.hpp"
#include "sim/scenario/document.hpp"
#include "sim/world/run.hpp"
#include "tools/arguments.hpp"

namespace sim {

/// Decimal, 0x and hexadecimal, or a 40-digit git hash (its first 13 digits: 52 bits survive every
/// JSON reader).
kev::Result<std::uint64_t> parse_seed(const std::string& text);

/// A duration above zero; empty is never.
kev::Result<kev::Instant> parse_until(const std::string& text);

/// Empty is never. `option` is named in errors.
kev::Result<kev::Instant> parse_time_limit(const char* option, const std::string& text);

/// A whole number above zero; k, M and G stand for thousands, millions, billions.
kev::Result<std::uint64_t> parse_count(const char* option, const std::string& text);

struct Timing {
  ReplayTiming kind = ReplayTiming::recorded;
  double factor = 1;
};

/// recorded | asap | xFACTOR: x0.5 replays in half of the recorded time.
kev::Result<Timing> parse_timing(const std::string& text);

/// Refuses a trace that would take the place of what is read. Files may not exist.
kev::Result<bool> check_trace_path(const std::string& trace_path,
                                   const std::vector<std::string>& inputs);

/// --set and --designs as overrides of the scenario; `--designs all` is every design there is.
std::vector<Override> overrides_of(const SimulationArguments& arguments, const Catalog& catalog);

}  // namespace sim
