#include "sim/validate/block_recording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>

namespace sim {

namespace {

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, value);
  if (failed != std::errc() || rest != end) return std::nullopt;
  return value;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

struct EventName {
  std::string_view name;
  BlockEvent::Kind kind;
};

constexpr EventName event_names[] = {{"block_rq_insert:", BlockEvent::Kind::insert},
                                     {"block_rq_issue:", BlockEvent::Kind::issue},
                                     {"block_rq_complete:", BlockEvent::Kind::complete}};

const EventName* find_event(const std::vector<std::string>& words) {
  for (const EventName& row : event_names)
    if (!words.empty() && words[0] == row.name) return &row;
  return nullptr;
}

std::optional<BlockEvent> parse_event(const EventName& row, const std::vector<std::string>& words) {
  const auto plus = std::find(words.begin(), words.end(), "+");
  if (words.size() < 6 || plus == words.end() || plus + 1 == words.end()) return std::nullopt;
  const auto sector = number_of<std::uint64_t>(*(plus - 1));
  const auto sectors = number_of<std::uint32_t>(*(plus + 1));
  const std::string& rwbs = words[2];
  const bool known = rwbs[0] == 'R' || rwbs[0] == 'W';
  if (!sector || !sectors || *sectors == 0 || !known) return std::nullopt;
  BlockEvent event;
  event.kind = row.kind;
  event.write = rwbs[0] == 'W';
  event.sync = !event.write || rwbs.find('S') != std::string::npos;
  event.sector = *sector;
  event.sectors = *sectors;
  return event;
}

/// Times of sysfs are in milliseconds. What is not known here is no tunable of ours.
void set_tunable(ElevatorTuning& tuning, std::string_view name, std::int64_t value) {
  const kev::Duration time(value * 1'000'000);
  if (name == "read_expire") tuning.read_expire = time;
  if (name == "write_expire") tuning.write_expire = time;
  if (name == "prio_aging_expire") tuning.prio_aging_expire = time;
  if (name == "writes_starved") tuning.writes_starved = value;
  if (name == "fifo_batch") tuning.fifo_batch = value;
  if (name == "front_merges") tuning.front_merges = value;
}

}  // namespace

std::uint32_t BlockRecording::depth() const {
  std::uint32_t inside = 0;
  std::uint32_t most = 1;
  for (const BlockEvent& event : events) {
    if (event.kind == BlockEvent::Kind::issue) most = std::max(most, ++inside);
    if (event.kind == BlockEvent::Kind::complete && inside > 0) --inside;
  }
  return most;
}

kev::Result<std::vector<BlockRecording>> parse_block_recordings(std::string_view text,
                                                                const std::string& name) {
  constexpr std::string_view tunable = "/queue/iosched/";
  std::vector<BlockRecording> recordings;
  ElevatorTuning tuning;
  std::istringstream in{std::string(text)};
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const std::vector<std::string> words = words_of(line);
    if (const std::size_t at = line.find(tunable); at != std::string::npos) {
      const std::vector<std::string> setting = words_of(line.substr(at + tunable.size()));
      const auto value = setting.size() == 2 ? number_of<std::int64_t>(setting[1]) : std::nullopt;
      if (value) set_tunable(tuning, setting[0], *value);
    } else if (words.size() >= 2 && words[0] == "==") {
      recordings.push_back({words[1], tuning, {}});
    } else if (const EventName* row = find_event(words)) {
      std::optional<BlockEvent> event = parse_event(*row, words);
      if (!event)
        return kev::fail({fmt::format("not understood: '{}'", line), {name, number, 1}, {}, {}, 1});
      event->line = number;
      if (recordings.empty())
        return kev::fail({"an event before the first '== ELEVATOR'", {name, number, 1}, {}, {}, 1});
      recordings.back().events.push_back(*event);
    }
  }
  std::erase_if(recordings, [](const BlockRecording& one) { return one.events.empty(); });
  return recordings;
}

}  // namespace sim
