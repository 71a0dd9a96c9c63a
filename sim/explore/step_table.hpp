#pragma once
// Steps of an execution as text: a row for each, a column for each thread, and a mark before rows
// that matter. Rows that repeat the one before are counted; of long tables the middle is left out.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/explore/subject.hpp"

namespace sim {

class StepTable {
 public:
  /// The subject, which names the threads, outlives the table.
  explicit StepTable(const Subject& subject) : subject_(subject) {}

  void add(std::uint32_t number, const ShownStep& step, char mark);
  [[nodiscard]] std::string text() const;
  /// How often another thread takes over.
  [[nodiscard]] std::uint32_t switches() const;

 private:
  struct Row {
    std::uint32_t number;
    char mark;
    std::size_t column;
    std::string text;
    std::uint32_t times;  ///< in a row
  };
  static constexpr std::size_t rows_max = 80;

  std::size_t column_of(std::uint32_t thread);

  const Subject& subject_;
  std::vector<Row> rows_;
  std::vector<std::uint32_t> threads_;
  std::vector<std::size_t> widths_;
};

}  // namespace sim
