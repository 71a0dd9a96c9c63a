#include "sim/block/disksim_syntax.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace sim {

namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr int deepest = 16;  ///< of blocks, lists and files in each other

/// The text of one file, cut into marks and phrases (words up to a mark or the line's end).
class Tokens {
 public:
  Tokens(std::string path, std::string text) : path_(std::move(path)), text_(std::move(text)) {
    skip();
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  [[nodiscard]] bool at(char mark) const { return !at_end() && text_[at_] == mark; }
  bool take(char mark) {
    if (!at(mark)) return false;
    ++at_;
    skip();
    return true;
  }
  /// Empty at a mark or the end.
  [[nodiscard]] std::string_view phrase() const {
    const std::string_view rest = std::string_view(text_).substr(at_);
    std::string_view found = rest.substr(0, rest.find_first_of("{}[],=#\n"));
    while (!found.empty() && blanks.find(found.back()) != std::string_view::npos)
      found.remove_suffix(1);
    return found;
  }
  [[nodiscard]] std::string_view word() const {
    return phrase().substr(0, phrase().find_first_of(" \t"));
  }
  std::string take_phrase() { return advance(phrase()); }
  std::string take_word() { return advance(word()); }

  [[nodiscard]] DisksimPlace here(int length = 0) const {
    const std::size_t end = std::min(text_.find_first_of("\r\n", line_begin_), text_.size());
    return {{path_, line_, static_cast<int>(at_ - line_begin_) + 1},
            text_.substr(line_begin_, end - line_begin_),
            length != 0 ? length : std::max(1, static_cast<int>(phrase().size()))};
  }

 private:
  std::string advance(std::string_view taken) {
    std::string text(taken);
    at_ += taken.size();
    skip();
    return text;
  }
  void skip() {
    while (!at_end()) {
      if (text_[at_] == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
        continue;
      }
      if (blanks.find(text_[at_]) == std::string_view::npos) return;
      const bool newline = text_[at_++] == '\n';
      if (!newline) continue;
      ++line_;
      line_begin_ = at_;
    }
  }

  std::string path_;
  std::string text_;
  std::size_t at_ = 0;
  std::size_t line_begin_ = 0;
  int line_ = 1;
};

class Parser {
 public:
  explicit Parser(const DisksimFiles& files) : files_(files) {}

  /// False when something is wrong: see error().
  bool parse_file(Tokens& tokens) {
    while (!tokens.at_end())
      if (!parse_top(tokens)) return false;
    file_.end = tokens.here(1);
    return true;
  }
  DisksimFile file() { return std::move(file_); }
  kev::Errors error() { return std::move(errors_); }
  std::optional<Tokens> open(const std::string& path, const DisksimPlace* named) {
    kev::Result<std::string> text = files_(path);
    if (text) return Tokens(path, *std::move(text));
    errors_ = std::move(text.error());
    if (named != nullptr)
      errors_ = {named->error(fmt::format("cannot source '{}': {}", path, errors_.front().message),
                              errors_.front().hint)};
    return std::nullopt;
  }

 private:
  bool fail(const Tokens& tokens, std::string message, std::string hint = {}) {
    errors_.push_back(tokens.here().error(std::move(message), std::move(hint)));
    return false;
  }

  bool parse_top(Tokens& tokens) {
    const std::string_view word = tokens.word();
    if (word == "source") return with_sourced(tokens, [&](Tokens& in) { return parse_file(in); });
    if (word == "instantiate") return parse_instantiate(tokens);
    if (word == "topology") return skip_topology(tokens);
    if (word.empty()) return fail(tokens, "a block must begin here", "TYPE NAME { ... }");
    return parse_block(tokens) != nullptr;
  }

  /// `source FILE`: hands its tokens to `use`.
  template <class Use>
  bool with_sourced(Tokens& tokens, Use use) {
    const DisksimPlace at = tokens.here();
    tokens.take_word();
    const std::string name = tokens.take_word();
    if (name.empty()) return fail(tokens, "source needs the name of a file");
    if (++depth_ > deepest) return fail(tokens, "files source each other too deeply");
    std::optional<Tokens> sourced = open(beside(tokens.path(), name), &at);
    const bool good = sourced && use(*sourced);
    --depth_;
    return good;
  }

  bool parse_instantiate(Tokens& tokens) {
    tokens.take_word();
    if (!tokens.take('[')) return fail(tokens, "expected '[' after instantiate");
    while (!tokens.at(']')) {
      if (tokens.take(',')) continue;
      if (tokens.take_phrase().empty()) return fail(tokens, "expected ']'");
    }
    tokens.take(']');
    if (tokens.take_word() != "as")
      return fail(tokens, "expected 'as'", "instantiate [ x ] as NAME");
    file_.instantiated.push_back(tokens.take_word());
    return true;
  }

  /// `topology TYPE NAME [ ... ]`, where each part may hold others in the same way.
  bool skip_topology(Tokens& tokens) {
    tokens.take_phrase();
    int open = 0;
    do {
      if (tokens.at_end()) return fail(tokens, "the topology does not end: ']' is missing");
      if (tokens.take('['))
        ++open;
      else if (tokens.take(']'))
        --open;
      else if (!tokens.take(',') && tokens.take_phrase().empty())
        return fail(tokens, "expected '[' or ']'");
    } while (open > 0);
    return true;
  }

  /// TYPE [NAME] { parameters }; null when something is wrong.
  std::shared_ptr<const DisksimBlock> parse_block(Tokens& tokens) {
    auto block = std::make_shared<DisksimBlock>();
    block->at = tokens.here();
    block->type = tokens.take_word();
    block->name = tokens.take_word();
    if (!tokens.take('{')) {
      fail(tokens, fmt::format("expected '{{' after '{}'", block->type));
      return nullptr;
    }
    while (!tokens.take('}')) {
      if (tokens.take(',')) continue;
      if (tokens.at_end()) {
        errors_.push_back(
            block->at.error(fmt::format("block '{}' does not end: '}}' is missing", block->type)));
        return nullptr;
      }
      if (!parse_parameter(tokens, *block)) return nullptr;
    }
    file_.blocks.push_back(block);
    return block;
  }

  bool parse_parameter(Tokens& tokens, DisksimBlock& block) {
    DisksimParameter parameter;
    parameter.at = tokens.here();
    parameter.name = tokens.take_phrase();
    if (parameter.name.empty()) return fail(tokens, "expected the name of a parameter");
    if (!tokens.take('='))
      return fail(tokens, fmt::format("expected '=' after '{}'", parameter.name));
    if (!parse_value(tokens, parameter.value)) return false;
    block.parameters.push_back(std::move(parameter));
    return true;
  }

  bool parse_value(Tokens& tokens, DisksimValue& value) {
    value.at = tokens.here();
    if (++depth_ > deepest) return fail(tokens, "blocks and lists lie too deep in each other");
    const bool good = parse_value_here(tokens, value);
    --depth_;
    return good;
  }

  bool parse_value_here(Tokens& tokens, DisksimValue& value) {
    if (tokens.take('[')) {
      value.kind = DisksimValue::Kind::list;
      while (!tokens.take(']')) {
        if (tokens.take(',')) continue;
        if (tokens.at_end() || tokens.at('}'))
          return fail(tokens, "the list does not end: ']' is missing");
        if (!parse_value(tokens, value.list.emplace_back())) return false;
      }
      return true;
    }
    if (tokens.word() == "source")
      return with_sourced(tokens, [&](Tokens& in) { return block_value(in, value); });
    Tokens ahead = tokens;
    value.word = ahead.take_phrase();
    if (value.word.empty()) return fail(tokens, "a value is missing");
    if (ahead.at('{')) return block_value(tokens, value);
    tokens = std::move(ahead);
    return true;
  }

  bool block_value(Tokens& tokens, DisksimValue& value) {
    value.kind = DisksimValue::Kind::block;
    value.block = parse_block(tokens);
    return value.block != nullptr;
  }

  const DisksimFiles& files_;
  DisksimFile file_;
  kev::Errors errors_;
  int depth_ = 0;
};

}  // namespace

std::string beside(const std::string& from, const std::string& name) {
  const std::size_t slash = from.rfind('/');
  if (slash == std::string::npos || name.starts_with('/')) return name;
  return from.substr(0, slash + 1) + name;
}

kev::Result<DisksimFile> parse_disksim(const std::string& path, const DisksimFiles& files) {
  Parser parser(files);
  std::optional<Tokens> tokens = parser.open(path, nullptr);
  if (!tokens || !parser.parse_file(*tokens)) return tl::unexpected<kev::Errors>(parser.error());
  return parser.file();
}

}  // namespace sim
