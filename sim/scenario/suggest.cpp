#include "sim/scenario/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace sim {

namespace {

constexpr int one_edit = 2;
constexpr std::size_t longest_word = 64;

char folded(char c) {
  if (c == '-') return '_';
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

int replace_cost(char a, char b) {
  if (a == b) return 0;
  return folded(a) == folded(b) ? 1 : one_edit;
}

}  // namespace

int edit_distance(std::string_view from, std::string_view to) {
  const std::size_t columns = to.size() + 1;
  std::vector<int> before(columns);  // row i - 2, needed for swaps
  std::vector<int> above(columns);
  std::vector<int> row(columns);
  for (std::size_t j = 0; j < columns; ++j) above[j] = static_cast<int>(j) * one_edit;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    row[0] = static_cast<int>(i) * one_edit;
    for (std::size_t j = 1; j < columns; ++j) {
      const int replaced = above[j - 1] + replace_cost(from[i - 1], to[j - 1]);
      row[j] = std::min({above[j] + one_edit, row[j - 1] + one_edit, replaced});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
        row[j] = std::min(row[j], before[j - 2] + one_edit);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[columns - 1];
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  std::string_view best;
  if (word.size() > longest_word) return best;
  int best_distance = 0;
  for (const std::string_view candidate : candidates) {
    const int distance = edit_distance(word, candidate);
    const std::size_t letters = std::max(word.size(), candidate.size());
    const int allowed = std::max(one_edit, static_cast<int>(letters) * one_edit / 3);
    if (distance > allowed || static_cast<std::size_t>(distance) >= letters * one_edit) continue;
    if (best.empty() || distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string_view word_meant = nearest(word, candidates);
  return word_meant.empty() ? std::string() : fmt::format("did you mean '{}'?", word_meant);
}

}  // namespace sim
