// The rows of faults.

#include "sim/scenario/field_rows.hpp"

namespace sim::field_rows {

namespace {

using enum ValueType;

constexpr Field rows[] = {
    {.section = "fault",
     .key = "at",
     .type = name,
     .slot = slot<&FaultSpec::at>,
     .doc = "the operation that fails",
     .example = "\"disk.read\"",
     .names = list<&Catalog::fault_points>,
     .required = true},
    {.section = "fault",
     .key = "rate",
     .type = probability,
     .slot = slot<&FaultSpec::rate>,
     .doc = "probability that one such operation fails",
     .example = "0.001",
     .required = true},
    {.section = "fault",
     .key = "error",
     .type = error_name,
     .slot = slot<&FaultSpec::error>,
     .doc = "the error it fails with; without it, the usual one of the operation",
     .example = "\"EIO\""},
};

}  // namespace

std::span<const Field> faults() {
  return rows;
}

}  // namespace sim::field_rows
