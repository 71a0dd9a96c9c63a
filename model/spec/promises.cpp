#include "model/spec/promises.hpp"

namespace kev::spec {

namespace {

constexpr Promise table[] = {
    {"linearizable", "some order of the calls, one at a time, explains all their answers"},
    {"exactly_once_oneshot",
     "a one-shot interest is delivered at most once for each ADD or MODIFY of it"},
    {"no_lost_event",
     "what became ready is fetched by the next call that has room for it: once or more for each "
     "time it became true, and as long as a level holds"},
    {"no_lost_wakeup",
     "when nothing can happen any more, nobody sleeps who would find what he waits for"},
    {"fifo_by_readiness", "events are delivered in the order in which they became ready"},
    {"ring_invariants",
     "the ring never holds more than its slots nor frees what was not produced; indices only grow, "
     "and each slot between them holds its own event"},
    {"control_linearizable",
     "no fetch that began after REMOVE returned shows the interest, none that began after MODIFY "
     "returned the old request"},
    {"conservation", "after the last close no memory, reference, slot or descriptor is left"},
    {"api_contract", "counts, errors, flags and timeouts are those that the call promises"},
    {"starvation_bound",
     "a ready event is passed by no more deliveries than twice the interests registered"},
};

}  // namespace

std::span<const Promise> promises() {
  return table;
}

}  // namespace kev::spec
