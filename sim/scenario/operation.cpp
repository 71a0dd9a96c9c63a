#include "sim/scenario/operation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "model/base/check.hpp"
#include "sim/scenario/suggest.hpp"

namespace sim {

namespace {

namespace abi = kev::abi;
using kev::spec::CallKind;
using kev::spec::Timeout;

/// What follows the word.
enum class Form : std::uint8_t { nothing, requests, fetch, number, thread, socket, socket_bits };

struct Verb {
  CallKind kind;
  Doing doing;
  Form form;
};

// The same order.
constexpr OperationRow verb_rows[] = {
    {"add", "registers interests: add unotify 1 oneshot ready, socket 1 recv"},
    {"remove", "removes interests: remove unotify 1"},
    {"modify", "gives interests a new mask and new flags: modify socket 1 send"},
    {"ready", "marks interests ready: ready unotify 1"},
    {"kick", "lets one waiter go"},
    {"get_events", "fetches events: get_events min=1 max=2 timeout=none"},
    {"wait", "moves events to the ring: wait num=1"},
    {"commit", "gives slots of the ring back: commit 1"},
    {"look", "reads the ring"},
    {"consume", "takes the oldest slot of the ring and commits it"},
    {"close", "closes the queue"},
    {"signal", "sends a signal to a thread: signal W1"},
    {"set_socket", "what a socket is ready for from now on: set_socket 1 in out"},
    {"close_socket", "closes a socket's descriptor: close_socket 1"},
    {"drop_socket", "the same, and only interests keep it from going: drop_socket 1"},
};
constexpr Verb verbs[] = {
    {CallKind::add, Doing::call, Form::requests},
    {CallKind::remove, Doing::call, Form::requests},
    {CallKind::modify, Doing::call, Form::requests},
    {CallKind::ready, Doing::call, Form::requests},
    {CallKind::kick, Doing::call, Form::nothing},
    {CallKind::get_events, Doing::call, Form::fetch},
    {CallKind::wait, Doing::call, Form::fetch},
    {CallKind::commit, Doing::call, Form::number},
    {CallKind::ring_look, Doing::call, Form::nothing},
    {CallKind::commit, Doing::consume, Form::nothing},
    {CallKind::close, Doing::call, Form::nothing},
    {CallKind::signal, Doing::call, Form::thread},
    {CallKind::origin_set, Doing::call, Form::socket_bits},
    {CallKind::origin_close, Doing::call, Form::socket},
    {CallKind::origin_close, Doing::drop, Form::socket},
};
static_assert(std::size(verb_rows) == std::size(verbs));

struct Word {
  std::string_view name;
  std::uint32_t value;
};
constexpr Word kinds[] = {
    {"unotify", abi::KEVENT_UNOTIFY}, {"socket", abi::KEVENT_SOCKET}, {"timer", abi::KEVENT_TIMER}};
constexpr Word flags[] = {{"oneshot", abi::KEVENT_REQ_ONESHOT},
                          {"wakeup_all", abi::KEVENT_REQ_WAKEUP_ALL},
                          {"et", abi::KEVENT_REQ_ET},
                          {"last_check", abi::KEVENT_REQ_LAST_CHECK},
                          {"always_queue", abi::KEVENT_REQ_ALWAYS_QUEUE},
                          {"ready", abi::KEVENT_REQ_READY}};
constexpr Word masks[] = {{"recv", abi::KEVENT_SOCKET_RECV},
                          {"accept", abi::KEVENT_SOCKET_ACCEPT},
                          {"send", abi::KEVENT_SOCKET_SEND}};
constexpr Word poll_words[] = {
    {"none", 0}, {"in", 0x001}, {"out", 0x004}, {"err", 0x008}, {"hup", 0x010}};
constexpr Word indices[] = {{"latest", 0}, {"seen", 1}};
constexpr Word clocks[] = {{"relative", 0}, {"absolute", 1}};
constexpr Word timeouts[] = {{"none", static_cast<std::uint32_t>(Timeout::none)},
                             {"finite", static_cast<std::uint32_t>(Timeout::finite)},
                             {"endless", static_cast<std::uint32_t>(Timeout::endless)}};

template <class Words>
std::vector<std::string_view> names_in(const Words& words) {
  std::vector<std::string_view> names;
  for (const auto& word : words) names.push_back(word.name);
  return names;
}

/// Reads a line token by token; the first mistake ends it.
class Reader {
 public:
  Reader(std::string_view text, const std::vector<std::string_view>& threads)
      : text_(text), threads_(threads) {}

  tl::expected<ProgramStep, OperationError> read() {
    ProgramStep made;
    made.text = text_;
    const std::string_view word = token();
    const auto names = names_in(verb_rows);
    const auto found = std::find(names.begin(), names.end(), word);
    if (found == names.end()) {
      complain(
          word.empty() ? "an operation is missing" : fmt::format("unknown operation '{}'", word),
          names);
    } else {
      const Verb& verb = verbs[found - names.begin()];
      made.kind = verb.kind;
      made.doing = verb.doing;
      read_form(verb.form, made);
      if (!failed_ && !token().empty())
        complain(fmt::format("'{}' is too much after '{}'", last(), *found), {});
    }
    if (failed_) return tl::unexpected(error_);
    return made;
  }

 private:
  void read_form(Form form, ProgramStep& made) {
    switch (form) {
      case Form::nothing:
        return;
      case Form::requests:
        return read_requests(made);
      case Form::fetch:
        return read_fetch(made);
      case Form::number:
        made.ahead = number("how many slots", 0, 64);
        return;
      case Form::thread:
        return read_thread(made);
      case Form::socket:
        made.target = number("the number of a socket", 1, 64) - 1;
        return;
      case Form::socket_bits:
        made.target = number("the number of a socket", 1, 64) - 1;
        return read_bits(made);
    }
  }

  void read_requests(ProgramStep& made) {
    do {
      ProgramItem item;
      item.type = one_of(kinds, "kind of event");
      if (failed_) return;
      read_id(item);
      std::uint32_t mask = 0;
      while (!failed_ && !peek().empty() && peek() != ",") {
        const std::string_view word = token();
        if (const Word* flag = find(flags, word)) {
          item.flags |= flag->value;
        } else if (const Word* bit = find(masks, word)) {
          mask |= bit->value;
        } else {
          std::vector<std::string_view> known = names_in(flags);
          for (const Word& each : masks) known.push_back(each.name);
          complain(fmt::format("unknown flag or mask '{}'", word), known);
        }
      }
      if (mask != 0) item.mask = mask;
      // A periodic timer never lets a program come to rest.
      if (item.type == abi::KEVENT_TIMER) item.flags |= abi::KEVENT_REQ_ONESHOT;
      made.items.push_back(item);
    } while (!failed_ && peek() == "," && !token().empty());
  }

  void read_id(ProgramItem& item) {
    const std::string_view word = token();
    const std::size_t dot = word.find('.');
    item.id = to_number(word.substr(0, dot), "an id", 1, 1'000'000);
    if (dot != std::string_view::npos)
      item.second_id = to_number(word.substr(dot + 1), "an id's second part", 1, 1'000'000);
  }

  void read_fetch(ProgramStep& made) {
    made.timeout = Timeout::endless;
    const bool to_ring = made.kind == CallKind::wait;
    while (!failed_ && !peek().empty()) {
      const std::string_view word = token();
      const std::size_t equals = word.find('=');
      const std::string_view key = word.substr(0, equals);
      const std::string_view value =
          equals == std::string_view::npos ? std::string_view() : word.substr(equals + 1);
      if (key == "timeout")
        made.timeout = static_cast<Timeout>(one_of_value(timeouts, value, "timeout"));
      else if (key == "clock")
        made.absolute = one_of_value(clocks, value, "clock") != 0;
      else if (key == "min" && !to_ring)
        made.min = to_number(value, "min", 0, 8);
      else if (key == "index" && to_ring)
        made.as_seen = one_of_value(indices, value, "index") != 0;
      else if (key == (to_ring ? "num" : "max"))
        made.max = to_number(value, key, 1, 8);
      else
        complain(fmt::format("unknown argument '{}'", word),
                 to_ring ? std::vector<std::string_view>{"num", "index", "timeout", "clock"}
                         : std::vector<std::string_view>{"min", "max", "timeout", "clock"});
    }
  }

  void read_thread(ProgramStep& made) {
    const std::string_view name = token();
    const auto found = std::find(threads_.begin(), threads_.end(), name);
    if (found == threads_.end())
      return complain(name.empty() ? "the name of a thread is missing"
                                   : fmt::format("unknown thread '{}'", name),
                      threads_);
    made.target = static_cast<std::uint32_t>(found - threads_.begin());
  }

  void read_bits(ProgramStep& made) {
    if (peek().empty()) return complain("what it is ready for is missing", names_in(poll_words));
    while (!failed_ && !peek().empty()) made.bits |= one_of(poll_words, "state of a socket");
  }

  // -- words --------------------------------------------------------------------------------------

  std::string_view peek() {
    const std::size_t at = at_;
    const std::string_view word = token();
    at_ = at;
    return word;
  }

  /// The next word, or a comma; empty at the end.
  std::string_view token() {
    at_ = std::min(text_.find_first_not_of(' ', at_), text_.size());
    last_ = at_;
    if (at_ < text_.size() && text_[at_] == ',')
      ++at_;
    else
      at_ = std::min(text_.find_first_of(" ,", at_), text_.size());
    return last();
  }
  [[nodiscard]] std::string_view last() const { return text_.substr(last_, at_ - last_); }

  template <class Words>
  static const Word* find(const Words& words, std::string_view name) {
    for (const Word& word : words)
      if (word.name == name) return &word;
    return nullptr;
  }

  template <class Words>
  std::uint32_t one_of(const Words& words, std::string_view what) {
    return one_of_value(words, token(), what);
  }
  template <class Words>
  std::uint32_t one_of_value(const Words& words, std::string_view name, std::string_view what) {
    if (const Word* word = find(words, name)) return word->value;
    complain(name.empty() ? fmt::format("the {} is missing", what)
                          : fmt::format("unknown {} '{}'", what, name),
             names_in(words));
    return 0;
  }

  std::uint32_t number(std::string_view what, std::uint32_t least, std::uint32_t most) {
    return to_number(token(), what, least, most);
  }
  std::uint32_t to_number(std::string_view word, std::string_view what, std::uint32_t least,
                          std::uint32_t most) {
    std::uint32_t value = 0;
    const auto [rest, failed] = std::from_chars(word.data(), word.data() + word.size(), value);
    const bool whole = failed == std::errc() && rest == word.data() + word.size();
    if (!whole || value < least || value > most) {
      complain(fmt::format("{} must be a number from {} to {}", what, least, most), {});
      return least;
    }
    return value;
  }

  void complain(std::string message, const std::vector<std::string_view>& known) {
    if (failed_) return;
    failed_ = true;
    error_.at = last_;
    error_.length = std::max<std::size_t>(at_ - last_, 1);
    error_.message = std::move(message);
    if (known.empty()) return;
    error_.hint = did_you_mean(last(), known);
    if (error_.hint.empty()) error_.hint = fmt::format("known: {}", fmt::join(known, ", "));
  }

  const std::string_view text_;
  const std::vector<std::string_view>& threads_;
  std::size_t at_ = 0;
  std::size_t last_ = 0;
  bool failed_ = false;
  OperationError error_;
};

}  // namespace

std::span<const OperationRow> operation_rows() {
  return verb_rows;
}

tl::expected<ProgramStep, OperationError> parse_operation(
    std::string_view text, const std::vector<std::string_view>& threads) {
  return Reader(text, threads).read();
}

}  // namespace sim
