#pragma once
// The report of runs as JSON, for scripts. The keys of `kevsim run` and `kevsim replay` are stable;
// more may be added.
//
// Seeds are numbers; fingerprints are strings of 16 hexadecimal digits, because most JSON readers
// keep only 53 bits of a number. Figures that are not finite are null.

#include <cstdint>
#include <string>
#include <vector>

#include "model/base/result.hpp"
#include "sim/report/summary.hpp"

namespace sim {

/// One object, indented, without a newline at the end.
std::string json_report(const RunSummary& summary);

/// `{seed, scenario, errors: [{file, line, column, message, hint}]}`: a run that could not begin.
std::string json_errors(std::uint64_t seed, const std::string& scenario, const kev::Errors& errors);

/// `[{file, line, column, message, hint}]`
std::string json_error_list(const kev::Errors& errors);

/// An object for one input; a list for several, also when fewer could be dealt with.
enum class JsonShape { object, list };

/// One document. Ends in a newline. Requires one object unless it is a list.
std::string json_document(const std::vector<std::string>& objects, JsonShape shape);

}  // namespace sim
