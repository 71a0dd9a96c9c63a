#pragma once
// Steps of an execution as text: a row for each, a column for each thread and one for where in the
// code it is, and a mark before rows that matter. What goes round in a loop is shown once and its
// rounds are counted. Of a long table the faults, what led to the first mark is shown, what came
// right after it, and the end, with the columns that this needs.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/explore/subject.hpp"

namespace sim {

class StepTable {
 public:
  /// The subject, which names the threads, outlives the table.
  explicit StepTable(const Subject& subject) : subject_(subject) {}

  /// Number 0: the row is no step.
  void add(std::uint32_t number, const ShownStep& step, char mark);
  [[nodiscard]] std::string text() const;
  /// How often another thread takes over, up to the step of that number. Devices and interrupts
  /// are no threads.
  [[nodiscard]] std::uint32_t switches(std::uint32_t last) const;

 private:
  struct Row {
    std::uint32_t number;
    char mark;
    std::size_t column;
    std::string text;
    std::string place;    ///< in the code; empty: not known
    std::uint32_t times;  ///< in a row
    bool by_machine;
  };
  static constexpr std::size_t rows_max = 80;
  static constexpr std::size_t rows_before = 45;
  static constexpr std::size_t rows_after = 15;

  /// Rows that go round in a loop.
  struct Loop {
    std::size_t begin;
    std::size_t rows;  ///< of one round
    std::size_t rounds;
  };
  static constexpr std::size_t loop_rows_max = 24;
  static constexpr std::size_t loop_rounds_min = 3;

  std::size_t column_of(std::uint32_t thread);
  [[nodiscard]] bool is_fault(std::size_t row) const {
    return rows_[row].number == 0 && rows_[row].text.starts_with("fault ");
  }
  [[nodiscard]] std::vector<Loop> loops() const;
  [[nodiscard]] std::size_t rounds_of(std::size_t begin, std::size_t rows) const;
  /// False: one of a loop's later rounds.
  [[nodiscard]] std::vector<bool> rows_once(const std::vector<Loop>& loops) const;
  void cut(std::vector<bool>& shown) const;
  /// Of each thread's column; 0: none of its rows is shown.
  [[nodiscard]] std::vector<std::size_t> widths_of(const std::vector<bool>& shown) const;

  const Subject& subject_;
  std::vector<Row> rows_;
  std::vector<std::uint32_t> threads_;
};

}  // namespace sim
