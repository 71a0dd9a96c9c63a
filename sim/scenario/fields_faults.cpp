// The rows of faults.

#include "sim/scenario/field_rows.hpp"

namespace sim::field_rows {

namespace {

using enum ValueType;

constexpr Field faults_rows[] = {
    {.section = "fault",
     .key = "at",
     .type = name,
     .slot = slot<&FaultSpec::at>,
     .doc = "what goes wrong ('kevsim list faults')",
     .example = "\"disk.read\"",
     .names = list<&Catalog::fault_points>,
     .required = true},
    {.section = "fault",
     .key = "rate",
     .type = probability,
     .slot = slot<&FaultSpec::rate>,
     .doc = "probability that it strikes an operation which matches all keys below",
     .example = "0.001"},
    {.section = "fault",
     .key = "error",
     .type = error_name,
     .slot = slot<&FaultSpec::error>,
     .doc = "the error it fails with; without it, the usual one of the operation",
     .example = "\"EIO\""},
    {.section = "fault",
     .key = "delay",
     .type = duration,
     .slot = slot<&FaultSpec::delay>,
     .doc = "how long it takes or lasts; 0: as long as is usual for its kind",
     .example = "\"500ms\"",
     .range = {0, 24 * 3600 * second}},
    {.section = "fault",
     .key = "spare",
     .type = boolean,
     .slot = slot<&FaultSpec::spare>,
     .doc = "leaves what it matches alone: rules below are not asked",
     .example = "true"},
    number("fault", "nth", slot<&FaultSpec::nth>,
           "strikes only the operation of that number, from 1", "3", {0, million* million}),
    number("fault", "count", slot<&FaultSpec::count>, "strikes so often at most; 0: always", "1",
           {0, million* million}),
    number(
        "fault", "target", slot<&FaultSpec::target>,
        "only that client (peer.*), file (cache.invalidate, from 1), direction (link.*: 0 to the "
        "server, 1 to the clients; disk.*: 0 reads, 1 writes)",
        "0", {0, million* million}),
    {.section = "fault",
     .key = "offset",
     .type = size,
     .slot = slot<&FaultSpec::offset>,
     .doc = "only what touches the bytes from here on: of the disk (disk.*), of the file (cache.*)",
     .example = "\"1MiB\"",
     .range = {0, 64 * tib}},
    {.section = "fault",
     .key = "length",
     .type = size,
     .slot = slot<&FaultSpec::length>,
     .doc = "so many bytes from offset on; 0: to the end",
     .example = "\"64KiB\"",
     .range = {0, 64 * tib}},
    {.section = "fault",
     .key = "after",
     .type = duration,
     .slot = slot<&FaultSpec::after>,
     .doc = "not before that time since the workload began",
     .example = "\"1s\"",
     .range = {0, 24 * 3600 * second}},
    {.section = "fault",
     .key = "until",
     .type = duration,
     .slot = slot<&FaultSpec::until>,
     .doc = "not from that time on; without it, to the end",
     .example = "\"5s\"",
     .range = {0, 24 * 3600 * second}},
};

}  // namespace

std::span<const Field> faults() {
  return faults_rows;
}

}  // namespace sim::field_rows
