#include "sim/scenario/netem_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>
#include <vector>

#include "sim/scenario/suggest.hpp"
#include "sim/scenario/units.hpp"

namespace sim {

namespace {

constexpr std::string_view blanks = " \t\n";
constexpr std::int64_t most_packets = 1'000'000;
constexpr kev::Duration longest_delay(60'000'000'000);
constexpr double slowest_rate = 1'000;
constexpr double fastest_rate = 1e12;

struct RateUnit {
  std::string_view name;
  double bits;
};
constexpr RateUnit rate_units[] = {
    {"bit", 1},   {"kbit", 1e3}, {"mbit", 1e6}, {"gbit", 1e9},
    {"bps", 8.0}, {"kbps", 8e3}, {"mbps", 8e6}, {"gbps", 8e9},
};

constexpr std::string_view not_modelled[] = {"slot", "ecn", "seed"};
constexpr std::string_view distributions[] = {"uniform", "normal", "pareto", "paretonormal"};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

class NetemReader {
 public:
  explicit NetemReader(std::string_view text) : text_(text) {}

  tl::expected<NetemSpec, NetemError> read();

 private:
  struct Verb {
    std::string_view name;
    std::string_view means;  ///< the name under which it may be there once
    void (NetemReader::*read)();
  };
  static std::span<const Verb> verbs();

  void read_verb();
  void read_delay();
  void read_spread();
  void read_loss();
  void read_duplicate() { spec_.duplicate = chance(); }
  void read_corrupt() { spec_.corrupt = chance(); }
  void read_reorder() { spec_.reorder = chance(); }
  void read_gap() { spec_.gap = packets("distance"); }
  void read_rate();
  void read_limit() { spec_.limit = packets("number of packets"); }
  void check_together();

  NetemSpec::Chance chance();
  template <std::size_t n>
  void shares(std::array<double, n>& into);
  double share();
  kev::Duration duration();
  std::int64_t packets(std::string_view what);

  [[nodiscard]] std::string_view peek() const;
  std::string_view next();
  /// A value follows, not the next item.
  [[nodiscard]] bool more() const {
    const std::string_view word = peek();
    return !failed_ && !word.empty() && (word[0] == '.' || (word[0] >= '0' && word[0] <= '9'));
  }
  [[nodiscard]] bool has(std::string_view item) const {
    return std::find(seen_.begin(), seen_.end(), item) != seen_.end();
  }
  void complain(std::string message, std::string hint = {});

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t word_ = 0;  ///< where the last word began
  std::string_view item_;
  std::vector<std::string_view> seen_;
  NetemSpec spec_;
  bool failed_ = false;
  NetemError error_;
};

std::span<const NetemReader::Verb> NetemReader::verbs() {
  static constexpr Verb rows[] = {
      {"limit", "limit", &NetemReader::read_limit},
      {"delay", "delay", &NetemReader::read_delay},
      {"latency", "delay", &NetemReader::read_delay},
      {"distribution", "distribution", &NetemReader::read_spread},
      {"loss", "loss", &NetemReader::read_loss},
      {"drop", "loss", &NetemReader::read_loss},
      {"duplicate", "duplicate", &NetemReader::read_duplicate},
      {"corrupt", "corrupt", &NetemReader::read_corrupt},
      {"reorder", "reorder", &NetemReader::read_reorder},
      {"gap", "gap", &NetemReader::read_gap},
      {"rate", "rate", &NetemReader::read_rate},
  };
  return rows;
}

tl::expected<NetemSpec, NetemError> NetemReader::read() {
  while (!failed_ && !peek().empty()) read_verb();
  if (!failed_) check_together();
  if (failed_) return tl::unexpected<NetemError>(error_);
  return spec_;
}

void NetemReader::read_verb() {
  item_ = next();
  std::vector<std::string_view> known;
  for (const Verb& verb : verbs()) {
    known.push_back(verb.name);
    if (verb.name != item_) continue;
    if (has(verb.means)) return complain(fmt::format("'{}' is there twice", verb.means));
    seen_.push_back(verb.means);
    return (this->*verb.read)();
  }
  if (std::find(std::begin(not_modelled), std::end(not_modelled), item_) != std::end(not_modelled))
    return complain(fmt::format("netem's '{}' is not modelled", item_), "leave it out");
  std::string hint = did_you_mean(item_, known);
  if (hint.empty()) hint = fmt::format("known: {}", fmt::join(known, ", "));
  complain(fmt::format("unknown item '{}' of netem", item_), std::move(hint));
}

void NetemReader::read_delay() {
  spec_.delay = duration();
  if (more()) spec_.jitter = duration();
  if (more()) spec_.delay_correlation = share();
}

void NetemReader::read_spread() {
  const std::string_view name = next();
  const auto row = std::find(std::begin(distributions), std::end(distributions), name);
  if (row == std::end(distributions))
    return complain(name.empty() ? "'distribution' needs a name"
                                 : fmt::format("unknown distribution '{}'", name),
                    fmt::format("known: {}", fmt::join(distributions, ", ")));
  spec_.distribution = static_cast<NetemSpec::Distribution>(row - std::begin(distributions));
  if (spec_.jitter == kev::Duration(0))
    complain("a distribution needs a delay that varies, before it",
             fmt::format("like delay 10ms 2ms distribution {}", name));
}

void NetemReader::read_loss() {
  using Loss = NetemSpec::Loss;
  if (more()) {
    spec_.loss = Loss::random;
    spec_.random = chance();
    return;
  }
  const std::string_view model = next();
  if (model == "random") {
    spec_.loss = Loss::random;
    spec_.random = chance();
  } else if (model == "state") {
    spec_.loss = Loss::state;
    spec_.state[0] = share();
    spec_.state[1] = 1 - spec_.state[0];
    shares(spec_.state);
  } else if (model == "gemodel") {
    spec_.loss = Loss::gemodel;
    spec_.gemodel[0] = share();
    spec_.gemodel[1] = 1 - spec_.gemodel[0];
    shares(spec_.gemodel);
  } else {
    complain(model.empty() ? "'loss' needs a share or a model"
                           : fmt::format("unknown model of loss '{}'", model),
             "like loss 1%, or random, state, gemodel and a share");
  }
}

void NetemReader::read_rate() {
  const std::string word = lower(next());
  double number = 0;
  const char* const end = word.data() + word.size();
  const auto [rest, failed] = std::from_chars(word.data(), end, number);
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  const auto* const row =
      std::find_if(std::begin(rate_units), std::end(rate_units),
                   [unit](const RateUnit& candidate) { return candidate.name == unit; });
  if (failed != std::errc() || row == std::end(rate_units))
    return complain(
        word.empty() ? "'rate' needs a rate" : fmt::format("'{}' is no rate with a unit", word),
        "like 10mbit; units are bit, kbit, mbit, gbit, and bps, kbps, mbps, gbps: bytes");
  const double bits = number * row->bits;
  if (!(bits >= slowest_rate && bits <= fastest_rate))
    return complain(fmt::format("'{}' is not between 1kbit and 1000gbit", word));
  spec_.rate_bits_per_s = static_cast<std::int64_t>(bits);
}

/// tc's own conditions. The place is the line's end.
void NetemReader::check_together() {
  word_ = at_ = text_.size();
  if (has("gap") && !has("reorder")) complain("'gap' needs a 'reorder'", "like reorder 25% gap 5");
  if (has("reorder") && spec_.delay == kev::Duration(0))
    complain("'reorder' needs a 'delay', which the packet then skips",
             "like delay 10ms reorder 1%");
}

// -- values ---------------------------------------------------------------------------------------

NetemSpec::Chance NetemReader::chance() {
  NetemSpec::Chance chance;
  chance.probability = share();
  if (more()) chance.correlation = share();
  return chance;
}

/// Those after the first, as many as there are.
template <std::size_t n>
void NetemReader::shares(std::array<double, n>& into) {
  for (std::size_t i = 1; i < n && more(); ++i) into[i] = share();
}

double NetemReader::share() {
  const std::string_view word = next();
  if (failed_) return 0;
  double percent = 0;
  const char* const end = word.data() + word.size();
  const auto [rest, failed] = std::from_chars(word.data(), end, percent);
  const bool whole = failed == std::errc() && end - rest == 1 && *rest == '%';
  if (whole && percent >= 0 && percent <= 100) return percent / 100;
  if (word.empty())
    complain(fmt::format("'{}' needs a share", item_), "like 1%");
  else if (failed == std::errc() && rest == end)
    complain(fmt::format("'{}' needs a unit: {}%", word, word));
  else
    complain(fmt::format("'{}' is no share between 0% and 100%", word), "like 1%");
  return 0;
}

kev::Duration NetemReader::duration() {
  const std::string_view word = next();
  if (failed_) return {};
  if (word.empty()) {
    complain(fmt::format("'{}' needs a duration", item_), "like 10ms");
    return {};
  }
  const Parsed<kev::Duration> parsed = parse_duration(word);
  if (!parsed)
    complain(fmt::format("'{}' {}", item_, parsed.error().message), parsed.error().hint);
  else if (*parsed > longest_delay)
    complain(fmt::format("'{}' is more than 60s", word));
  return parsed ? *parsed : kev::Duration(0);
}

std::int64_t NetemReader::packets(std::string_view what) {
  const std::string_view word = next();
  if (failed_) return 1;
  std::int64_t value = 0;
  const char* const end = word.data() + word.size();
  const auto [rest, failed] = std::from_chars(word.data(), end, value);
  if (failed == std::errc() && rest == end && value >= 1 && value <= most_packets) return value;
  complain(fmt::format("'{}' needs a {} from 1 to {}", item_, what, most_packets));
  return 1;
}

// -- words ----------------------------------------------------------------------------------------

std::string_view NetemReader::peek() const {
  const std::size_t begin = std::min(text_.find_first_not_of(blanks, at_), text_.size());
  const std::size_t end = std::min(text_.find_first_of(blanks, begin), text_.size());
  return text_.substr(begin, end - begin);
}

std::string_view NetemReader::next() {
  const std::string_view word = peek();
  word_ = static_cast<std::size_t>(word.data() - text_.data());
  at_ = word_ + word.size();
  return word;
}

void NetemReader::complain(std::string message, std::string hint) {
  if (failed_) return;
  failed_ = true;
  error_ = {word_, std::max<std::size_t>(at_ - word_, 1), std::move(message), std::move(hint)};
}

}  // namespace

tl::expected<NetemSpec, NetemError> parse_netem(std::string_view text) {
  return NetemReader(text).read();
}

}  // namespace sim
