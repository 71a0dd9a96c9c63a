#pragma once
// Faults of the program under exploration (a null pointer, a stack that overflows, an exception
// that nobody catches) end the execution with the property `crash`, not the process.

namespace sim {

/// From now on, while a program runs. Faults of kevsim itself end it as usual.
void catch_crashes();

}  // namespace sim
