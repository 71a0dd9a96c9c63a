#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "sim/validate/reference.hpp"
#include "tools/commands.hpp"
#include "tools/console.hpp"

namespace sim {

namespace {

using Json = nlohmann::ordered_json;

Json list_of(const std::vector<Mismatch>& mismatches) {
  Json list = Json::array();
  for (const Mismatch& mismatch : mismatches)
    list.push_back({{"reference", mismatch.reference},
                    {"case", mismatch.name},
                    {"difference", mismatch.difference}});
  return list;
}

std::string json_of(const Validation& validation) {
  Json json = {{"rows", Json::array()}};
  for (const ReferenceRow& row : validation.rows)
    json["rows"].push_back({{"reference", row.reference},
                            {"cases", row.cases},
                            {"passed", row.passed},
                            {"compared", row.compared},
                            {"tolerance", row.tolerance},
                            {"value", row.value},
                            {"unit", row.unit}});
  json["mismatches"] = list_of(validation.mismatches);
  json["tolerated"] = list_of(validation.tolerated);
  json["notes"] = validation.notes;
  json["errors"] = Json::array();
  for (const kev::Error& error : validation.errors)
    json["errors"].push_back({{"file", error.place.file}, {"message", error.message}});
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string result_of(const ReferenceRow& row) {
  std::string count = fmt::format("{} of {}", row.passed, row.cases);
  if (row.unit == "1") return count;
  return fmt::format("{:.3f} {}, {}", row.value, row.unit, count);
}

std::string table_of(const Validation& validation) {
  std::vector<std::array<std::string, 4>> lines = {
      {"reference", "what is compared", "tolerance", "result"}};
  for (const ReferenceRow& row : validation.rows)
    lines.push_back({row.reference, row.compared, row.tolerance, result_of(row)});
  std::array<std::size_t, 4> widths{};
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  std::string text;
  for (std::size_t n = 0; n < lines.size(); ++n) {
    const auto& line = lines[n];
    const bool failed = n != 0 && !validation.rows[n - 1].ok();
    text += fmt::format("{:<{}}  {:<{}}  {:<{}}  {}{}\n", line[0], widths[0], line[1], widths[1],
                        line[2], widths[2], line[3], failed ? "  DIFFERS" : "");
  }
  return text;
}

std::string text_of(const std::vector<Mismatch>& mismatches) {
  std::string text;
  for (const Mismatch& mismatch : mismatches) {
    text += fmt::format("{} {}: {}", mismatch.reference, mismatch.name, mismatch.difference);
    if (text.back() != '\n') text += '\n';
  }
  return text;
}

/// Differences that are too many or too large, the table, differences that are not.
std::string text_of(const Validation& validation) {
  std::string text = text_of(validation.mismatches);
  if (!text.empty()) text += '\n';
  if (validation.rows.empty()) return text;
  std::uint64_t cases = 0;
  std::uint64_t passed = 0;
  for (const ReferenceRow& row : validation.rows) {
    cases += row.cases;
    passed += row.passed;
  }
  text += table_of(validation);
  text += fmt::format("\n{} cases compared, {} pass, {} do not\n", cases, passed, cases - passed);
  if (!validation.tolerated.empty())
    text += "\nwithin the tolerance:\n" + text_of(validation.tolerated);
  return text;
}

ExitCode code_of(const Validation& validation) {
  if (!validation.errors.empty()) return ExitCode::bad_usage;
  const bool all_well = std::all_of(validation.rows.begin(), validation.rows.end(),
                                    [](const ReferenceRow& row) { return row.ok(); });
  if (!all_well) return ExitCode::violated;
  return validation.rows.empty() ? ExitCode::incomplete : ExitCode::ok;
}

}  // namespace

ExitCode validate_command(const ValidateArguments& arguments) {
  const Console console(arguments.output);
  const std::string folder = arguments.folder.empty() ? KEVSIM_REFERENCES : arguments.folder;
  const Validation validation = [&] {
    const Console::Status status(console, "comparing with recorded references ...");
    return validate_references(folder);
  }();
  console.print_errors(validation.errors);
  for (const std::string& note : validation.notes) console.remark(note + "\n");
  if (validation.rows.empty() && validation.errors.empty())
    console.remark(fmt::format("no references in {}\n", folder));
  console.print(console.json() ? json_of(validation) : text_of(validation));
  return code_of(validation);
}

}  // namespace sim
