// The infrastructure itself: a property that fails must be shrunk, in its program and its schedule.

#include "sim/property/property.hpp"
#include "sim/schedule/shrink_schedule.hpp"

TEST_CASE("a schedule shrinks to the choices that matter") {
  int runs = 0;
  const sim::ScheduleTrial fails = [&](sim::ScheduleList& list) {
    ++runs;
    return list.size() > 7 && list[3] == 2 && list[7] == 1;
  };
  sim::ScheduleList failing(200, 1);
  failing[3] = 2;
  const sim::ScheduleList shrunk = sim::shrink_schedule(failing, fails, 400);
  CHECK(sim::write_schedule(shrunk) == "3:2 7:1");
  CHECK(runs <= 400);
}

TEST_CASE("a schedule is read as it is written, and rubbish is left out") {
  CHECK(sim::parse_schedule("3:2 7:1") == sim::ScheduleList{0, 0, 0, 2, 0, 0, 0, 1});
  CHECK(sim::parse_schedule("").empty());
  CHECK(sim::parse_schedule("x").empty());
  CHECK(sim::parse_schedule("3").empty());
  CHECK(sim::parse_schedule("99999999999:1").empty());
}

TEST_CASE("followed choices beyond the list, or beyond the options, are plain") {
  sim::ScheduleChooser chooser(sim::ScheduleList{1, 5});
  CHECK(chooser.choose(sim::ChoiceKind::thread, 2, {"a", 0}) == 1);
  CHECK(chooser.choose(sim::ChoiceKind::thread, 2, {"b", 0}) == 0);
  CHECK(chooser.choose(sim::ChoiceKind::thread, 2, {"c", 0}) == 0);
  CHECK(chooser.list() == sim::ScheduleList{1});
  CHECK(describe(chooser.picks()) == "0 a(0): 1 of 2");
}

namespace {

std::string last_failure;

/// Fails when one of at least three commands is 7 and the second choice is not plain.
void canary(sim::Property& property) {
  const auto commands = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 10));
  property.under_any_schedule([&](sim::Chooser& chooser) -> std::string {
    std::uint32_t second = 0;
    for (std::uint32_t i = 0; i < 20; ++i) {
      const std::uint32_t picked = chooser.choose(sim::ChoiceKind::thread, 3, {"step", i});
      if (i == 1) second = picked;
    }
    bool seven = false;
    for (const int command : commands) seven |= command == 7;
    if (!seven || commands.size() < 3 || second == 0) return "";
    last_failure = std::to_string(commands.size());
    return "the canary sang\n";
  });
}

}  // namespace

TEST_CASE("a property that does not hold is found and shrunk in its program and its schedule") {
  const sim::PropertyFailure failure = sim::find_counterexample("canary", &canary);
  CHECK(failure.found);
  CHECK(failure.text.find("the canary sang") != std::string::npos);
  CHECK(last_failure == "3");
  const bool minimal = failure.schedule == "1:1" || failure.schedule == "1:2";
  CHECK(minimal);
  CHECK(failure.text.find("RC_PARAMS=\"reproduce=") != std::string::npos);
}
