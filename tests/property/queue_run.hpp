#pragma once
// Runs a random program on a simulated machine of two CPUs: sim/world/queue_program.hpp.

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
std::string run_program(const QueueProgram& program, sim::Chooser& chooser,
                        sim::OrderWatch* watch = nullptr);

/// The history of one execution, to the end.
kev::spec::History history_of(const QueueProgram& program, sim::Chooser& chooser);

}  // namespace test
