#pragma once
// The JSON Schema of scenario files, for completion and checking in editors (`#:schema` on a file's
// first line). Generated from the table of fields and the catalog; the committed copy is
// scenarios/scenario.schema.json, and a test keeps the two equal.

#include <string>

#include "sim/scenario/catalog.hpp"

namespace sim {

/// One JSON document, draft-07, indented, ending in a newline.
std::string json_schema(const Catalog& catalog);

}  // namespace sim
