#include "sim/block/disksim_disk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "sim/block/disksim_block.hpp"

namespace sim {

namespace {

using Block = std::shared_ptr<const DisksimBlock>;

constexpr double many = 1e9;

std::string_view without_extension(std::string_view path) {
  return path.substr(0, path.rfind('.'));
}

/// The file that tells of the drive around a .model. Its author's .parv goes before a .diskspecs
/// of that name that comes with kevsim.
std::string electronics_beside(std::string_view path) {
  std::error_code error;
  const std::string stem(without_extension(path));
  const bool only_parv = !std::filesystem::exists(stem + ".diskspecs", error) &&
                         std::filesystem::exists(stem + ".parv", error);
  return stem + (only_parv ? ".parv" : ".diskspecs");
}

void read_overheads(DisksimReader& in, HddSpec& spec) {
  double scale = 1;
  in.number("Time scale for overheads", 0, 1000, scale);
  kev::Duration each;
  in.duration("Per-request overhead time", each, scale);
  struct Row {
    const char* name;
    HddOverhead& overhead;
  };
  const std::array<Row, 4> rows = {{{"Read hit over.", spec.read_hit},
                                    {"Read miss over.", spec.read_miss},
                                    {"Write hit over.", spec.write_hit},
                                    {"Write miss over.", spec.write_miss}}};
  static constexpr std::array<std::array<std::string_view, 2>, 4> names = {{
      {"Read hit over. after read", "Read hit over. after write"},
      {"Read miss over. after read", "Read miss over. after write"},
      {"Write hit over. after read", "Write hit over. after write"},
      {"Write miss over. after read", "Write miss over. after write"},
  }};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    in.duration(names[i][0], rows[i].overhead.after_read, scale);
    in.duration(names[i][1], rows[i].overhead.after_write, scale);
    rows[i].overhead.after_read += each;
    rows[i].overhead.after_write += each;
  }
  HddBusCosts& bus = spec.bus;
  in.duration("Read completion overhead", bus.read_completion, scale);
  in.duration("Write completion overhead", bus.write_completion, scale);
  in.duration("Data preparation overhead", bus.data_preparation, scale);
  in.duration("First reselect overhead", bus.first_reselect, scale);
  in.duration("Other reselect overhead", bus.other_reselect, scale);
  in.duration("Read disconnect afterread", bus.read_disconnect.after_read, scale);
  in.duration("Read disconnect afterwrite", bus.read_disconnect.after_write, scale);
  in.duration("Write disconnect overhead", bus.write_disconnect, scale);
  in.flag("Extra write disconnect", bus.extra_write_disconnect);
  in.duration("Extradisc command overhead", bus.extra_command, scale);
  in.duration("Extradisc disconnect overhead", bus.extra_disconnect, scale);
  in.duration("Extradisc inter-disconnect delay", bus.extra_pause, scale);
  in.duration("Extradisc 2nd disconnect overhead", bus.extra_second, scale);
  in.duration("Extradisc seek delta", bus.extra_seek_delay, scale);
  in.duration("Minimum seek delay", spec.minimum_write_seek, scale);
  in.flag("Never disconnect", bus.never_disconnect);
}

void read_cache(DisksimReader& in, HddSpec& spec) {
  in.integer("Number of buffer segments", 0, 1e6, spec.segments);
  in.integer("Segment size (in blks)", 1, many, spec.segment_sectors);
  in.integer("Maximum number of write segments", 0, 1e6, spec.write_segments);
  in.flag("Use separate write segment", spec.separate_write_segment);
  double high_water = 0;
  in.number("High (read) water mark", 0, 1, high_water);
  spec.bus.high_water_permille = static_cast<std::uint32_t>(high_water * 1000);
  bool by_request = true;
  in.flag("Set watermark by reqsize", by_request);
  spec.bus.water_by_segment = !by_request;
  in.integer("Buffer continuous read", 0, 4, spec.read_ahead);
  in.integer("Minimum read-ahead (blks)", 0, many, spec.read_ahead_min);
  in.integer("Maximum read-ahead (blks)", 0, many, spec.read_ahead_max);
  if (spec.read_ahead_max == 0) spec.read_ahead_max = UINT32_MAX;  // no limit of its own
  in.flag("Read-ahead over requested", spec.read_ahead_over_requested);
  in.flag("Read-ahead on idle hit", spec.read_ahead_after_hit);
  in.flag("Stop prefetch in sector", spec.read_ahead_stops_in_sector);
  in.flag("Read any free blocks", spec.read_free_blocks);
  in.flag("Write hit stop prefetch", spec.write_stops_read_ahead);
  in.flag("Allow read hits on write data", spec.read_written_data);
  in.flag("Immediate buffer read", spec.zero_latency_read);
  in.flag("Immediate buffer write", spec.zero_latency_write);
  in.integer("Fast write level", 0, 2, spec.fast_write);
  bool caching = true;
  in.flag("Enable caching in buffer", caching);
  if (spec.segments != 0) in.require("Segment size (in blks)");
  if (spec.segments == 0 || !caching) {
    // Segments then match speeds only.
    spec.segments = 0;
    spec.fast_write = FastWrite::none;
  }
}

/// DiskSim's "Scheduling policy" of a queue, by its number (disksim_ioqueue of DiskSim 4.0).
struct QueuePolicy {
  int number;
  DriveOrder order;
  DriveDistance distance;
};

constexpr QueuePolicy policies[] = {
    {1, DriveOrder::fcfs, DriveDistance::sectors},
    {2, DriveOrder::look, DriveDistance::sectors},
    {3, DriveOrder::c_look, DriveDistance::sectors},
    {4, DriveOrder::sstf, DriveDistance::sectors},
    {5, DriveOrder::look, DriveDistance::cylinders},
    {6, DriveOrder::c_look, DriveDistance::cylinders},
    {7, DriveOrder::sstf, DriveDistance::cylinders},
    {8, DriveOrder::sptf, DriveDistance::cylinders},
    {9, DriveOrder::sptf, DriveDistance::cylinders},   // knows the cache, as the model always does
    {10, DriveOrder::sptf, DriveDistance::cylinders},  // and the transfer, which it does not weigh
    {17, DriveOrder::vscan, DriveDistance::sectors},
    {18, DriveOrder::vscan, DriveDistance::cylinders},
};

void read_policy(const DisksimValue& value, HddSpec& spec, kev::Errors& errors) {
  const std::size_t before = errors.size();
  const auto number = static_cast<int>(disksim_number(value, 1, 100, errors));
  if (errors.size() != before) return;
  for (const QueuePolicy& policy : policies) {
    if (policy.number != number) continue;
    spec.order = policy.order;
    spec.distance = policy.distance;
    return;
  }
  errors.push_back(value.at.error(
      fmt::format("a drive's queue with scheduling policy {} is not modelled", number),
      "modelled are 1 FCFS; 2, 5 ELEVATOR; 3, 6 CYCLE; 4, 7 SSTF; 8 SPTF, 9 SPCTF, 10 SATF; 17, 18 "
      "VSCAN"));
}

void read_queue(DisksimReader& in, HddSpec& spec) {
  in.integer("Max queue length", 0, 1e6, spec.queue_depth);
  spec.queue_depth = std::max<std::uint32_t>(spec.queue_depth, 1);
  const DisksimValue* const scheduler = in.find("Scheduler");
  if (scheduler == nullptr || scheduler->kind != DisksimValue::Kind::block) return;
  DisksimReader queue(*scheduler->block, in.errors());
  if (const DisksimValue* const policy = queue.find("Scheduling policy"))
    read_policy(*policy, spec, in.errors());
}

void read_electronics(const DisksimBlock& block, HddSpec& spec, kev::Errors& errors) {
  DisksimReader in(block, errors);
  in.require("Model");
  read_overheads(in, spec);
  read_cache(in, spec);
  read_queue(in, spec);
  in.duration("Bulk sector transfer time", spec.read_bus_sector);
  spec.write_bus_sector = spec.read_bus_sector;
  // One initiator and one request at a time: who holds the bus meanwhile changes nothing, nor do
  // hits that slip between two requests. What the model does anyway: sectors are computed one by
  // one, cached parts are sent at once, sequential writes share a segment, reads go to the buffer.
  in.pass_over({"Hold bus entire read xfer", "Hold bus entire write xfer", "Allow almost read hits",
                "Allow sneaky full read hits", "Allow sneaky partial read hits",
                "Allow sneaky intermediate read hits", "Allow write prebuffering",
                "Preseeking level", "Print stats", "Avg sectors per cylinder",
                "Low (write) water mark", "Calc sector by sector", "Combine seq writes",
                "Disconnect write if seek", "Read directly to buffer",
                "Immed transfer partial hit"});
  in.finish();
}

/// A sector takes as long as it does on the slowest bus or controller on its way.
void read_path(const DisksimFile& file, HddSpec& spec, kev::Errors& errors) {
  for (const Block& block : file.blocks) {
    DisksimReader in(*block, errors);
    kev::Duration read;
    kev::Duration write;
    if (block->type == "disksim_bus") {
      in.duration("Read block transfer time", read);
      in.duration("Write block transfer time", write);
    } else if (block->type == "disksim_ctlr") {
      in.duration("Bulk sector transfer time", read);
      write = read;
    }
    spec.read_bus_sector = std::max(spec.read_bus_sector, read);
    spec.write_bus_sector = std::max(spec.write_bus_sector, write);
  }
}

Block named(const DisksimFile& file, std::string_view type, std::string_view name) {
  for (const Block& block : file.blocks)
    if (block->type == type && block->name == name) return block;
  return nullptr;
}

/// The one that is instantiated, else the first; null if there is none.
Block choose(const DisksimFile& file, std::string_view type) {
  for (const std::string& name : file.instantiated)
    if (Block block = named(file, type, name)) return block;
  for (const Block& block : file.blocks)
    if (block->type == type) return block;
  return nullptr;
}

/// A disk's model: a block, or the name of one.
Block model_of(const DisksimFile& file, const DisksimBlock& disk, kev::Errors& errors) {
  for (const DisksimParameter& parameter : disk.parameters) {
    if (parameter.name != "Model") continue;
    if (parameter.value.kind == DisksimValue::Kind::block) return parameter.value.block;
    if (Block block = named(file, "dm_disk", parameter.value.word)) return block;
    errors.push_back(parameter.value.at.error(
        fmt::format("there is no dm_disk '{}' before this", parameter.value.word)));
  }
  return nullptr;
}

}  // namespace

bool is_disksim_path(std::string_view profile) {
  return profile.ends_with(".parv") || profile.ends_with(".diskspecs") ||
         profile.ends_with(".model");
}

kev::Result<HddSpec> load_disksim_disk(std::string_view path, const DisksimFiles& files) {
  kev::Result<DisksimFile> file = parse_disksim(std::string(path), files);
  if (!file) return tl::unexpected<kev::Errors>(file.error());
  Block disk = choose(*file, "disksim_disk");
  Block model = choose(*file, "dm_disk");
  if (disk == nullptr && model == nullptr)
    return kev::fail(file->end.error("there is no disk in this file",
                                     "a disksim_disk or a dm_disk block is needed"));
  kev::Errors errors;
  if (disk == nullptr) {
    const std::string rest = electronics_beside(path);
    if (files(rest)) {
      kev::Result<DisksimFile> specs = parse_disksim(rest, files);
      if (!specs) return tl::unexpected<kev::Errors>(specs.error());
      disk = choose(*specs, "disksim_disk");
    }
  } else {
    model = model_of(*file, *disk, errors);
  }
  HddSpec spec;
  if (disk != nullptr) read_electronics(*disk, spec, errors);
  if (model != nullptr) read_disksim_model(*model, files, spec, errors);
  read_path(*file, spec, errors);
  if (!errors.empty()) return tl::unexpected<kev::Errors>(std::move(errors));
  return spec;
}

kev::Result<HddSpec> find_hdd_spec(std::string_view profile) {
  if (is_disksim_path(profile)) return load_disksim_disk(profile, disksim_files());
  if (const HddProfile* const row = find_hdd_profile(profile)) return row->spec();
  return kev::fail(
      fmt::format("there is no hdd profile '{}'", profile), {},
      "'kevsim list disks-hdd' names them; a path ends in .parv, .diskspecs or .model");
}

}  // namespace sim
