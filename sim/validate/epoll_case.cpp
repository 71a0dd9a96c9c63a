#include "sim/validate/epoll_case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sim {

namespace {

using Verb = EpollCall::Verb;

struct VerbWord {
  std::string_view word;
  Verb verb;
};

/// What labels say; digits behind a word only number it.
constexpr VerbWord verbs[] = {
    {"start", Verb::start},         {"socket", Verb::socket},
    {"listen", Verb::listen},       {"connect", Verb::connect},
    {"conn", Verb::new_connection}, {"accept", Verb::accept},
    {"watch", Verb::watch},         {"mod", Verb::modify},
    {"rearm", Verb::modify},        {"send", Verb::send},
    {"write", Verb::send},          {"recv", Verb::receive},
    {"read", Verb::receive},        {"peek", Verb::peek},
    {"fill", Verb::fill},           {"shutdown", Verb::shutdown},
    {"close", Verb::close},         {"closed", Verb::close_original},
    {"soerr", Verb::take_error},    {"state", Verb::tcp_state},
    {"tstate", Verb::tcp_state},    {"outq", Verb::send_queue},
    {"inq", Verb::receive_queue},   {"epoll_ctl", Verb::add_regular_file},
    {"nothing", Verb::nothing},
};

constexpr std::string_view ends = "csLrwab";

std::string_view without_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(separators), text.size());
    if (end != 0) out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::optional<std::uint32_t> number(std::string_view word) {
  std::uint32_t value = 0;
  const auto [rest, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || rest != word.data() + word.size()) return std::nullopt;
  return value;
}

const VerbWord* find_verb(std::string_view word) {
  while (!word.empty() && word.back() >= '0' && word.back() <= '9') word.remove_suffix(1);
  for (const VerbWord& row : verbs)
    if (row.word == word) return &row;
  return nullptr;
}

/// Flags that change a call; other words are remarks.
void read_flag(std::string_view word, EpollCall& call) {
  if (word == "OOB") call.urgent = true;
  if (word == "RST") call.reset = true;
  if (word == "oneshot" || word == "ONESHOT" || word == "rearm") call.one_shot = true;
  if (word == "all") call.all = true;
  if (word == "RD") call.halves = 1;
  if (word == "WR") call.halves = 2;
  if (word == "RDWR") call.halves = 3;
}

std::optional<EpollCall> parse_label(std::string_view label) {
  EpollCall call;
  bool found = false;
  // "(...)" after a blank is a remark, "(...)" after a word an argument.
  const std::string_view said = label.substr(0, label.find(" ("));
  if (said.ends_with("after last close")) call.after_last_close = true;
  for (const std::string_view word : split(said, " ()")) {
    read_flag(word, call);
    if (const auto amount = number(word)) {
      call.amount = amount;
    } else if (word.size() == 1 && ends.find(word[0]) != std::string_view::npos) {
      if (call.end == 0) call.end = word[0];
    } else if (const VerbWord* row = found ? nullptr : find_verb(word)) {
      call.verb = row->verb;
      found = true;
    }
  }
  return found ? std::optional(call) : std::nullopt;
}

/// "  label   r=5 | c:poll=OUT s:poll=IN | ET: s=IN"
bool parse_step(std::string_view line, EpollStep& step) {
  const auto result = line.find(" r=");
  if (result == std::string_view::npos) return false;
  step.label = without_blanks(line.substr(0, result));
  const auto call = parse_label(step.label);
  if (!call) return false;
  step.call = *call;
  const auto polls = line.find('|', result);
  const auto edges = line.rfind("| ET:");
  if (polls == std::string_view::npos || edges == std::string_view::npos) return false;
  step.result = without_blanks(line.substr(result + 3, polls - result - 3));
  if (edges > polls) {
    for (const std::string_view word : split(line.substr(polls + 1, edges - polls - 1), " ")) {
      if (word.size() < 7 || word.substr(1, 6) != ":poll=") return false;
      step.polls.emplace_back(word[0], word.substr(7));
    }
  }
  step.edges = without_blanks(line.substr(edges + 5));
  return true;
}

/// "  drained=4096 outq=83656 inq=108857 POLLOUT=1 ET=-"
bool parse_drain(std::string_view line, EpollStep& step) {
  const std::string_view said = without_blanks(line);
  const auto end = said.find(' ');
  const auto amount = number(said.substr(8, std::min(end, said.size()) - 8));
  if (!amount || end == std::string_view::npos) return false;
  step.call.verb = Verb::drain;
  step.call.amount = amount;
  step.label = said.substr(0, end);
  step.queues = without_blanks(said.substr(end));
  return true;
}

/// NAME=VALUE anywhere in the text.
void read_options(std::string_view text, std::map<std::string, std::uint32_t>& options) {
  if (text.find("autotune off") != std::string_view::npos)
    options["SO_SNDBUF"] = options["SO_RCVBUF"] = 65536;
  for (const std::string_view word : split(text, " ,()")) {
    const auto equals = word.find('=');
    if (equals == std::string_view::npos) continue;
    if (const auto value = number(word.substr(equals + 1)))
      options[std::string(word.substr(0, equals))] = *value;
  }
}

}  // namespace

bool EpollScenario::mentions(char end) const {
  for (const EpollStep& step : steps) {
    if (step.call.end == end) return true;
    for (const auto& [name, mask] : step.polls)
      if (name == end) return true;
  }
  return false;
}

bool EpollScenario::has(EpollCall::Verb verb) const {
  return std::any_of(steps.begin(), steps.end(),
                     [verb](const EpollStep& step) { return step.call.verb == verb; });
}

kev::Result<std::vector<EpollScenario>> parse_epoll_recording(const std::string& path,
                                                              std::string_view text) {
  std::vector<EpollScenario> out;
  int number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (without_blanks(line).empty() || line.starts_with("#")) continue;
    if (line.starts_with("== ")) {
      const std::string_view title = without_blanks(line.substr(3));
      const auto space = std::min(title.find(' '), title.size());
      EpollScenario scenario;
      scenario.number = title.substr(0, space);
      scenario.title = without_blanks(title.substr(space));
      scenario.line = number;
      read_options(title, scenario.options);
      out.push_back(std::move(scenario));
      continue;
    }
    EpollStep step;
    step.line = number;
    const bool drain = without_blanks(line).starts_with("drained=");
    const bool good = drain ? parse_drain(line, step) : parse_step(line, step);
    if (!good || out.empty())
      return kev::fail("no step of a scenario", {path, number, 1},
                       "<call in words>  r=<result> | <end>:poll=<mask> ... | ET: <events>");
    out.back().steps.push_back(std::move(step));
  }
  return out;
}

kev::Result<bool> add_epoll_setup(const std::string& path, std::string_view text,
                                  std::vector<EpollScenario>& scenarios) {
  int number = 0;
  for (const std::string_view line : split(text, "\n")) {
    ++number;
    if (line.starts_with("#")) continue;
    const std::vector<std::string_view> words = split(line, " ");
    if (words.empty()) continue;
    const auto scenario =
        std::find_if(scenarios.begin(), scenarios.end(),
                     [&](const EpollScenario& each) { return each.number == words[0]; });
    if (scenario == scenarios.end())
      return kev::fail("the recording has no such scenario", {path, number, 1});
    read_options(line, scenario->options);
  }
  return true;
}

}  // namespace sim
