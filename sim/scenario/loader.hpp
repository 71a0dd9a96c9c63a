#pragma once
// Scenario files to typed scenarios. All that is wrong with a file is reported at once, each with
// its place and, where there is one, a hint; values given with --set are checked by the same table.
//
// Errors come sorted by place, the file's before the overrides'. sim/report/diagnostics.hpp prints
// them.

#include <string>
#include <string_view>
#include <vector>

#include "model/base/result.hpp"
#include "sim/scenario/catalog.hpp"
#include "sim/scenario/document.hpp"
#include "sim/scenario/scenario.hpp"

namespace sim {

kev::Result<Scenario> load_scenario(const std::string& path, const Catalog& catalog,
                                    const std::vector<Override>& overrides = {});

/// The same from text; `path` is for messages and for Scenario::path.
kev::Result<Scenario> parse_scenario(std::string_view text, const std::string& path,
                                     const Catalog& catalog,
                                     const std::vector<Override>& overrides = {});

/// The machine with every default, for replaying a trace without a scenario.
kev::Result<Scenario> default_scenario(const Catalog& catalog,
                                       const std::vector<Override>& overrides = {});

/// A scenario file that says all of it, defaults included; parse_scenario reads the same value
/// back.
std::string to_toml(const Scenario& scenario);

/// One line for people: CPU, memory, disks, cache, links.
std::string describe_machine(const Scenario& scenario);

}  // namespace sim
