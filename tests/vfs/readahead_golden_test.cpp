#include <catch2/catch.hpp>

#include "tests/vfs/golden_cases.hpp"

using test::FakePages;
using test::GoldenCase;
using test::GoldenStep;

namespace {

sim::ReadaheadState state_for(const GoldenCase& golden) {
  sim::ReadaheadState state;
  state.ra_pages = golden.ra_pages;
  state.io_pages = 31;  // the recording machine's disk took 124 KB at a time
  if (golden.pattern.starts_with("adv_seq")) state.ra_pages *= 2;
  if (golden.pattern.starts_with("adv_rand")) state.random = true;
  return state;
}

const std::string same = "as recorded";

/// The first step that differs from the recording, in words; `same` when none does.
template <class Describe>
std::string first_difference(sim::ReadaheadPolicy& policy, const GoldenCase& golden,
                             Describe&& describe) {
  sim::ReadaheadState state = state_for(golden);
  FakePages pages;
  for (const GoldenStep& step : golden.steps) {
    if (step.kind == GoldenStep::Kind::drop) {
      pages.drop(step.begin, step.end);
      continue;
    }
    test::read_through(policy, state, pages, step.begin, step.end);
    const std::string got = describe(state, pages);
    if (got != step.expected)
      return "read of page " + std::to_string(step.begin) + "\n  recorded: " + step.expected +
             "\n  got:      " + got;
    pages.log.clear();
  }
  return same;
}

}  // namespace

TEST_CASE("2.6.18 readahead does what the kernel's own code did, in every recorded case") {
  const std::vector<GoldenCase> cases = test::load_golden("k2618-");
  REQUIRE(cases.size() == 171);
  const auto policy = sim::make_readahead_2_6_18();
  for (const GoldenCase& golden : cases) {
    INFO(golden.name);
    CHECK(first_difference(*policy, golden, [](const sim::ReadaheadState& state, FakePages& pages) {
            return pages.log + pages.take_new() + ' ' + test::describe_two_windows(state);
          }) == same);
  }
}

TEST_CASE("on-demand readahead fills the pages that Linux 6.1 filled, in every recorded case") {
  std::size_t compared = 0;
  const auto policy = sim::make_readahead_ondemand();
  for (const GoldenCase& golden : test::load_golden("uml-")) {
    if (golden.pattern.starts_with("mmap") || golden.pattern.starts_with("willneed") ||
        golden.pattern.starts_with("readahead"))
      continue;
    ++compared;
    INFO(golden.name);
    CHECK(first_difference(*policy, golden, [](const sim::ReadaheadState&, FakePages& pages) {
            return pages.take_new();
          }) == same);
  }
  CHECK(compared == 216);
}
