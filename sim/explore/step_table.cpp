#include "sim/explore/step_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sim {

namespace {

/// What is written as -1 to 32 bits is read as a large number; what looks like a place in memory
/// says more in hexadecimal digits.
std::string words_of(std::int64_t value) {
  constexpr std::int64_t bits_32 = std::int64_t{1} << 32;
  constexpr std::int64_t small = 4096;
  if (value < bits_32 && value >= bits_32 - small) return fmt::format("{}", value - bits_32);
  return value >= 256 * bits_32 ? fmt::format("{:#x}", value) : fmt::format("{}", value);
}

std::string text_of(const ShownStep& step) {
  std::string text = step.operation;
  if (!step.object.empty()) text += " " + step.object;
  if (!step.points_to.empty())
    text += " = &" + step.points_to;
  else if (step.value)
    text += " = " + words_of(*step.value);
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
  const std::vector<Loop> loops = this->loops();
  const std::vector<bool> once = rows_once(loops);
  std::vector<bool> shown = once;
  cut(shown);
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
  auto loop = loops.begin();
  for (std::size_t at = 0; at < rows_.size(); ++at) {
    if (!shown[at]) {
      left_out += once[at] ? 1U : 0U;
      continue;
    }
    if (left_out != 0) out += fmt::format("       ({} rows left out)\n", left_out);
    left_out = 0;
    const Row& row = rows_[at];
    out += row.number == 0 ? fmt::format("{}     ", row.mark)
                           : fmt::format("{}{:>5}", row.mark, row.number);
    for (std::size_t i = 0; i < threads_.size(); ++i)
      if (widths[i] != 0)
        out += fmt::format(" | {:<{}}", i == row.column ? row.text : "", widths[i]);
    if (!row.place.empty()) out += " | " + row.place;
    if (row.times > 1) out += fmt::format(" | {} times", row.times);
    end_line(out);
    while (loop != loops.end() && loop->begin + loop->rows <= at) ++loop;
    if (loop != loops.end() && loop->begin + loop->rows == at + 1)
      out += fmt::format("       (this row and the {} before, {} times)\n", loop->rows - 1,
                         loop->rounds);
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

std::size_t StepTable::rounds_of(std::size_t begin, std::size_t rows) const {
  const auto same = [](const Row& one, const Row& other) {
    return one.column == other.column && one.mark == other.mark && one.times == other.times &&
           one.text == other.text && one.place == other.place;
  };
  std::size_t at = begin + rows;
  while (at < rows_.size() && same(rows_[at], rows_[at - rows])) ++at;
  return (at - begin) / rows;
}

std::vector<StepTable::Loop> StepTable::loops() const {
  std::vector<Loop> found;
  for (std::size_t at = 0; at < rows_.size();) {
    std::size_t next = at + 1;
    for (std::size_t rows = 1; rows <= loop_rows_max; ++rows) {
      const std::size_t rounds = rounds_of(at, rows);
      if (rounds < loop_rounds_min) continue;
      found.push_back({at, rows, rounds});
      next = at + rows * rounds;
      break;
    }
    at = next;
  }
  return found;
}

std::vector<bool> StepTable::rows_once(const std::vector<Loop>& loops) const {
  std::vector<bool> shown(rows_.size(), true);
  for (const Loop& loop : loops)
    for (std::size_t i = loop.rows; i < loop.rows * loop.rounds; ++i) shown[loop.begin + i] = false;
  return shown;
}

/// Leaves out what is not near the first mark, nor the end, nor a fault.
void StepTable::cut(std::vector<bool>& shown) const {
  std::vector<std::size_t> rows;
  for (std::size_t at = 0; at < rows_.size(); ++at)
    if (shown[at]) rows.push_back(at);
  if (rows.size() <= rows_max) return;
  const auto marked = std::find_if(rows.begin(), rows.end(),
                                   [this](std::size_t at) { return rows_[at].mark != ' '; });
  // Without a mark the beginning is as good as anything.
  const bool any = marked != rows.end();
  const std::size_t middle = any ? static_cast<std::size_t>(marked - rows.begin()) : rows_before;
  const std::size_t begin = middle - std::min(middle, rows_before);
  const std::size_t last = rows.size() - (rows_max - rows_before - rows_after);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool near = i >= begin && (i < middle + rows_after || i >= last);
    shown[rows[i]] = near || is_fault(rows[i]) || (i + 1 < rows.size() && is_fault(rows[i + 1]));
  }
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
