#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/report/json_report.hpp"
#include "sim/scenario/loader.hpp"
#include "sim/world/run.hpp"
#include "tools/commands.hpp"
#include "tools/console.hpp"

namespace sim {

namespace {

using Json = nlohmann::ordered_json;

Json check_json(const std::string& path, const kev::Result<Scenario>& scenario, bool resolved) {
  Json json = {{"scenario", path}, {"ok", scenario.has_value()}};
  json["errors"] = scenario ? Json::array() : Json::parse(json_error_list(scenario.error()));
  if (scenario && resolved) json["resolved"] = to_toml(*scenario);
  return json;
}

std::string dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

ExitCode check_command(const CheckArguments& arguments) {
  const Console console(arguments.output);
  const Catalog names = catalog();
  std::vector<Override> overrides;
  for (const std::string& text : arguments.set) overrides.push_back({text, "--set"});
  ExitCode code = ExitCode::ok;
  std::vector<std::string> objects;
  for (const std::string& path : arguments.scenarios) {
    const kev::Result<Scenario> scenario = load_scenario(path, names, overrides);
    if (!scenario) {
      console.print_errors(scenario.error());
      code = ExitCode::bad_usage;
    }
    if (console.json())
      objects.push_back(dump(check_json(path, scenario, arguments.resolved)));
    else if (scenario && arguments.resolved)
      console.print(fmt::format("# {}\n{}", path, to_toml(*scenario)));
    else if (scenario && !arguments.output.quiet)
      console.print(fmt::format("{}: ok\n", path));
  }
  if (console.json())
    console.print(json_document(objects, objects.size() > 1 ? JsonShape::list : JsonShape::object));
  return code;
}

}  // namespace sim
