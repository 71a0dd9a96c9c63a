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
  if (!step.place.empty()) text += "  " + step.place;
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
      rows_.back().mark == mark) {
    ++rows_.back().times;
    return;
  }
  widths_[column] = std::max(widths_[column], row.size());
  rows_.push_back({number, mark, column, std::move(row), 1});
}

std::string StepTable::text() const {
  std::string out = fmt::format("{:>6}", "step");
  for (std::size_t i = 0; i < threads_.size(); ++i)
    out += fmt::format(" | {:<{}}", subject_.thread_name(threads_[i]), widths_[i]);
  end_line(out);
  for (std::size_t at = 0; at < rows_.size(); ++at) {
    if (rows_.size() > rows_max && at == rows_max / 2) {
      out += fmt::format("       ({} rows left out)\n", rows_.size() - rows_max);
      at = rows_.size() - rows_max / 2;
    }
    const Row& row = rows_[at];
    out += fmt::format("{}{:>5}", row.mark, row.number);
    for (std::size_t i = 0; i < threads_.size(); ++i)
      out += fmt::format(" | {:<{}}", i == row.column ? row.text : "", widths_[i]);
    if (row.times > 1) out += fmt::format(" | {} times", row.times);
    end_line(out);
  }
  return out;
}

std::uint32_t StepTable::switches() const {
  std::uint32_t count = 0;
  for (std::size_t i = 1; i < rows_.size(); ++i)
    if (rows_[i].column != rows_[i - 1].column) ++count;
  return count;
}

std::size_t StepTable::column_of(std::uint32_t thread) {
  const auto at = std::find(threads_.begin(), threads_.end(), thread);
  const auto column = static_cast<std::size_t>(at - threads_.begin());
  if (at == threads_.end()) {
    threads_.push_back(thread);
    widths_.push_back(subject_.thread_name(thread).size());
  }
  return column;
}

}  // namespace sim
