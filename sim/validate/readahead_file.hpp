#pragma once
// A file under readahead, without a disk: which of its pages are cached, in what folios, marked or
// mapped; what a policy asked for since the last look. Every page is there as soon as it is asked
// for. Units: pages.

#include <string>
#include <vector>

#include "sim/vfs/readahead_policy.hpp"

namespace sim {

class ReadaheadFile final : public ReadaheadPages {
 public:
  /// In whose words decisions are logged.
  enum class Log : std::uint8_t { windows, tracepoints, nothing };

  ReadaheadFile(std::uint64_t pages, int max_folio_order, Log log);

  // -- for the policy -----------------------------------------------------------------------------
  bool present(std::uint64_t index) override { return folio_order(index) >= 0; }
  std::uint64_t submit(std::uint64_t start, std::uint64_t count, std::uint64_t marker) override;
  bool congested() override { return false; }
  std::uint64_t page_count() override { return order_.size(); }
  int max_folio_order() override { return max_folio_order_; }
  int folio_order(std::uint64_t index) override {
    return index < order_.size() ? order_[index] : absent;
  }
  bool add_folio(std::uint64_t index, int order, ReadaheadMark mark) override;
  void decided(const ReadaheadDecision& step, const ReadaheadState& before) override;

  // -- for the calls ------------------------------------------------------------------------------
  /// One page, read alone because it was missed.
  void add(std::uint64_t index);
  void log_miss(std::uint64_t index);
  [[nodiscard]] std::uint64_t head(std::uint64_t index);
  [[nodiscard]] bool marked(std::uint64_t index) { return present(index) && marked_[head(index)]; }
  void clear_mark(std::uint64_t index) { marked_[head(index)] = false; }
  [[nodiscard]] bool mapped(std::uint64_t index) const { return mapped_[index]; }
  void map(std::uint64_t index) { mapped_[index] = true; }
  /// Drops the folios that lie wholly within [begin, end).
  void drop(std::uint64_t begin, std::uint64_t end);

  /// What was logged since the last call.
  std::vector<std::string> take_log();
  /// "[0,4) [9,12)": what became present since the last call, "-" for nothing.
  std::string take_new();

 private:
  static constexpr std::int8_t absent = -1;

  int max_folio_order_;
  Log log_;
  std::vector<std::int8_t> order_;  ///< of the folio that holds the page
  std::vector<bool> marked_;        ///< at a folio's first page
  std::vector<bool> mapped_;
  std::vector<std::string> lines_;
  std::vector<std::uint64_t> new_;
};

}  // namespace sim
