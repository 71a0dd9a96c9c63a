#pragma once
// Runs a random program on a simulated machine and writes down its history.
//
// In the end, when nothing can happen any more, the history must be explained by the specification,
// and by one in which nobody sleeps for nothing. Then the world is taken down - sleepers are let
// go, what is left is fetched, everything is closed - and nothing may be left over.

#include <memory>
#include <string>

#include "sim/kernel/order_watch.hpp"
#include "sim/schedule/choice.hpp"
#include "tests/property/program.hpp"

namespace test {

/// For one property's programs; null in sanitizer builds.
std::unique_ptr<sim::OrderWatch> run_watch();

/// What was wrong, empty when nothing was. With a watch the code under test is the explored
/// instantiation, and a data race is wrong too.
std::string run_program(const Program& program, sim::Chooser& chooser,
                        sim::OrderWatch* watch = nullptr);

/// The history of one execution, to the end.
kev::spec::History history_of(const Program& program, sim::Chooser& chooser);

}  // namespace test
