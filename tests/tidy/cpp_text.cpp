#include "tests/tidy/cpp_text.hpp"

#include <algorithm>
#include <cctype>

#include "tests/tidy/tree.hpp"

namespace tidy {

namespace {

bool is_identifier(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool is_space(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

// The end (past the last character) of the comment or literal that begins at `at`; `at` when none
// begins there.
class LiteralScanner {
 public:
  explicit LiteralScanner(std::string_view source) : source_(source) {}

  [[nodiscard]] std::size_t end_of_literal(std::size_t at) const {
    const std::string_view rest = source_.substr(at);
    if (rest.starts_with("//")) return line_end(at);
    if (rest.starts_with("/*")) return past("*/", at + 2);
    if (rest.starts_with("R\"") && !touches_identifier(at)) return raw_string_end(at);
    if (rest.starts_with('"')) return quoted_end(at);
    if (rest.starts_with('\'') && !separates_digits(at)) return quoted_end(at);
    return at;
  }

 private:
  [[nodiscard]] bool touches_identifier(std::size_t at) const {
    return at > 0 && is_identifier(source_[at - 1]);
  }

  // The ' of 1'000: the token it follows begins with a digit.
  [[nodiscard]] bool separates_digits(std::size_t at) const {
    std::size_t begin = at;
    while (begin > 0 && (is_identifier(source_[begin - 1]) || source_[begin - 1] == '\'')) --begin;
    return begin < at && std::isdigit(static_cast<unsigned char>(source_[begin])) != 0;
  }

  [[nodiscard]] std::size_t line_end(std::size_t at) const {
    return std::min(source_.find('\n', at), source_.size());
  }

  [[nodiscard]] std::size_t past(std::string_view end, std::size_t from) const {
    const std::size_t found = source_.find(end, from);
    return found == std::string_view::npos ? source_.size() : found + end.size();
  }

  [[nodiscard]] std::size_t raw_string_end(std::size_t at) const {
    const std::size_t open = source_.find('(', at);
    if (open == std::string_view::npos) return source_.size();
    const std::string delimiter(source_.substr(at + 2, open - at - 2));
    return past(")" + delimiter + "\"", open);
  }

  // Not past the end of the line, so that a stray quote costs one line and no more.
  [[nodiscard]] std::size_t quoted_end(std::size_t at) const {
    for (std::size_t i = at + 1; i < source_.size() && source_[i] != '\n'; ++i) {
      if (source_[i] == '\\')
        ++i;
      else if (source_[i] == source_[at])
        return i + 1;
    }
    return line_end(at);
  }

  std::string_view source_;
};

std::string on_one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (!is_space(c))
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

// "template <class T, class U> void f()" -> "void f()": its `class` says nothing about the block.
std::string_view skip_template_head(std::string_view head) {
  while (head.starts_with("template")) {
    std::size_t at = head.find('<');
    if (at == std::string_view::npos) return head;
    int depth = 0;
    do {
      if (head[at] == '<') ++depth;
      if (head[at] == '>') --depth;
      ++at;
    } while (at < head.size() && depth > 0);
    while (at < head.size() && is_space(head[at])) ++at;
    head.remove_prefix(at);
  }
  return head;
}

// The first character from `at` on that is neither space nor part of "public:" and its like.
std::size_t skip_access_specifiers(std::string_view code, std::size_t at) {
  at = std::min(code.find_first_not_of(" \n", at), code.size());
  for (const std::string_view word : {"public:", "protected:", "private:"})
    if (code.substr(at).starts_with(word)) return skip_access_specifiers(code, at + word.size());
  return at;
}

bool opens_function(std::string_view head) {
  head = skip_template_head(head);
  if (head.find('(') == std::string_view::npos) return false;
  for (const std::string_view word : {"class", "struct", "union", "enum", "namespace"})
    if (head.starts_with(word) && !is_identifier(head.substr(word.size()).front())) return false;
  return true;
}

}  // namespace

std::string code_only(std::string_view source) {
  const LiteralScanner scanner(source);
  std::string code(source);
  for (std::size_t i = 0; i < source.size();) {
    const std::size_t end = scanner.end_of_literal(i);
    for (std::size_t k = i; k < end; ++k)
      if (code[k] != '\n') code[k] = ' ';
    i = std::max(end, i + 1);
  }
  return code;
}

std::string without_directives(std::string_view code) {
  std::string out(code);
  std::size_t begin = 0;
  bool continued = false;
  while (begin < out.size()) {
    const std::size_t end = std::min(out.find('\n', begin), out.size());
    const std::size_t first = std::min(out.find_first_not_of(" \t", begin), end);
    const bool directive = continued || (first < end && out[first] == '#');
    continued = directive && end > begin && out[end - 1] == '\\';
    if (directive)
      std::fill(out.begin() + static_cast<std::ptrdiff_t>(begin),
                out.begin() + static_cast<std::ptrdiff_t>(end), ' ');
    begin = end + 1;
  }
  return out;
}

std::vector<Statement> split_statements(std::string_view code) {
  std::vector<Statement> statements;
  std::size_t begin = 0;
  while (begin < code.size()) {
    const std::size_t end = std::min(code.find_first_of(";{}", begin), code.size());
    const std::size_t first =
        begin + std::min(code.substr(begin, end - begin).find_first_not_of(" \n"), end - begin);
    if (first < end)
      statements.push_back(
          {first, code.substr(first, end - first), end < code.size() ? code[end] : ';'});
    begin = end + 1;
  }
  return statements;
}

std::vector<Function> find_functions(std::string_view code) {
  std::vector<Function> functions;
  int parentheses = 0;
  std::size_t head = 0;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    if (c == '(') ++parentheses;
    if (c == ')') --parentheses;
    if (parentheses != 0) continue;
    if (c == ';' || c == '}') head = i + 1;
    if (c != '{') continue;
    head = skip_access_specifiers(code, head);
    const std::string signature = on_one_line(code.substr(head, i - head));
    if (opens_function(signature)) {
      const std::size_t end = after_matching(code, i);
      functions.push_back({signature, line_at(code, head), line_at(code, end - 1)});
      i = end - 1;
    }
    head = i + 1;
  }
  return functions;
}

std::vector<std::size_t> find_word(std::string_view code, std::string_view pattern) {
  const bool any_beginning = pattern.starts_with('*');
  if (any_beginning) pattern.remove_prefix(1);
  std::vector<std::size_t> found;
  for (std::size_t at = code.find(pattern); at != std::string_view::npos;
       at = code.find(pattern, at + 1)) {
    const std::size_t end = at + pattern.size();
    const std::string_view before = code.substr(0, at);
    const bool begins = any_beginning || before.empty() || !is_identifier(before.back()) ||
                        !is_identifier(pattern.front());
    const bool member = before.ends_with('.') || before.ends_with("->");
    const bool ends =
        end == code.size() || !is_identifier(code[end]) || !is_identifier(pattern.back());
    if (begins && ends && !member) found.push_back(at);
  }
  return found;
}

std::size_t after_matching(std::string_view code, std::size_t open) {
  const char opening = code[open];
  const char closing = opening == '{' ? '}' : opening == '(' ? ')' : '>';
  int depth = 0;
  for (std::size_t i = open; i < code.size(); ++i) {
    if (code[i] == opening) ++depth;
    if (code[i] == closing && --depth == 0) return i + 1;
  }
  return code.size();
}

}  // namespace tidy
