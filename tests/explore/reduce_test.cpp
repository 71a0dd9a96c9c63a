// Which parts of a workload are left out: whole groups, then single ones, down to what is needed.

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "sim/explore/reduce.hpp"

namespace {

using Values = std::vector<std::int64_t>;

/// Two threads of three calls, and a number of clients.
const std::vector<sim::WorkloadPart> parts = {
    {"A", "A 1", 1, 0}, {"A", "A 2", 1, 0}, {"A", "A 3", 1, 0},           {"B", "B 1", 1, 0},
    {"B", "B 2", 1, 0}, {"B", "B 3", 1, 0}, {"clients", "clients", 40, 1}};

Values whole() {
  Values values;
  for (const sim::WorkloadPart& part : parts) values.push_back(part.value);
  return values;
}

}  // namespace

TEST_CASE("reduce: what the failure needs is what is left") {
  const auto fails = [](const Values& v) { return v[1] == 1 && v[5] == 1 && v[6] >= 7; };
  CHECK(sim::reduce(parts, fails) == Values{0, 1, 0, 0, 0, 1, 7});
}

TEST_CASE("reduce: a thread that is not needed goes as a whole, and one at a time comes later") {
  std::vector<Values> asked;
  const auto fails = [&](const Values& v) {
    asked.push_back(v);
    return v[4] == 1;
  };
  CHECK(sim::reduce(parts, fails) == Values{0, 0, 0, 0, 1, 0, 1});
  REQUIRE(!asked.empty());
  CHECK(asked.front() == Values{0, 0, 0, 1, 1, 1, 40});
  CHECK(asked.size() < 12);
}

TEST_CASE("reduce: calls that only fail to be needed together") {
  // Either both or none: no single one can go, so neither can both, unless they are a group.
  const auto both_or_none = [](const Values& v) { return v[0] == v[3] && v[1] == 1; };
  CHECK(sim::reduce(parts, both_or_none) == Values{1, 1, 0, 1, 0, 0, 1});
}

TEST_CASE("reduce: nothing goes where everything is needed, and no values are asked for twice") {
  std::set<Values> asked;
  const auto fails = [&](const Values& v) {
    CHECK(asked.insert(v).second);
    return v == whole();
  };
  CHECK(sim::reduce(parts, fails) == whole());
  CHECK(sim::reduce({}, fails).empty());
}
