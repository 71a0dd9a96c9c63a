#pragma once
// A history for people: one row a begin or an end, one column a thread.

#include <string>

#include "model/spec/call.hpp"

namespace kev::spec {

/// Rows up to the moment `until`. Calls that end later are marked as unfinished.
std::string table_of(const History& history, Moment until);

}  // namespace kev::spec
