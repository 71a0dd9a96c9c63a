#include "sim/explore/step_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sim {

namespace {

std::string text_of(const ShownStep& step) {
  std::string text = step.operation;
  if (!step.object.empty()) text += " " + step.object;
  if (step.value) text += fmt::format(" = {}", *step.value);
  if (step.waits) text += ": waits for ever";
  return text;
}

void end_line(std::string& text) {
  while (text.back() == ' ') text.pop_back();
  text += '\n';
}

}  // namespace

void StepTable::add(std::uint32_t number, const ShownStep& step, char mark) {
  const std::size_t column = column_of(step.thread);
  std::string row = text_of(step);
  if (!rows_.empty() && rows_.back().column == column && rows_.back().text == row &&
      rows_.back().place == step.place && rows_.back().mark == mark) {
    ++rows_.back().times;
    return;
  }
  rows_.push_back({number, mark, column, std::move(row), step.place, 1, step.by_machine});
}

std::string StepTable::text() const {
  const std::vector<bool> shown = choose_rows();
  const std::vector<std::size_t> widths = widths_of(shown);
  std::string out = fmt::format("{:>6}", "step");
  for (std::size_t i = 0; i < threads_.size(); ++i)
    if (widths[i] != 0)
      out += fmt::format(" | {:<{}}", subject_.thread_name(threads_[i]), widths[i]);
  const bool places =
      std::any_of(rows_.begin(), rows_.end(), [](const Row& row) { return !row.place.empty(); });
  if (places) out += " | where";
  end_line(out);
  std::size_t left_out = 0;
  for (std::size_t at = 0; at < rows_.size(); ++at) {
    if (!shown[at]) {
      ++left_out;
      continue;
    }
    if (left_out != 0) out += fmt::format("       ({} rows left out)\n", left_out);
    left_out = 0;
    const Row& row = rows_[at];
    out += fmt::format("{}{:>5}", row.mark, row.number);
    for (std::size_t i = 0; i < threads_.size(); ++i)
      if (widths[i] != 0)
        out += fmt::format(" | {:<{}}", i == row.column ? row.text : "", widths[i]);
    if (!row.place.empty()) out += " | " + row.place;
    if (row.times > 1) out += fmt::format(" | {} times", row.times);
    end_line(out);
  }
  return out;
}

std::uint32_t StepTable::switches(std::uint32_t last) const {
  std::uint32_t count = 0;
  const Row* before = nullptr;
  for (const Row& row : rows_) {
    if (row.number > last) break;
    if (row.by_machine) continue;
    if (before != nullptr && before->column != row.column) ++count;
    before = &row;
  }
  return count;
}

std::vector<bool> StepTable::choose_rows() const {
  std::vector<bool> shown(rows_.size(), rows_.size() <= rows_max);
  if (rows_.size() <= rows_max) return shown;
  const auto marked =
      std::find_if(rows_.begin(), rows_.end(), [](const Row& row) { return row.mark != ' '; });
  // Without a mark the beginning is as good as anything.
  const bool any = marked != rows_.end();
  const std::size_t middle = any ? static_cast<std::size_t>(marked - rows_.begin()) : rows_before;
  const std::size_t begin = middle - std::min(middle, rows_before);
  const std::size_t last = rows_.size() - (rows_max - rows_before - rows_after);
  for (std::size_t at = begin; at < rows_.size(); ++at)
    shown[at] = at < middle + rows_after || at >= last;
  return shown;
}

std::vector<std::size_t> StepTable::widths_of(const std::vector<bool>& shown) const {
  std::vector<std::size_t> widths(threads_.size(), 0);
  for (std::size_t at = 0; at < rows_.size(); ++at) {
    const Row& row = rows_[at];
    if (!shown[at]) continue;
    const std::size_t name = subject_.thread_name(threads_[row.column]).size();
    widths[row.column] = std::max({widths[row.column], name, row.text.size()});
  }
  return widths;
}

std::size_t StepTable::column_of(std::uint32_t thread) {
  const auto at = std::find(threads_.begin(), threads_.end(), thread);
  const auto column = static_cast<std::size_t>(at - threads_.begin());
  if (at == threads_.end()) threads_.push_back(thread);
  return column;
}

}  // namespace sim
