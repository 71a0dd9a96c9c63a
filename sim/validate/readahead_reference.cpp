// Readahead: recorded cases in archives, one for each kernel, below readahead/.

#include <fmt/format.h>

#include <filesystem>

#include "sim/validate/archive.hpp"
#include "sim/validate/readahead_calls.hpp"
#include "sim/validate/readahead_case.hpp"
#include "sim/validate/reference.hpp"

namespace sim {

namespace {

namespace fs = std::filesystem;

enum class Compare : std::uint8_t { everything, resident, decisions };

/// A kernel that was recorded. What is not in the cases: its disk and its file system.
struct Recording {
  std::string_view name;  ///< of the archive, before ".tar"
  std::string_view readahead;
  Compare compare;
  std::string_view compared;
  ReadaheadFile::Log log;
  ReadaheadCalls::Options calls;
  std::uint64_t io_pages;  ///< largest request of the disk
  int max_folio_order;
};

constexpr Recording recordings[] = {
    {"2.6.18",
     "linux-2.6.18",
     Compare::everything,
     "windows, misses, new pages and state",
     ReadaheadFile::Log::windows,
     {ReadLoop::by_page, 0},
     0,
     0},
    // A disk of user-mode Linux: 124 KB.
    {"6.1",
     "linux-2.6.23",
     Compare::resident,
     "new pages of each call",
     ReadaheadFile::Log::nothing,
     {ReadLoop::by_batch, 15},
     31,
     0},
    // A loop device: 1280 KB. ext4 with data=journal has no large folios, else up to 2 MB.
    {"6.18-order0",
     "linux-6.10",
     Compare::decisions,
     "every decision and its state",
     ReadaheadFile::Log::tracepoints,
     {ReadLoop::by_batch, 31},
     320,
     0},
    {"6.18-folios",
     "linux-6.10",
     Compare::decisions,
     "every decision and its state",
     ReadaheadFile::Log::tracepoints,
     {ReadLoop::by_batch, 31},
     320,
     9},
};

ReadaheadState state_for(const ReadaheadCase& recorded, const Recording& recording) {
  ReadaheadState state;
  state.ra_pages = recorded.advised_sequential ? recorded.ra_pages * 2 : recorded.ra_pages;
  state.random = recorded.advised_random;
  state.io_pages = recording.io_pages;
  return state;
}

/// The state as the 2.6.18 recordings show it.
std::string describe(const ReadaheadState& state) {
  const int flags = (state.miss ? 1 : 0) | (state.incache ? 2 : 0);
  return fmt::format("start={} size={} ahead={}+{} flags={} prev={}", state.start, state.size,
                     state.ahead_start, state.ahead_size, flags, state.prev_page);
}

void perform(const ReadaheadCall& call, ReadaheadCalls& calls, ReadaheadFile& file) {
  switch (call.kind) {
    case ReadaheadCall::Kind::read:
      return calls.read(call.begin, call.count);
    case ReadaheadCall::Kind::sendfile:
    case ReadaheadCall::Kind::splice:
      return calls.splice(call.begin, call.count);
    case ReadaheadCall::Kind::fault:
      return calls.fault(call.begin);
    case ReadaheadCall::Kind::advice:
      return calls.advise(call.begin, call.count);
    case ReadaheadCall::Kind::drop:
      return file.drop(call.begin, call.begin + call.count);
  }
}

std::string text_of(Compare compare, const std::vector<std::string>& actions,
                    const std::string& resident, const std::string& state) {
  if (compare == Compare::resident) return resident;
  std::string text = fmt::format("{}", fmt::join(actions, "; "));
  if (compare == Compare::everything) text += fmt::format(" new: {} | {}", resident, state);
  return text.empty() ? "nothing" : text;
}

/// The first call that differs from the recording, in words; empty when none does.
std::string first_difference(const ReadaheadCase& recorded, const Recording& recording) {
  const auto policy = find_readahead_kind(recording.readahead)->make();
  ReadaheadState state = state_for(recorded, recording);
  ReadaheadFile file(recorded.file_pages, recording.max_folio_order, recording.log);
  ReadaheadCalls calls(*policy, state, file, recording.calls);
  for (const ReadaheadCall& call : recorded.calls) {
    perform(call, calls, file);
    const std::vector<std::string> log = file.take_log();
    const std::string resident = file.take_new();
    if (call.kind == ReadaheadCall::Kind::drop) continue;
    const std::string expected =
        text_of(recording.compare, call.actions, call.resident, call.state);
    const std::string got = text_of(recording.compare, log, resident, describe(state));
    if (got != expected)
      return fmt::format("line {}\n  recorded: {}\n  kevsim:   {}", call.line, expected, got);
  }
  return {};
}

/// The file or folder of a recording; empty when there is none.
std::string find_recording(const fs::path& folder, std::string_view name) {
  std::error_code error;
  if (fs::is_directory(folder / name, error)) return (folder / name).string();
  std::string found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string file = entry.path().filename().string();
    const bool matches = file.starts_with(fmt::format("{}.tar", name)) &&
                         (found.empty() || entry.path().string() < found);
    if (matches) found = entry.path().string();
  }
  return found;
}

void validate_recording(const Recording& recording, const std::string& path, Validation& out) {
  const std::string reference = fmt::format("readahead/{}", recording.name);
  const kev::Result<std::vector<ArchivedFile>> files = read_archive(path);
  if (!files) {
    out.errors.insert(out.errors.end(), files.error().begin(), files.error().end());
    return;
  }
  if (files->empty()) {
    out.errors.push_back({"no cases in it", {path, 0, 0}, {}, {}, 1});
    return;
  }
  std::uint64_t passed = 0;
  for (const ArchivedFile& file : *files) {
    const kev::Result<ReadaheadCase> recorded = parse_readahead_case(file.name, file.text);
    std::string difference;
    if (recorded)
      difference = first_difference(*recorded, recording);
    else
      difference = fmt::format("line {}: {}", recorded.error().front().place.line,
                               recorded.error().front().message);
    if (difference.empty())
      ++passed;
    else
      out.mismatches.push_back({reference, file.name, std::move(difference)});
  }
  out.rows.push_back(exact_row(reference, std::string(recording.compared), files->size(), passed));
}

}  // namespace

void validate_readahead(const std::string& folder, Validation& out) {
  const fs::path below = fs::path(folder) / "readahead";
  for (const Recording& recording : recordings) {
    const std::string path = find_recording(below, recording.name);
    if (path.empty())
      out.notes.push_back(fmt::format("readahead/{}: not there, not compared", recording.name));
    else
      validate_recording(recording, path, out);
  }
}

}  // namespace sim
