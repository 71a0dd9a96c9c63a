#include "tests/vfs/golden_cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

namespace test {

namespace {

/// "seq33" of "k2618-ra128-seq33.txt".
std::string pattern_of(const std::string& name) {
  const std::size_t begin = name.rfind('-') + 1;
  return name.substr(begin, name.find('.', begin) - begin);
}

std::uint64_t ra_pages_of(const std::string& name) {
  return std::stoull(name.substr(name.find("-ra") + 3)) / 4;
}

/// "[0,4)n=4 [9,12)n=3" without the counts.
std::string ranges_of(const std::string& line) {
  const std::size_t begin = line.find("new: ") + 5;
  std::string text = line.substr(begin, line.find(" |") - begin);
  for (std::size_t n = text.find("n="); n != std::string::npos; n = text.find("n=", n)) {
    const std::size_t end = std::min(text.find(' ', n), text.size());
    text.erase(n, end - n);
  }
  return text;
}

/// The line's numbers after the given words.
std::uint64_t number_after(const std::string& line, const std::string& word) {
  return std::stoull(line.substr(line.find(word) + word.size()));
}

/// "      RA off=4 n=8" and "      MISS 7".
bool is_action(const std::string& line) {
  return line.starts_with("      RA ") || line.starts_with("      MISS ");
}

/// sendfile and splice lines tell where the read ended, and how many bytes it had.
GoldenStep read_step(const std::string& line, const std::string& actions) {
  GoldenStep step;
  const std::uint64_t count = number_after(line, " n=");
  if (line.starts_with("read ")) {
    step.begin = number_after(line, "p=");
    step.end = step.begin + count;
  } else {
    step.end = number_after(line, "off=");
    step.begin = step.end - count;
  }
  step.expected = actions + ranges_of(line);
  const std::size_t state = line.find("| ");
  if (state != std::string::npos) step.expected += ' ' + line.substr(state);
  return step;
}

bool load(const std::filesystem::path& path, GoldenCase& out) {
  out.name = path.filename().string();
  out.pattern = pattern_of(out.name);
  out.ra_pages = ra_pages_of(out.name);
  std::ifstream file(path);
  std::string actions;
  for (std::string line; std::getline(file, line);) {
    const std::size_t dropped = line.find("dropped pages ");
    if (dropped != std::string::npos) {
      const std::uint64_t begin = number_after(line, "pages ");
      const std::uint64_t end = number_after(line, "..");
      out.steps.push_back({GoldenStep::Kind::drop, begin, end, {}});
    } else if (is_action(line)) {
      actions += line.substr(6) + ';';
    } else if (line.find(" n=") != std::string::npos) {
      out.steps.push_back(read_step(line, actions));
      actions.clear();
    }
  }
  return !out.steps.empty();
}

}  // namespace

std::vector<GoldenCase> load_golden(const std::string& prefix) {
  const std::filesystem::path folder = std::string(KEVSIM_BINARY_DIR) + "/tests/vfs/golden";
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().filename().string().starts_with(prefix)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<GoldenCase> cases;
  for (const auto& path : paths) {
    GoldenCase golden;
    if (load(path, golden)) cases.push_back(std::move(golden));
  }
  return cases;
}

// -- a fake file ----------------------------------------------------------------------------------

std::uint64_t FakePages::submit(std::uint64_t start, std::uint64_t count, std::uint64_t marker) {
  log += fmt::format("RA off={} n={};", start, count);
  std::uint64_t added = 0;
  for (std::uint64_t i = start; i < std::min(start + count, file_pages); ++i) {
    if (present_[i]) continue;
    add(i);
    marked_[i] = i == marker;
    ++added;
  }
  return added;
}

void FakePages::add(std::uint64_t index) {
  present_[index] = true;
  new_.push_back(index);
}

void FakePages::drop(std::uint64_t begin, std::uint64_t end) {
  for (std::uint64_t i = begin; i < end; ++i) present_[i] = marked_[i] = false;
}

bool FakePages::take_mark(std::uint64_t index) {
  const bool marked = marked_[index];
  marked_[index] = false;
  return marked;
}

std::string FakePages::take_new() {
  std::sort(new_.begin(), new_.end());
  std::string out;
  for (std::size_t i = 0; i < new_.size();) {
    std::size_t end = i + 1;
    while (end < new_.size() && new_[end] == new_[end - 1] + 1) ++end;
    out += fmt::format("{}[{},{})", out.empty() ? "" : " ", new_[i], new_[end - 1] + 1);
    i = end;
  }
  new_.clear();
  return out.empty() ? "-" : out;
}

void read_through(sim::ReadaheadPolicy& policy, sim::ReadaheadState& state, FakePages& pages,
                  std::uint64_t begin, std::uint64_t end) {
  std::uint64_t next = begin;
  for (std::uint64_t i = begin; i < end; ++i) {
    if (i == next) next = policy.before_lookup(state, pages, i, end - i);
    if (!pages.present(i)) {
      const std::size_t before = pages.log.size();
      const bool look_again = policy.on_miss(state, pages, i, end - i);
      if (!look_again) pages.log.insert(before, fmt::format("MISS {};", i));
    }
    if (!pages.present(i)) pages.add(i);
    if (pages.take_mark(i)) policy.on_marked(state, pages, i, end - i);
  }
}

std::string describe_two_windows(const sim::ReadaheadState& state) {
  const int flags = (state.miss ? 1 : 0) | (state.incache ? 2 : 0);
  return fmt::format("| start={} size={} ahead={}+{} flags={} prev={}", state.start, state.size,
                     state.ahead_start, state.ahead_size, flags, state.prev_page);
}

}  // namespace test
