#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tests/tidy/cpp_text.hpp"
#include "tests/tidy/policy.hpp"
#include "tests/tidy/rules.hpp"

namespace tidy {

namespace {

bool contains_word(std::string_view code, std::string_view word) {
  return !find_word(code, word).empty();
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\n')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.remove_suffix(1);
  return text;
}

void find_banned_names(const File& file, const std::vector<BannedName>& banned,
                       Findings& findings) {
  for (const BannedName& row : banned)
    for (const std::size_t at : find_word(file.code, row.name))
      findings.push_back(
          {file.path, line_at(file.code, at), fmt::format("'{}': use {}", row.name, row.instead)});
}

// The handler after a `catch (...)` whose word `catch` is at `at`; empty for another catch.
std::string_view catch_all_body(std::string_view code, std::size_t at) {
  const std::size_t open = code.find('(', at);
  if (open == std::string_view::npos) return {};
  const std::size_t close = after_matching(code, open);
  if (trimmed(code.substr(open + 1, close - open - 2)) != "...") return {};
  const std::size_t body = code.find('{', close);
  if (body == std::string_view::npos) return {};
  return code.substr(body, after_matching(code, body) - body);
}

bool rethrows(std::string_view body) {
  const std::vector<std::size_t> throws = find_word(body, "throw");
  return std::any_of(throws.begin(), throws.end(),
                     [&](std::size_t at) { return trimmed(body.substr(at + 5)).starts_with(';'); });
}

constexpr std::array draw_calls{"next()", "unit()", "below(", "chance(", "choose(", "sample("};

// What the call at `at` draws from: for `random_.below(n)` the object, for `law.sample(random)` the
// argument. Empty when it is no member call.
std::string_view source_of_draw(std::string_view statement, std::size_t at, std::string_view call) {
  std::string_view before = statement.substr(0, at);
  if (before.ends_with('.'))
    before.remove_suffix(1);
  else if (before.ends_with("->"))
    before.remove_suffix(2);
  else
    return {};
  if (call == "sample(") {
    const std::size_t end = after_matching(statement, at + call.size() - 1);
    return statement.substr(at + call.size(), end - 1 - at - call.size());
  }
  const std::size_t begin = before.find_last_of(" \n(,=!<>+-*/%&|?:{[");
  return begin == std::string_view::npos ? before : before.substr(begin + 1);
}

// Pieces of a statement that are evaluated one after the other, or only one of them: what the
// operators of a conditional outside of parentheses part.
std::vector<std::string_view> split_conditional(std::string_view statement) {
  std::vector<std::string_view> pieces;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < statement.size(); ++i) {
    if (statement[i] == '(') ++depth;
    if (statement[i] == ')') --depth;
    const bool parts = statement[i] == '?' || statement.substr(i).starts_with(" : ");
    if (depth != 0 || !parts) continue;
    pieces.push_back(statement.substr(begin, i - begin));
    begin = i + 1;
  }
  pieces.push_back(statement.substr(begin));
  return pieces;
}

// The sources drawn from in one statement, once for each draw.
std::vector<std::string_view> draws_in(std::string_view statement) {
  std::vector<std::string_view> sources;
  for (const std::string_view call : draw_calls)
    for (std::size_t at = statement.find(call); at != std::string_view::npos;
         at = statement.find(call, at + 1))
      if (const std::string_view source = source_of_draw(statement, at, call); !source.empty())
        sources.push_back(source);
  return sources;
}

// The template arguments after the '<' at `open`, split at commas outside of inner brackets.
std::vector<std::string_view> template_arguments(std::string_view code, std::size_t open) {
  const std::size_t end = after_matching(code, open);
  std::vector<std::string_view> arguments;
  int depth = 0;
  std::size_t begin = open + 1;
  for (std::size_t i = open + 1; i < end; ++i) {
    if (code[i] == '<' || code[i] == '(') ++depth;
    if (depth > 0 && (code[i] == '>' || code[i] == ')')) {
      --depth;
    } else if (depth == 0 && (code[i] == ',' || code[i] == '>')) {
      arguments.push_back(trimmed(code.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  return arguments;
}

struct OrderedContainer {
  std::string_view name;
  std::size_t arguments_before_order;
};
constexpr std::array ordered_containers{
    OrderedContainer{"std::map<", 2}, OrderedContainer{"std::multimap<", 2},
    OrderedContainer{"std::set<", 1}, OrderedContainer{"std::multiset<", 1}};

bool is_mutable_static(const Statement& statement) {
  std::string_view head = statement.text.substr(0, statement.text.find('='));
  for (const std::string_view word : {"public:", "protected:", "private:", "inline"})
    if (trimmed(head).starts_with(word)) head = trimmed(head).substr(word.size());
  if (!trimmed(head).starts_with("static ")) return false;
  const auto says = [&](std::string_view word) { return contains_word(head, word); };
  return head.find('(') == std::string_view::npos && !says("const") && !says("constexpr") &&
         !says("constinit");
}

}  // namespace

Findings functions_too_long(const Tree& tree) {
  Findings findings;
  for (const File& file : tree.files) {
    if (!is_cpp(file)) continue;
    for (const Function& function : find_functions(without_directives(file.code))) {
      const int lines = function.last_line - function.first_line + 1;
      if (lines > max_function_lines)
        findings.push_back({file.path, function.first_line,
                            fmt::format("{} lines, {} at most: {}", lines, max_function_lines,
                                        std::string_view(function.signature).substr(0, 60))});
    }
  }
  return findings;
}

Findings banned_names(const Tree& tree) {
  Findings findings;
  for (const File& file : tree.files) {
    if (!is_cpp(file)) continue;
    find_banned_names(file, names_banned_everywhere(), findings);
    if (in_simulation(file.path)) find_banned_names(file, names_banned_in_simulation(), findings);
  }
  return findings;
}

Findings swallowed_exceptions(const Tree& tree) {
  Findings findings;
  for (const File& file : tree.files) {
    for (const std::size_t at : find_word(file.code, "catch")) {
      const std::string_view body = catch_all_body(file.code, at);
      if (!body.empty() && !rethrows(body))
        findings.push_back({file.path, line_at(file.code, at),
                            "catch (...) without rethrow: it would stop the unwinding of a fiber"});
    }
  }
  return findings;
}

Findings several_draws(const Tree& tree) {
  Findings findings;
  for (const File& file : tree.files) {
    const std::string code = without_directives(file.code);
    for (const Statement& statement : split_statements(code)) {
      for (const std::string_view piece : split_conditional(statement.text)) {
        std::vector<std::string_view> sources = draws_in(piece);
        std::sort(sources.begin(), sources.end());
        if (std::adjacent_find(sources.begin(), sources.end()) == sources.end()) continue;
        findings.push_back({file.path, line_at(code, statement.offset),
                            "two random draws in one statement: compilers differ in their order"});
      }
    }
  }
  return findings;
}

Findings order_by_address(const Tree& tree) {
  Findings findings;
  for (const File& file : tree.files) {
    if (!in_simulation(file.path)) continue;
    for (const OrderedContainer& container : ordered_containers) {
      for (const std::size_t at : find_word(file.code, container.name)) {
        const auto arguments = template_arguments(file.code, at + container.name.size() - 1);
        if (arguments.empty() || arguments.size() > container.arguments_before_order) continue;
        if (arguments.front().ends_with('*'))
          findings.push_back({file.path, line_at(file.code, at),
                              fmt::format("{}{}: ordered by address, which differs from run to run",
                                          container.name, arguments.front())});
      }
    }
  }
  return findings;
}

Findings mutable_statics(const Tree& tree) {
  Findings findings;
  for (const File& file : tree.files) {
    if (!in_simulation(file.path)) continue;
    const std::string code = without_directives(file.code);
    for (const Statement& statement : split_statements(code))
      if (is_mutable_static(statement))
        findings.push_back({file.path, line_at(code, statement.offset),
                            "mutable static: state belongs to an execution"});
  }
  return findings;
}

}  // namespace tidy
