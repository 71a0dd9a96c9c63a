// Readahead: recorded cases in archives, one for each kernel, below readahead/.

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "sim/validate/archive.hpp"
#include "sim/validate/readahead_machine.hpp"
#include "sim/validate/reference.hpp"

namespace sim {

namespace {

namespace fs = std::filesystem;

enum class Compare : std::uint8_t { everything, resident, decisions };

/// A kernel that was recorded. What is not in the cases: its disk and its file system.
struct Recording {
  std::string_view name;   ///< of archives and folders: they are called so, or begin so
  std::string_view where;  ///< its cases' names begin so, before "-ra"
  Compare compare;
  std::string_view compared;
  ReadaheadMachineOptions machine;
};

constexpr Recording recordings[] = {
    {"2.6.18",
     "k2618",
     Compare::everything,
     "windows, misses, new pages and state",
     {"linux-2.6.18", 0, 0, ReadaheadWords::windows}},
    // A disk of user-mode Linux: 124 KB.
    {"6.1",
     "uml",
     Compare::resident,
     "new pages of each call",
     {"linux-2.6.23", 31, 0, ReadaheadWords::nothing}},
    // A loop device: 1280 KB. ext4 with data=journal has no large folios, else up to 2 MB.
    {"6.18-order0",
     "mntj",
     Compare::decisions,
     "every decision and its state",
     {"linux-6.10", 320, 0, ReadaheadWords::tracepoints}},
    {"6.18-folios",
     "mnt",
     Compare::decisions,
     "every decision and its state",
     {"linux-6.10", 320, 9, ReadaheadWords::tracepoints}},
};

/// The state as the 2.6.18 recordings show it.
std::string describe(const ReadaheadState& state) {
  const int flags = (state.miss ? 1 : 0) | (state.incache ? 2 : 0);
  return fmt::format("start={} size={} ahead={}+{} flags={} prev={}", state.start, state.size,
                     state.ahead_start, state.ahead_size, flags, state.prev_page);
}

std::string text_of(Compare compare, const std::vector<std::string>& actions,
                    const std::string& resident, const std::string& state) {
  if (compare == Compare::resident) return resident;
  std::string text = fmt::format("{}", fmt::join(actions, "; "));
  if (compare == Compare::everything) text += fmt::format(" new: {} | {}", resident, state);
  return text.empty() ? "nothing" : text;
}

/// The calls that differ from the recording, in words; empty when none does.
std::string differences(const ReadaheadCase& recorded, const Recording& recording) {
  ReadaheadMachine machine(recorded, recording.machine);
  std::vector<std::string> all;
  for (const ReadaheadCall& call : recorded.calls) {
    machine.perform(call);
    const std::vector<std::string> log = machine.take_log();
    const std::string resident = machine.take_new();
    if (const std::string broken = machine.violation(); !broken.empty()) {
      all.push_back(fmt::format("line {}\n  kevsim breaks {}", call.line, broken));
      break;
    }
    if (call.kind == ReadaheadCall::Kind::drop) continue;
    const std::string expected =
        text_of(recording.compare, call.actions, call.resident, call.state);
    const std::string got = text_of(recording.compare, log, resident, describe(machine.state()));
    if (got != expected)
      all.push_back(
          fmt::format("line {}\n  recorded: {}\n  kevsim:   {}", call.line, expected, got));
  }
  return fmt::format("{}", fmt::join(all, "\n"));
}

/// That an archive, a folder or a file of this name is of; null when the name does not say.
const Recording* recording_called(std::string_view name) {
  const Recording* found = nullptr;
  for (const Recording& recording : recordings) {
    if (!name.starts_with(recording.name)) continue;
    const bool ends = name.size() == recording.name.size();
    const bool goes_on =
        !ends && std::isalnum(static_cast<unsigned char>(name[recording.name.size()])) != 0;
    if (goes_on) continue;
    if (found == nullptr || recording.name.size() > found->name.size()) found = &recording;
  }
  return found;
}

/// That a case is of, by its name, or by what it says; null when neither tells.
const Recording* recording_of(const ArchivedFile& file) {
  if (const Recording* named = recording_called(file.name); named != nullptr) return named;
  const std::string_view where = std::string_view(file.name).substr(0, file.name.find("-ra"));
  const bool windows = file.text.find("\n      RA off=") != std::string::npos;
  const Recording* found = nullptr;
  for (const Recording& recording : recordings) {
    const bool same_folder =
        file.text.find(fmt::format("file={}/", recording.where)) != std::string::npos;
    const bool same_words = windows && recording.machine.words == ReadaheadWords::windows;
    if (where == recording.where) return &recording;
    if (found == nullptr && (same_folder || same_words)) found = &recording;
  }
  return found;
}

bool is_archive(const std::string& name) {
  constexpr std::string_view endings[] = {".tgz", ".txz", ".tbz2", ".tzst", ".zip", ".7z"};
  return name.find(".tar") != std::string::npos ||
         std::any_of(std::begin(endings), std::end(endings),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

bool is_case(const std::string& name) {
  return name.find(".txt") != std::string::npos && name.find("-ra") != std::string::npos;
}

bool is_description(const std::string& name) {
  return name.starts_with('.') || name.starts_with("README") || name.starts_with("COPYING") ||
         name.ends_with(".md");
}

std::string compare_case(const ArchivedFile& file, const Recording& recording) {
  const kev::Result<ReadaheadCase> recorded = parse_readahead_case(file.name, file.text);
  if (recorded) return differences(*recorded, recording);
  return fmt::format("line {}: {}", recorded.error().front().place.line,
                     recorded.error().front().message);
}

/// Cases of one archive, folder or handful of files.
struct CaseSet {
  std::string reference;
  std::string path;
  const Recording* recording;  ///< null: each case tells
  std::vector<ArchivedFile> files;
};

void not_known(const std::string& path, std::string message, Validation& out) {
  out.errors.push_back({std::move(message),
                        {path, 0, 0},
                        "archives, folders and cases are called after the kernel: 2.6.18, 6.1, "
                        "6.18-order0 or 6.18-folios, and whatever follows a '-' or '.'; or the "
                        "cases are: k2618-ra..., uml-ra..., mntj-ra... or mnt-ra...",
                        {},
                        1});
}

void compare_set(const CaseSet& set, const Recording& recording, Validation& out) {
  std::uint64_t cases = 0;
  std::uint64_t passed = 0;
  for (const ArchivedFile& file : set.files) {
    const Recording* own = set.recording != nullptr ? set.recording : recording_of(file);
    if (own != &recording) continue;
    ++cases;
    std::string difference = compare_case(file, recording);
    if (difference.empty()) ++passed;
    out.differs({set.reference, file.name, std::move(difference)}, Tolerance::exceeded);
  }
  if (cases == 0) return;
  const std::string of = set.recording != nullptr ? "" : fmt::format(" {}", recording.name);
  out.rows.push_back(exact_row(set.reference + of, std::string(recording.compared), cases, passed));
}

void validate_set(const CaseSet& set, Validation& out) {
  if (set.files.empty()) out.errors.push_back({"no cases in it", {set.path, 0, 0}, {}, {}, 1});
  if (set.recording == nullptr)
    for (const ArchivedFile& file : set.files)
      if (recording_of(file) == nullptr)
        not_known(set.path, fmt::format("{}: not known which kernel this is of", file.name), out);
  for (const Recording& recording : recordings) compare_set(set, recording, out);
}

template <class T>
bool taken(const kev::Result<T>& result, Validation& out) {
  if (!result) out.errors.insert(out.errors.end(), result.error().begin(), result.error().end());
  return result.has_value();
}

void validate_archive(const fs::path& path, Validation& out) {
  const std::string name = path.filename().string();
  kev::Result<std::vector<ArchivedFile>> files = read_archive(path.string());
  if (!taken(files, out)) return;
  std::erase_if(*files, [](const ArchivedFile& file) { return is_description(file.name); });
  const std::string stem = name.substr(0, std::min(name.find(".tar"), name.size()));
  validate_set({"readahead/" + stem, path.string(), recording_called(name), std::move(*files)},
               out);
}

std::vector<fs::path> entries_of(const std::string& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error))
    if (!is_description(entry.path().filename().string())) entries.push_back(entry.path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

}  // namespace

bool is_readahead_folder(const std::string& folder) {
  const std::vector<fs::path> entries = entries_of(folder);
  return std::any_of(entries.begin(), entries.end(), [](const fs::path& entry) {
    const std::string name = entry.filename().string();
    return is_case(name) || recording_called(name) != nullptr;
  });
}

void validate_readahead_folder(const std::string& folder, Validation& out) {
  // Its own name may say what the cases in it are of.
  const Recording* own = recording_called(fs::path(folder).filename().string());
  CaseSet loose{
      own == nullptr ? "readahead/*" : fmt::format("readahead/{}", own->name), folder, own, {}};
  for (const fs::path& entry : entries_of(folder)) {
    const std::string name = entry.filename().string();
    std::error_code error;
    if (fs::is_directory(entry, error) || is_archive(name)) {
      validate_archive(entry, out);
    } else if (is_case(name)) {
      kev::Result<std::string> text = read_maybe_compressed(entry.string());
      if (taken(text, out)) loose.files.push_back({name, std::move(*text)});
    } else {
      not_known(entry.string(), "no archive and no case of readahead", out);
    }
  }
  if (!loose.files.empty()) validate_set(loose, out);
}

void validate_readahead(const std::string& folder, Validation& out) {
  const std::string below = (fs::path(folder) / "readahead").string();
  validate_readahead_folder(below, out);
  for (const Recording& recording : recordings) {
    const std::string reference = fmt::format("readahead/{}", recording.name);
    const bool there = std::any_of(out.rows.begin(), out.rows.end(), [&](const ReferenceRow& row) {
      return row.reference.find(recording.name) != std::string::npos;
    });
    if (!there) out.notes.push_back(reference + ": not there, not compared");
  }
}

}  // namespace sim
