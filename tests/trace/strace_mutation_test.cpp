// Damaged captures: whatever happens to the text, nothing crashes and no call is lost.

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

#include "sim/engine/random.hpp"
#include "sim/trace/gzip_reader.hpp"
#include "tests/trace/capture.hpp"

namespace {

// `line_max` lines of the nginx capture from `first` on.
std::string capture_text(int first, int line_max) {
  auto reader = sim::GzipReader::open(KEVSIM_SOURCE_DIR "/traces/nginx-sendfile.strace.gz");
  REQUIRE(reader.has_value());
  std::string text;
  std::string_view line;
  for (int i = 1; reader->next(line) == sim::GzipReader::Got::line; ++i)
    if (i >= first && i < first + line_max) text.append(line) += '\n';
  return text;
}

std::size_t place(sim::Random& random, const std::string& text) {
  return static_cast<std::size_t>(random.below(text.size()));
}

// One kind of damage each: a flipped bit, a changed digit, a piece cut out or doubled, a missing
// end.
void damage(sim::Random& random, std::string& text) {
  const std::size_t at = place(random, text);
  const std::uint64_t kind = random.below(5);
  const auto length = static_cast<std::size_t>(1 + random.below(60));
  if (kind == 0) {
    const std::uint64_t bit = random.below(8);
    text[at] = static_cast<char>(text[at] ^ (1 << bit));
  } else if (kind == 1) {
    const std::size_t digit = text.find_first_of("0123456789", at);
    const std::uint64_t value = random.below(10);
    if (digit != std::string::npos) text[digit] = static_cast<char>('0' + value);
  } else if (kind == 2) {
    text.erase(at, length);
  } else if (kind == 3) {
    text.insert(at, text.substr(at, length));
  } else if (random.below(20) == 0 && text.size() > 4000) {
    text.resize(text.size() - 1 - place(random, text) % 2000);
  }
}

std::int64_t count(std::string_view text, std::string_view word) {
  std::int64_t found = 0;
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1))
    ++found;
  return found;
}

// Blank lines, signals and exits, and second halves are the only lines that are no calls.
struct Bounds {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

Bounds calls_in(std::string_view text) {
  Bounds calls;
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    const std::string_view line = text.substr(0, newline);
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
    if (line.find_first_not_of(" \r") == std::string_view::npos) continue;
    ++calls.high;
    const bool may_be_none = count(line, " resumed>") + count(line, "---") + count(line, "+++") +
                                 count(line, "strace: ") + count(line, "[ Process PID=") >
                             0;
    if (!may_be_none) ++calls.low;
  }
  return calls;
}

void check_plan(const std::string& text) {
  const auto plan = sim::plan_from_text(text, "damaged");
  if (!plan) {
    CHECK_FALSE(plan.error().empty());
    return;
  }
  const Bounds bounds = calls_in(text);
  CHECK(plan->calls >= bounds.low);
  CHECK(plan->calls <= bounds.high);
  std::int64_t rows = 0;
  for (const sim::CallCount& row : plan->matched) rows += row.count;
  CHECK(rows == plan->calls_matched);
  for (const sim::CallCount& row : plan->ignored) rows += row.count;
  CHECK(rows == plan->calls_matched + plan->calls_ignored);
  CHECK(rows + static_cast<std::int64_t>(plan->unmatched.size()) == plan->calls);

  for (const sim::ReplayConnection& connection : plan->connections) {
    kev::Instant arrived = connection.opened;
    for (const sim::ReplayRequest& request : connection.requests) {
      CHECK(arrived <= request.arrived);
      CHECK(request.arrived <= request.finished);
      CHECK(request.finished <= connection.closed);
      arrived = request.arrived;
      if (request.file < 0) continue;
      const auto file = static_cast<std::size_t>(request.file);
      REQUIRE(file < plan->files.size());
      CHECK(request.offset + request.length <= plan->files[file].size);
    }
  }
}

}  // namespace

TEST_CASE("damaged captures lose no call") {
  const std::string serving = capture_text(270, 1000);
  const std::string ending = capture_text(9900, 502);
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    sim::Random random(seed);
    std::string text = seed % 2 == 0 ? serving : ending;
    const std::uint64_t wounds = 1 + random.below(seed % 10 == 0 ? 2000 : 40);
    for (std::uint64_t i = 0; i < wounds && !text.empty(); ++i) damage(random, text);
    check_plan(text);
  }
}

TEST_CASE("a capture cut anywhere loses no call") {
  const std::string serving = capture_text(282, 12);
  for (std::size_t length = 0; length <= serving.size(); ++length) {
    CAPTURE(length);
    check_plan(serving.substr(0, length));
  }
}

TEST_CASE("a damaged sendfile is missed") {
  std::string text = capture_text(270, 1000);
  const auto sound = sim::plan_from_text(text, "sound");
  REQUIRE(sound.has_value());
  CHECK(sound->unmatched.empty());
  const std::size_t result = text.find(") = ", text.find(" sendfile(")) + 4;
  text[result] = 'x';
  const auto damaged = sim::plan_from_text(text, "damaged");
  REQUIRE(damaged.has_value());
  CHECK(damaged->calls == sound->calls);
  REQUIRE(damaged->unmatched.size() == 1);
  CHECK(damaged->unmatched[0].workload);
}
