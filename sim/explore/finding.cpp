#include "sim/explore/finding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace sim {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Json tape_json(const Tape& tape) {
  Json entries = Json::array();
  for (const TapeEntry& entry : tape)
    entries.push_back({{"kind", name_of(entry.kind)},
                       {"picked", entry.picked},
                       {"of", entry.options},
                       {"plain", entry.plain},
                       {"preempts", entry.preempts},
                       {"thread", entry.thread},
                       {"step", entry.step},
                       {"object", entry.object}});
  return entries;
}

Tape tape_from(const Json& entries) {
  Tape tape;
  for (const Json& json : entries) {
    TapeEntry entry;
    entry.kind = choice_kind(json.at("kind").get<std::string>());
    entry.picked = json.at("picked");
    entry.options = json.at("of");
    entry.plain = json.at("plain");
    entry.preempts = json.at("preempts");
    entry.thread = json.at("thread");
    entry.step = json.at("step");
    entry.object = json.at("object");
    tape.push_back(std::move(entry));
  }
  return tape;
}

Json tapes_json(const std::vector<Tape>& tapes) {
  Json all = Json::array();
  for (const Tape& tape : tapes) all.push_back(tape_json(tape));
  return all;
}

/// The names that a subject's kind goes by: in finding.json and on the command line.
struct SourceWords {
  const char* path;
  const char* settings;
  const char* command;
  const char* option;
};

/// By SubjectSource::Kind.
constexpr SourceWords source_words[] = {
    {"program", "defines", "--program ", "--define"},
    {"scenario", "settings", "", "--set"},
};

const SourceWords& words_of(const SubjectSource& source) {
  return source_words[static_cast<std::size_t>(source.kind)];
}

Json left_out_json(const std::vector<LeftOut>& parts) {
  Json json = Json::array();
  for (const LeftOut& part : parts)
    json.push_back({{"name", part.name}, {"whole", part.whole}, {"value", part.value}});
  return json;
}

std::vector<LeftOut> left_out_from(const Json& about) {
  std::vector<LeftOut> parts;
  for (const Json& part : about.value("left_out", Json::array()))
    parts.push_back({part.at("name"), part.at("whole"), part.at("value")});
  return parts;
}

Json finding_json(const Finding& finding) {
  const SourceWords& words = words_of(finding.source);
  return {{"property", finding.property},
          {"message", finding.message},
          {words.path, finding.source.path},
          {words.settings, finding.source.settings},
          {"compiler", finding.source.compiler},
          {"seed", finding.seed},
          {"execution", finding.execution},
          {"strategy", finding.strategy},
          {"campaign", finding.campaign},
          {"races", finding.source.races},
          {"step_limit", finding.source.step_limit},
          {"plain_points", finding.source.plain_points},
          {"spurious", finding.source.spurious},
          {"folder", finding.source.folder},
          {"fingerprint", fmt::format("{:016x}", finding.fingerprint)},
          {"steps", finding.steps},
          {"shrunk_steps", finding.shrunk_steps},
          {"left_out", left_out_json(finding.left_out)},
          {"version", finding.version}};
}

SubjectSource source_from(const Json& about) {
  SubjectSource source;
  if (about.contains("scenario")) source.kind = SubjectSource::Kind::scenario;
  const SourceWords& words = words_of(source);
  source.path = about.at(words.path);
  source.settings = about.at(words.settings).get<std::vector<std::string>>();
  source.compiler = about.at("compiler");
  source.races = about.at("races");
  source.step_limit = about.at("step_limit");
  source.plain_points = about.value("plain_points", false);
  source.spurious = about.value("spurious", false);
  source.folder = about.value("folder", "");
  return source;
}

bool write_text(const fs::path& path, const std::string& text) {
  // A reader sees the old file or the new one, never a part.
  const fs::path fresh = path.string() + ".new";
  {
    std::ofstream file(fresh, std::ios::binary);
    file << text;
    if (!file.flush()) return false;
  }
  std::error_code error;
  fs::rename(fresh, path, error);
  return !error;
}

std::string less_of(const std::vector<LeftOut>& parts) {
  return parts.empty() ? std::string() : ", " + describe(parts);
}

std::string readme(const Finding& finding, const std::string& name) {
  const SourceWords& words = words_of(finding.source);
  std::string settings;
  for (const std::string& setting : finding.source.settings)
    settings += fmt::format(" {} {}", words.option, setting);
  if (finding.source.plain_points) settings += " --plain-points";
  if (finding.source.spurious) settings += " --spurious";
  std::string text = fmt::format(
      "# {}\n\n{}\n\nFound by `{}` in execution {} of seed {}: {} steps, {} preemptions.\n",
      finding.property, finding.message, finding.strategy, finding.execution, finding.seed,
      finding.steps, preemptions(finding.tape));
  if (!finding.shrunk.empty() || !finding.table.empty())
    text += fmt::format("Shrunk to {} steps, {} preemptions{}:\n\n{}\n", finding.shrunk_steps,
                        preemptions(finding.shrunk), less_of(finding.left_out), finding.table);
  text += fmt::format(
      "\nSee it again:\n\n    kevsim reproduce {}\n\nFind it again:\n\n    kevsim explore "
      "{}{}{} --strategy {} --seed {}\n",
      name, words.command, finding.source.path, settings, finding.campaign, finding.seed);
  return text;
}

bool write_files(const Finding& finding, const fs::path& folder, const std::string& name) {
  bool well = write_text(folder / "finding.json", finding_json(finding).dump(2) + "\n") &&
              write_text(folder / "tape.json", tape_json(finding.tape).dump(1) + "\n") &&
              write_text(folder / "README.md", readme(finding, name));
  if (!finding.earlier.empty())
    well = write_text(folder / "earlier.json", tapes_json(finding.earlier).dump(1) + "\n") && well;
  if (finding.table.empty()) return well;
  return write_text(folder / "shrunk.json", tape_json(finding.shrunk).dump(1) + "\n") &&
         write_text(folder / "trace.txt", finding.table) && well;
}

kev::Result<Json> read_json(const fs::path& path) {
  std::ifstream file(path);
  Json json = Json::parse(file, nullptr, false);
  if (json.is_discarded())
    return kev::fail("not a finding: cannot read this file", {path.string(), 0, 0},
                     "a folder that kevsim explore wrote");
  return json;
}

}  // namespace

std::string folder_name(const Finding& finding) {
  return fmt::format("{}-{}-{}", finding.property, finding.seed, finding.execution);
}

namespace {

/// Whether a folder holds a finding of the same program or scenario.
bool is_of(const SubjectSource& source, const fs::path& folder) {
  const kev::Result<Json> about = read_json(folder / "finding.json");
  const SourceWords& words = words_of(source);
  return about && about->value(words.path, "") == source.path &&
         about->value(words.settings, Json::array()) == Json(source.settings);
}

fs::path target_of(const Finding& finding, const fs::path& parent) {
  const std::string name = folder_name(finding);
  fs::path target = parent / name;
  for (int n = 2; fs::exists(target) && !is_of(finding.source, target); ++n)
    target = parent / fmt::format("{}-{}", name, n);
  return target;
}

}  // namespace

kev::Result<std::string> write_finding(const Finding& finding, const std::string& parent) {
  std::error_code error;
  const fs::path target = target_of(finding, parent);
  const fs::path fresh = target.string() + ".new";
  fs::remove_all(fresh, error);
  fs::create_directories(fresh, error);
  const fs::path source(finding.source.path);
  if (!finding.source.path.empty()) {
    const fs::path copy = source.filename();
    fs::copy_file(source, fresh / copy, fs::copy_options::overwrite_existing, error);
    if (error)
      return kev::fail(fmt::format("cannot copy it to the finding: {}", error.message()),
                       {source.string(), 0, 0});
  }
  if (!write_files(finding, fresh, target.string()))
    return kev::fail("cannot write the finding", {fresh.string(), 0, 0});
  fs::remove_all(target, error);
  fs::rename(fresh, target, error);
  if (error)
    return kev::fail(fmt::format("cannot write the finding: {}", error.message()),
                     {target.string(), 0, 0});
  return target.string();
}

kev::Result<bool> update_finding(const Finding& finding, const std::string& folder) {
  if (!write_files(finding, folder, folder))
    return kev::fail("cannot write the finding", {folder, 0, 0});
  return true;
}

kev::Result<Finding> read_finding(const std::string& folder) {
  const fs::path path(folder);
  const kev::Result<Json> about = read_json(path / "finding.json");
  if (!about) return tl::unexpected<kev::Errors>(about.error());
  const kev::Result<Json> tape = read_json(path / "tape.json");
  if (!tape) return tl::unexpected<kev::Errors>(tape.error());
  Finding finding;
  try {
    finding.property = about->at("property");
    finding.message = about->at("message");
    finding.source = source_from(*about);
    finding.seed = about->at("seed");
    finding.execution = about->at("execution");
    finding.strategy = about->at("strategy");
    finding.campaign = about->at("campaign");
    finding.fingerprint = std::stoull(about->at("fingerprint").get<std::string>(), nullptr, 16);
    finding.steps = about->at("steps");
    finding.shrunk_steps = about->at("shrunk_steps");
    finding.left_out = left_out_from(*about);
    finding.version = about->at("version");
    finding.tape = tape_from(*tape);
    if (fs::exists(path / "earlier.json")) {
      const kev::Result<Json> earlier = read_json(path / "earlier.json");
      if (!earlier) return tl::unexpected<kev::Errors>(earlier.error());
      for (const Json& one : *earlier) finding.earlier.push_back(tape_from(one));
    }
    if (fs::exists(path / "shrunk.json")) {
      const kev::Result<Json> shrunk = read_json(path / "shrunk.json");
      if (shrunk) finding.shrunk = tape_from(*shrunk);
    }
  } catch (const std::exception& problem) {
    return kev::fail(fmt::format("not a finding: {}", problem.what()), {folder, 0, 0});
  }
  // The copy is what failed; the original may have changed since.
  const fs::path copy = path / fs::path(finding.source.path).filename();
  if (fs::exists(copy)) finding.source.path = copy.string();
  return finding;
}

std::vector<LeftOut> left_out(const std::vector<WorkloadPart>& whole,
                              const std::vector<std::int64_t>& values) {
  std::vector<LeftOut> parts;
  for (std::size_t i = 0; i < std::min(whole.size(), values.size()); ++i)
    if (values[i] != whole[i].value) parts.push_back({whole[i].name, whole[i].value, values[i]});
  return parts;
}

void leave_out(Subject& subject, const std::vector<LeftOut>& parts) {
  if (parts.empty()) return;
  std::vector<std::int64_t> values;
  for (const WorkloadPart& part : subject.parts()) {
    const auto same = [&](const LeftOut& less) { return less.name == part.name; };
    const auto less = std::find_if(parts.begin(), parts.end(), same);
    values.push_back(less == parts.end() ? part.value : less->value);
  }
  subject.set_parts(values);
}

std::string describe(const std::vector<LeftOut>& parts) {
  std::string gone;
  std::string less;
  for (const LeftOut& part : parts) {
    if (part.value == 0)
      gone += fmt::format("{}{}", gone.empty() ? "without " : ", ", part.name);
    else
      less +=
          fmt::format("{}{} {} -> {}", less.empty() ? "" : ", ", part.name, part.whole, part.value);
  }
  return gone + (gone.empty() || less.empty() ? "" : "; ") + less;
}

}  // namespace sim
