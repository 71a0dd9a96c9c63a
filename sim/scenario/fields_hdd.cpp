// The rows of what a hard disk has in another way than its profile.

#include "sim/scenario/field_rows.hpp"

namespace sim::field_rows {

namespace {

using enum ValueType;

constexpr std::string_view drive_orders[] = {"profile", "fcfs",  "look", "c-look",
                                             "sstf",    "vscan", "sptf"};
constexpr std::string_view fast_write_levels[] = {"profile", "none", "appending", "any"};

constexpr Field hdd_rows[] = {
    number("hdd", "queue_depth", slot<&DriveSpec::queue_depth>,
           "requests that the drive takes at a time; NCQ: 32", "32", {1, 65'535}),
    {.section = "hdd",
     .key = "order",
     .type = choice,
     .slot = slot<&DriveSpec::order>,
     .doc = "which of them is next: in order of arrival, by the way of the arm, the nearest, or by "
            "positioning time",
     .example = "\"sptf\"",
     .choices = drive_orders},
    {.section = "hdd",
     .key = "age_limit",
     .type = duration,
     .slot = slot<&DriveSpec::age_limit>,
     .doc = "the oldest comes first once it has waited so long, in any order but fcfs",
     .example = "\"500ms\"",
     .range = {0, 86'400 * second}},
    {.section = "hdd",
     .key = "fast_write",
     .type = choice,
     .slot = slot<&DriveSpec::fast_write>,
     .doc = "which writes are done once the drive's buffer has them: none, those that go on where "
            "the last one ended, or any",
     .example = "\"none\"",
     .choices = fast_write_levels},
};

}  // namespace

std::span<const Field> hdd() {
  return hdd_rows;
}

}  // namespace sim::field_rows
