#include "sim/explore/workers.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <new>

#include "model/base/check.hpp"

namespace sim {

namespace {

struct Answer {
  Tally tally;
  Finds finds;
};

}  // namespace

Shares::Shares(const Strategies& strategies, std::uint32_t workers) {
  const std::size_t parts = strategies.size();
  owners_.resize(parts * workers);
  std::vector<std::size_t> load(workers, 0);
  const auto searches = [&](std::size_t i) {
    return strategies[i % parts]->order() == Strategy::Order::sequential;
  };
  for (std::size_t i = 0; i < owners_.size(); ++i)
    if (searches(i)) ++load[0];
  for (std::size_t i = 0; i < owners_.size(); ++i) {
    if (searches(i)) continue;
    const auto least = std::min_element(load.begin(), load.end());
    ++*least;
    owners_[i] = static_cast<std::uint32_t>(least - load.begin());
  }
}

bool Finds::add(std::string_view property, std::uint64_t execution) {
  const auto first = finds_.begin();
  const auto last = first + static_cast<std::ptrdiff_t>(count_);
  const auto same = std::find_if(first, last, [&](const Find& find) {
    return property.substr(0, find.property.size() - 1) == find.property.data();
  });
  if (same == last) {
    if (count_ == finds_.size()) return false;
    ++count_;
  } else if (same->execution <= execution) {
    return false;
  }
  same->property = {};
  property.copy(same->property.data(), same->property.size() - 1);
  same->execution = execution;
  std::sort(finds_.begin(), finds_.begin() + static_cast<std::ptrdiff_t>(count_),
            [](const Find& a, const Find& b) { return a.execution < b.execution; });
  return true;
}

bool fork_workers(std::uint32_t workers,
                  const std::function<Finds(std::uint32_t worker, Tally& tally)>& run, Tally& tally,
                  Finds& finds) {
  const std::size_t bytes = sizeof(Answer) * workers;
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  KEV_CHECK(memory != MAP_FAILED);
  auto* answers = static_cast<Answer*>(memory);
  std::vector<pid_t> children;
  for (std::uint32_t worker = 1; worker < workers; ++worker) {
    auto* answer = new (answers + worker) Answer();
    const pid_t child = ::fork();
    if (child == 0) {
      // A campaign that is killed leaves nobody behind.
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      answer->finds = run(worker, answer->tally);
      ::_exit(0);
    }
    if (child > 0) children.push_back(child);
  }
  finds = run(0, tally);
  bool all_well = children.size() + 1 == workers;
  for (const pid_t child : children) {
    int status = 0;
    all_well = ::waitpid(child, &status, 0) == child && status == 0 && all_well;
  }
  for (std::uint32_t worker = 1; worker < workers && all_well; ++worker) {
    tally.merge(answers[worker].tally);
    for (const Find& find : answers[worker].finds) finds.add(find.property.data(), find.execution);
  }
  ::munmap(memory, bytes);
  return all_well;
}

}  // namespace sim
