#include "sim/explore/reduce.hpp"

#include <algorithm>
#include <string>

namespace sim {

namespace {

class Reducer {
 public:
  Reducer(const std::vector<WorkloadPart>& all, const StillFails& fails)
      : all_(all), fails_(fails) {
    for (const WorkloadPart& part : all) values_.push_back(part.value);
  }

  std::vector<std::int64_t> run() {
    bool less = true;
    while (less) {
      less = false;
      for (std::size_t i = 0; i < all_.size(); ++i)
        if (is_first_of_group(i)) less = without_group(all_[i].group) || less;
      // What comes last depends on the rest more often than the other way round.
      for (std::size_t i = all_.size(); i-- > 0;) less = with_less(i) || less;
    }
    return values_;
  }

 private:
  [[nodiscard]] bool is_first_of_group(std::size_t index) const {
    const auto same = [&](const WorkloadPart& each) { return each.group == all_[index].group; };
    return std::find_if(all_.begin(), all_.end(), same) ==
           all_.begin() + static_cast<std::ptrdiff_t>(index);
  }

  bool keep_if_fails(std::vector<std::int64_t> values) {
    if (values == values_ || !fails_(values)) return false;
    values_ = std::move(values);
    return true;
  }

  bool without_group(const std::string& group) {
    std::vector<std::int64_t> values = values_;
    std::size_t changed = 0;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if (all_[i].group != group || values[i] == all_[i].least) continue;
      values[i] = all_[i].least;
      ++changed;
    }
    // A single one has its turn later.
    return changed > 1 && keep_if_fails(std::move(values));
  }

  bool with(std::size_t index, std::int64_t value) {
    std::vector<std::int64_t> values = values_;
    values[index] = value;
    return keep_if_fails(std::move(values));
  }

  bool with_less(std::size_t index) {
    const std::int64_t before = values_[index];
    std::int64_t passes = all_[index].least;
    if (before == passes || with(index, passes)) return before != passes;
    while (values_[index] - passes > 1) {
      const std::int64_t middle = passes + (values_[index] - passes) / 2;
      if (!with(index, middle)) passes = middle;
    }
    return values_[index] != before;
  }

  const std::vector<WorkloadPart>& all_;
  const StillFails& fails_;
  std::vector<std::int64_t> values_;
};

}  // namespace

std::vector<std::int64_t> reduce(const std::vector<WorkloadPart>& all, const StillFails& fails) {
  return Reducer(all, fails).run();
}

}  // namespace sim
