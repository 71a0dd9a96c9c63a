#include "sim/schedule/schedule_chooser.hpp"

#include <fmt/format.h>

#include <charconv>

namespace sim {

std::string describe(const std::vector<Pick>& picks) {
  std::string text;
  for (std::size_t i = 0; i < picks.size(); ++i) {
    const Pick& pick = picks[i];
    if (pick.picked == 0) continue;
    text += fmt::format("{}{} {}({}): {} of {}", text.empty() ? "" : ", ", i, pick.operation.name,
                        pick.operation.object, pick.picked, pick.options);
  }
  return text.empty() ? "all choices plain" : text;
}

std::string write_schedule(const std::vector<std::uint32_t>& list) {
  std::string text;
  for (std::size_t i = 0; i < list.size(); ++i)
    if (list[i] != 0) text += fmt::format("{}{}:{}", text.empty() ? "" : " ", i, list[i]);
  return text;
}

std::vector<std::uint32_t> parse_schedule(std::string_view text) {
  constexpr std::size_t longest = 10'000'000;
  std::vector<std::uint32_t> list;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    std::size_t position = 0;
    std::uint32_t picked = 0;
    const auto first = std::from_chars(at, end, position);
    if (first.ec != std::errc() || first.ptr == end || *first.ptr != ':') break;
    const auto second = std::from_chars(first.ptr + 1, end, picked);
    if (second.ec != std::errc() || position >= longest) break;
    if (list.size() <= position) list.resize(position + 1, 0);
    list[position] = picked;
    at = second.ptr;
    while (at != end && *at == ' ') ++at;
  }
  return list;
}

}  // namespace sim
