#pragma once
// Which runtime the memory hooks work for while no program is running. Set by the loader only.

namespace sim {

class Runtime;

/// Static initialisation is under way: it allocates from this runtime's heap.
extern Runtime* allocating_for;
/// The runtime that exists; null when there is none.
Runtime* heap_runtime();

}  // namespace sim
