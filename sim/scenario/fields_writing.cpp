// The rows of what is written: by whom, and when it goes to the disk.

#include "sim/scenario/field_rows.hpp"

namespace sim::field_rows {

namespace {

using enum ValueType;

constexpr std::string_view writer_files[] = {"log", "data", "served"};

constexpr Field writing_rows[] = {
    number("cache", "dirty_background_ratio", slot<&CacheSpec::dirty_background_ratio>,
           "percent of memory that may be dirty before pdflush writes (vm.dirty_background_ratio)",
           "10", {0, 100}),
    number("cache", "dirty_ratio", slot<&CacheSpec::dirty_ratio>,
           "percent of memory that may be dirty before writers must write, too (vm.dirty_ratio)",
           "40", {0, 100}),
    {.section = "cache",
     .key = "dirty_writeback",
     .type = duration,
     .slot = slot<&CacheSpec::dirty_writeback>,
     .doc = "how often pdflush looks for what is old; 0: never (vm.dirty_writeback_centisecs)",
     .example = "\"5s\"",
     .range = {0, 24 * 3600 * second}},
    {.section = "cache",
     .key = "dirty_expire",
     .type = duration,
     .slot = slot<&CacheSpec::dirty_expire>,
     .doc = "how old that is (vm.dirty_expire_centisecs)",
     .example = "\"30s\"",
     .range = {0, 24 * 3600 * second}},

    {.section = "writer",
     .key = "file",
     .type = choice,
     .slot = slot<&WriterSpec::file>,
     .doc = "log: its own file, from its beginning, anew when it is full; data: its own, in place, "
            "at multiples of write_size; served: the files that are served, in place, one after "
            "the other",
     .example = "\"log\"",
     .choices = writer_files},
    {.section = "writer",
     .key = "rate",
     .type = rate,
     .slot = slot<&WriterSpec::rate_bytes_per_s>,
     .doc = "what it writes, if the machine keeps up",
     .example = "\"10MB/s\"",
     .range = {1, 1000 * gib}},
    {.section = "writer",
     .key = "write_size",
     .type = size,
     .slot = slot<&WriterSpec::write_bytes>,
     .doc = "bytes of one write",
     .example = "\"64KiB\"",
     .range = {1, gib}},
    {.section = "writer",
     .key = "file_size",
     .type = size,
     .slot = slot<&WriterSpec::file_bytes>,
     .doc = "size of its own file, at most",
     .example = "\"64MiB\"",
     .range = {1, tib}},
    {.section = "writer",
     .key = "fsync",
     .type = size,
     .slot = slot<&WriterSpec::fsync_bytes>,
     .doc = "calls fsync after so many bytes; 0: never",
     .example = "\"1MiB\"",
     .range = {0, tib}},
    {.section = "writer",
     .key = "ioprio",
     .type = io_priority,
     .slot = slot<&WriterSpec::ioprio>,
     .doc = "its I/O priority, as ionice(1) sets it; none: best-effort:4. What pdflush writes for "
            "it has pdflush's own",
     .example = "\"idle\""},
};

}  // namespace

std::span<const Field> writing() {
  return writing_rows;
}

}  // namespace sim::field_rows
