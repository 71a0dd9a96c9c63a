// The rows of what a flash drive has in another way than its profile.

#include "sim/scenario/field_rows.hpp"

namespace sim::field_rows {

namespace {

using enum ValueType;

constexpr std::string_view arbitrations[] = {"profile", "round-robin", "weighted"};

constexpr Field part(std::string_view key, Slot (*slot)(const Owner&), std::string_view doc,
                     std::string_view example) {
  return {.section = "ssd",
          .key = key,
          .type = probability,
          .slot = slot,
          .doc = doc,
          .example = example};
}

constexpr Field bytes(std::string_view key, Slot (*slot)(const Owner&), std::string_view doc,
                      std::string_view example, Range range) {
  Field field = number("ssd", key, slot, doc, example, range);
  field.type = size;
  return field;
}

constexpr Field time(std::string_view key, Slot (*slot)(const Owner&), std::string_view doc,
                     std::string_view example) {
  Field field = number("ssd", key, slot, doc, example, {0, second});
  field.type = duration;
  return field;
}

constexpr Field ssd_rows[] = {
    bytes("capacity", slot<&FlashSpec::capacity_bytes>,
          "what it can hold; small drives come to a steady state soon", "\"8GiB\"",
          {256 * mib, 4 * tib}),
    number("ssd", "channels", slot<&FlashSpec::channels>, "channels, each with dies of its own",
           "8", {1, 64}),
    number("ssd", "dies_per_channel", slot<&FlashSpec::ways>, "dies behind a channel", "4",
           {1, 64}),
    number("ssd", "planes", slot<&FlashSpec::planes>,
           "of a die: pages at the same place of each are read or programmed together", "2",
           {1, 16}),
    number("ssd", "cell_levels", slot<&FlashSpec::cell_levels>,
           "bits of a cell, in pages of different speed: 1 SLC, 2 MLC, 3 TLC, 4 QLC", "3", {1, 4}),
    time("read_time", slot<&FlashSpec::sense>,
         "sensing a page (tR): any, or the fastest kind if slow_read_time is set", "\"75us\""),
    time("slow_read_time", slot<&FlashSpec::slow_sense>,
         "of the slowest kind of page; those between have times between", "\"107us\""),
    time("program_time", slot<&FlashSpec::program>,
         "programming a page (tPROG): any, or the fastest kind", "\"750us\""),
    time("slow_program_time", slot<&FlashSpec::slow_program>, "of the slowest kind of page",
         "\"5ms\""),
    time("erase_time", slot<&FlashSpec::erase>, "erasing a block (tBERS)", "\"3.8ms\""),
    part("over_provisioning", slot<&FlashSpec::over_provisioning>,
         "flash beyond the capacity, as a part of it; a hundredth is always there", "0.07"),
    part("filled", slot<&FlashSpec::filled>,
         "part of the capacity that was written before the run, in order", "1.0"),
    part("overwritten", slot<&FlashSpec::overwritten>,
         "part of that which was then written again, at random: brings a drive to a steady state; "
         "takes real time in proportion to the capacity",
         "0.5"),
    bytes("write_buffer", slot<&FlashSpec::write_buffer_bytes>,
          "writes are done when they are in there", "\"1MiB\"", {256 * kib, 16 * gib}),
    number("ssd", "queues", slot<&FlashSpec::queues>,
           "submission queues, of each class if weighted", "8", {1, 65'535}),
    {.section = "ssd",
     .key = "arbitration",
     .type = choice,
     .slot = slot<&FlashSpec::arbitration>,
     .doc =
         "whose command is taken next: of each queue in turn, or by weights of the I/O priority, "
         "real time first",
     .example = "\"weighted\"",
     .choices = arbitrations},
    number("ssd", "queue_fetch", slot<&FlashSpec::queue_fetch>,
           "commands of one queue in the drive; 0: any number", "512", {0, 65'535}),
    number("ssd", "fetch_total", slot<&FlashSpec::fetch_total>,
           "commands of all queues in the drive; 0: any number", "32", {0, 65'535}),
};

}  // namespace

std::span<const Field> ssd() {
  return ssd_rows;
}

}  // namespace sim::field_rows
