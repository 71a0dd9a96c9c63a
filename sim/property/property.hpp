#pragma once
// Properties of simulated programs, as Catch2 tests:
//
//   KEVSIM_PROPERTY("a counter under a lock counts every increment") {
//     const auto adds = *rc::gen::inRange(1, 4);             // RapidCheck draws the program
//     property.under_any_schedule([&](sim::Chooser& chooser) -> std::string {
//       ... run it on a machine with this chooser ...
//       return count == 2 * adds ? "" : "lost an increment";  // empty: it held
//     });
//   }
//
// RapidCheck generates and shrinks what the body draws; the schedule is a list of choices, which is
// shrunk for each failing candidate: first towards fewer commands, then towards fewer choices other
// than the plain one. While it shrinks, a candidate gets several schedules, the failing one first:
// a smaller program needs another schedule to fail. A failure prints the counterexample, the
// schedule, the text returned, and the command that reproduces it.
//
// RapidCheck reads RC_PARAMS: seed=N max_success=N max_size=N, reproduce=... (ctest sets a seed).
// KEVSIM_SCHEDULE="12:1 40:2" (choice 12 is 1, choice 40 is 2, all others plain) takes the place of
// the random schedules: it is printed with each failure.
// The body runs many times; it must depend on what it draws only. RC_ASSERT and friends may be used
// in the body, not inside simulated threads: they throw.

#include <rapidcheck.h>
#include <rapidcheck/detail/TestListenerAdapter.h>
#include <catch2/catch.hpp>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <sstream>
#include <string>

#include "sim/schedule/schedule_chooser.hpp"
#include "sim/schedule/shrink_schedule.hpp"

#ifndef KEVSIM_TEST_PROGRAM
#define KEVSIM_TEST_PROGRAM "THE_TEST_PROGRAM"
#endif

namespace sim {

class Property {
 public:
  /// One execution under the chooser: empty if the property held, else what was wrong.
  using Body = std::function<std::string(Chooser&)>;

  /// Fails the property if the body does under some schedule. Once a case.
  void under_any_schedule(const Body& body) {
    const auto seed =
        *rc::gen::noShrink(rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>()));
    if (const char* given = std::getenv("KEVSIM_SCHEDULE")) {
      ScheduleChooser chooser(parse_schedule(given));
      const std::string why = body(chooser);
      if (!why.empty()) RC_FAIL(why + "schedule: " + describe(chooser.picks()) + "\n");
      return;
    }
    ScheduleList failing;
    if (!find_failure(body, seed, failing)) return;
    const ScheduleTrial fails = [&](ScheduleList& list) { return trial(body, list); };
    failing_ = shrink_schedule(std::move(failing), fails, shrink_budget);
    ScheduleChooser chooser(failing_);
    const std::string why = body(chooser);
    has_failed_ = true;
    RC_FAIL(why + "schedule: " + describe(chooser.picks()) + "\n");
  }

  /// The schedule of the last failing case.
  [[nodiscard]] const ScheduleList& failing() const { return failing_; }

 private:
  static constexpr int shrink_budget = 400;
  static constexpr std::uint64_t seeds_while_shrinking = 40;

  static bool trial(const Body& body, ScheduleList& list) {
    ScheduleChooser chooser(list);
    const bool failed = !body(chooser).empty();
    if (failed) list = chooser.list();
    return failed;
  }

  bool find_failure(const Body& body, std::uint64_t seed, ScheduleList& failing) const {
    if (has_failed_) {
      failing = failing_;
      if (trial(body, failing)) return true;
    }
    const std::uint64_t tries = has_failed_ ? seeds_while_shrinking : 1;
    for (std::uint64_t i = 0; i < tries; ++i) {
      ScheduleChooser chooser(derive_seed(seed, i));
      if (body(chooser).empty()) continue;
      failing = chooser.list();
      return true;
    }
    return false;
  }

  bool has_failed_ = false;
  ScheduleList failing_;  ///< of the last failing case
};

struct PropertyFailure {
  bool found = false;
  std::string schedule;  ///< as KEVSIM_SCHEDULE takes it
  std::string text;      ///< for people
};

/// Runs the property as RC_PARAMS says.
inline PropertyFailure find_counterexample(const std::string& name, void (*body)(Property&)) {
  Property property;
  const rc::detail::Configuration& configuration = rc::detail::configuration();
  rc::detail::TestMetadata metadata;
  metadata.id = name;
  metadata.description = name;
  rc::detail::TestListenerAdapter silent;
  const auto result = rc::detail::checkTestable(
      [&] { body(property); }, metadata, configuration.testParams, silent, configuration.reproduce);
  PropertyFailure failure;
  if (result.template is<rc::detail::SuccessResult>()) return failure;
  failure.found = true;
  failure.schedule = write_schedule(property.failing());
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  if (result.template is<rc::detail::FailureResult>()) {
    rc::detail::Configuration again;
    again.reproduce.emplace(name, result.template get<rc::detail::FailureResult>().reproduce);
    text << "\nreproduce with:\n  KEVSIM_SCHEDULE=\"" << failure.schedule << "\" RC_PARAMS=\""
         << rc::detail::configToMinimalString(again) << "\" " << KEVSIM_TEST_PROGRAM << " \""
         << name << "\"\n";
  }
  failure.text = text.str();
  return failure;
}

/// What KEVSIM_PROPERTY does with its body.
inline void check_property(const std::string& name, void (*body)(Property&)) {
  const PropertyFailure failure = find_counterexample(name, body);
  if (!failure.found) {
    SUCCEED();
    return;
  }
  // Past Catch2, which would break the command into lines.
  std::cerr << "\n'" << name << "' does not hold\n" << failure.text << '\n';
  FAIL("the counterexample is on stderr");
}

}  // namespace sim

#define KEVSIM_PROPERTY_JOIN2(a, b) a##b
#define KEVSIM_PROPERTY_JOIN(a, b) KEVSIM_PROPERTY_JOIN2(a, b)
#define KEVSIM_PROPERTY_NAMED(function, ...)                                            \
  static void function(::sim::Property&);                                               \
  TEST_CASE(__VA_ARGS__) {                                                              \
    ::sim::check_property(Catch::getResultCapture().getCurrentTestName(), &(function)); \
  }                                                                                     \
  static void function([[maybe_unused]] ::sim::Property& property)

/// The arguments are those of TEST_CASE: a name, and tags if wanted.
#define KEVSIM_PROPERTY(...) \
  KEVSIM_PROPERTY_NAMED(KEVSIM_PROPERTY_JOIN(kevsim_property_, __LINE__), __VA_ARGS__)
