// DiskSim's files: what is read, and how what is wrong is told.

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "sim/block/disksim_disk.hpp"
#include "sim/block/hdd_geometry.hpp"

using namespace kev::literals;
using sim::HddSpec;

namespace {

using Files = std::map<std::string, std::string>;

sim::DisksimFiles in(Files files) {
  return [files = std::move(files)](const std::string& path) -> kev::Result<std::string> {
    const auto found = files.find(path);
    if (found == files.end()) return kev::fail("no such file", {path, 0, 0});
    return found->second;
  };
}

const char* const mechanics =
    "   Mechanical Model = dm_mech_g1 {\n"
    "      Access time type = trackSwitchPlusRotation,\n"
    "      Seek type = extracted,\n"
    "      Single cylinder seek time = 1.0,\n"
    "      Full seek curve = disk.seek,  # beside it\n"
    "      Add. write settling delay = -0.5,\n"
    "      Head switch time = 0.25,\n"
    "      Rotation speed (in rpms) = 6000,\n"
    "      Percent error in rpms = 0.0\n"
    "   }\n";

std::string model(const std::string& mechanical = mechanics) {
  return "# a small disk\n"
         "dm_disk SMALL_model {\n"
         "   Number of data surfaces = 2,\n"
         "   Number of cylinders = 20,\n"
         "   Block count = 390,\n"
         "   Layout Model = dm_layout_g1 {\n"
         "      LBN-to-PBN mapping scheme = 1,\n"
         "      Sparing scheme used = 9,\n"
         "      Rangesize for sparing = 1,\n"
         "      Zones = [ dm_layout_g1_zone {\n"
         "         First cylinder number = 0, Last cylinder number = 19, Blocks per track = 10,\n"
         "         Offset of first block = 3.0, Empty space at zone front = 1,\n"
         "         Skew for track switch = 2.0, Skew for cylinder switch = 4.0,\n"
         "         Number of spares = 5, slips = [ 7, 9 ], defects = [ 11, 396 ] } ]\n"
         "   },\n" +
         mechanical + "}\n";
}

const char* const specs =
    "disksim_disk SMALL {\n"
    "   Model = source disk.model,\n"
    "   Per-request overhead time = 0.1, Time scale for overheads = 2.0,\n"
    "   Bulk sector transfer time = 0.02,\n"
    "   Max queue length = 4,\n"
    "   Scheduler = disksim_ioqueue { Scheduling policy = 4 },\n"
    "   Number of buffer segments = 3, Segment size (in blks) = 50,\n"
    "   Buffer continuous read = 2, Fast write level = 1,\n"
    "   Read miss over. after write = 0.5\n"
    "}\n";

Files good() {
  return {{"dir/disk.model", model()},
          {"dir/disk.seek", "Seek distances measured: 2\n1,\t1.00000\n11,\t3.00000\n"},
          {"dir/disk.diskspecs", specs},
          {"dir/disk.parv",
           "disksim_bus B { type = 1, Read block transfer time = 0.01,\n"
           "  Write block transfer time = 0.05 }\n"
           "source disk.diskspecs\n"
           "instantiate [ disk0 ] as SMALL\n"
           "topology disksim_iodriver d [ disksim_bus b [ disksim_disk disk0 [] ] ]\n"}};
}

/// "file:line:column: message (hint)" of the first error; "" when there is none.
std::string wrong(Files files, const std::string& path = "dir/disk.parv") {
  const kev::Result<HddSpec> spec = sim::load_disksim_disk(path, in(std::move(files)));
  if (spec) return "";
  const kev::Error& error = spec.error().front();
  return error.place.file + ":" + std::to_string(error.place.line) + ":" +
         std::to_string(error.place.column) + ": " + error.message +
         (error.hint.empty() ? "" : " (" + error.hint + ")");
}

/// The good files with one piece of text replaced.
Files with(const std::string& file, const std::string& text, const std::string& by) {
  Files files = good();
  std::string& content = files[file];
  const std::size_t at = content.find(text);
  REQUIRE(at != std::string::npos);
  content.replace(at, text.size(), by);
  return files;
}

std::int64_t seek_ns(const std::string& type, std::uint32_t distance) {
  Files files = good();
  const std::size_t at = files["dir/disk.model"].find("extracted");
  files["dir/disk.model"].replace(at, 9, type);
  const kev::Result<HddSpec> spec = sim::load_disksim_disk("dir/disk.parv", in(files));
  REQUIRE(spec.has_value());
  return spec->seek.time_ns(distance);
}

}  // namespace

TEST_CASE("a .parv is the disk it instantiates, on its slowest bus") {
  const kev::Result<HddSpec> read = sim::load_disksim_disk("dir/disk.parv", in(good()));
  REQUIRE(read.has_value());
  const HddSpec& spec = *read;
  CHECK(spec.heads == 2);
  CHECK(spec.rpm == 6000);
  CHECK(spec.capacity_sectors == 390);
  CHECK(spec.head_order == sim::HeadOrder::serpentine_by_zone);
  CHECK(spec.sparing == sim::Sparing::zone_end);
  REQUIRE(spec.zones.size() == 1);
  CHECK(spec.zones[0].offset == 3);
  CHECK(spec.zones[0].empty_front == 1);
  CHECK(spec.zones[0].cylinder_skew == 4);
  CHECK(spec.zones[0].slips == std::vector<std::uint32_t>{7, 9});
  REQUIRE(spec.zones[0].remaps.size() == 1);
  CHECK(spec.zones[0].remaps[0].to == 396);
  CHECK(spec.seek.time_ns(6) == 2'000'000);
  CHECK(spec.seek.time_ns(16) == 4'000'000);
  CHECK(spec.write_settle == kev::Duration(-500'000));
  CHECK(spec.settle == 750_us);  // the shortest seek without its head switch
  CHECK(spec.read_bus_sector == 20_us);
  CHECK(spec.write_bus_sector == 50_us);
  CHECK(spec.read_miss.after_write == 1200_us);
  CHECK(spec.read_hit.after_read == 200_us);
  CHECK(spec.read_ahead == sim::ReadAhead::to_cylinder_end);
  CHECK(spec.fast_write == sim::FastWrite::appending);
  CHECK(spec.order == sim::DriveOrder::sstf);
  CHECK(spec.queue_depth == 4);
}

TEST_CASE("scheduling policies of a drive's queue, by DiskSim's numbers") {
  using sim::DriveDistance;
  using sim::DriveOrder;
  const auto read = [](int number) {
    const std::string policy = "Scheduling policy = " + std::to_string(number);
    return sim::load_disksim_disk("dir/disk.parv",
                                  in(with("dir/disk.diskspecs", "Scheduling policy = 4", policy)));
  };
  const std::map<int, std::pair<DriveOrder, DriveDistance>> modelled = {
      {1, {DriveOrder::fcfs, DriveDistance::sectors}},
      {2, {DriveOrder::look, DriveDistance::sectors}},
      {3, {DriveOrder::c_look, DriveDistance::sectors}},
      {4, {DriveOrder::sstf, DriveDistance::sectors}},
      {5, {DriveOrder::look, DriveDistance::cylinders}},
      {6, {DriveOrder::c_look, DriveDistance::cylinders}},
      {7, {DriveOrder::sstf, DriveDistance::cylinders}},
      {8, {DriveOrder::sptf, DriveDistance::cylinders}},
      {9, {DriveOrder::sptf, DriveDistance::cylinders}},
      {10, {DriveOrder::sptf, DriveDistance::cylinders}},
      {17, {DriveOrder::vscan, DriveDistance::sectors}},
      {18, {DriveOrder::vscan, DriveDistance::cylinders}},
  };
  for (int number = 1; number <= 28; ++number) {
    INFO(number);
    const kev::Result<HddSpec> spec = read(number);
    const auto expected = modelled.find(number);
    REQUIRE(spec.has_value() == (expected != modelled.end()));
    if (!spec) continue;
    CHECK(spec->order == expected->second.first);
    CHECK(spec->distance == expected->second.second);
  }
}

TEST_CASE("a .model takes the rest from the .diskspecs beside it, or does without") {
  Files files = good();
  CHECK(sim::load_disksim_disk("dir/disk.model", in(files))->segments == 3);
  files.erase("dir/disk.diskspecs");
  const kev::Result<HddSpec> bare = sim::load_disksim_disk("dir/disk.model", in(files));
  REQUIRE(bare.has_value());
  CHECK(bare->segments == 0);
  CHECK(bare->capacity_sectors == 390);
}

TEST_CASE("where a .parv lies beside a .model, and no .diskspecs, it takes the rest from there") {
  const std::filesystem::path folder = std::string(KEVSIM_BINARY_DIR) + "/disksim_test";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "disk.parv") << "only that it is there";
  const std::string stem = (folder / "disk").string();
  Files files;
  for (const char* name : {"disk.model", "disk.seek"})
    files[(folder / name).string()] = good().at(std::string("dir/") + name);
  // One that comes with kevsim.
  files[stem + ".diskspecs"] = specs;
  std::string own = specs;
  own.replace(own.find("segments = 3"), 12, "segments = 7");
  files[stem + ".parv"] = own;
  CHECK(sim::load_disksim_disk(stem + ".model", in(files))->segments == 7);
  std::filesystem::remove_all(folder);
  CHECK(sim::load_disksim_disk(stem + ".model", in(files))->segments == 3);
}

TEST_CASE("a single-cylinder seek that is not the curve's says nothing about settling") {
  const Files files = with("dir/disk.model", "seek time = 1.0", "seek time = 0.5");
  CHECK(sim::load_disksim_disk("dir/disk.parv", in(files))->settle == 0_ns);
}

TEST_CASE("every seek type") {
  const std::string three =
      ", Average seek time = 2.0, Full strobe seek time = 4.0, Constant seek time = 3.0";
  CHECK(seek_ns("constant" + three, 7) == 3'000'000);
  CHECK(seek_ns("linear" + three, 6) == 2'000'000);
  CHECK(seek_ns("linear" + three, 19) == 4'000'000);
  CHECK(seek_ns("curve, Average seek time = 2.5, Full strobe seek time = 4.0", 19) ==
        Approx(4'000'000).margin(2000));
  const std::string hpl = ", HPL seek equation values = [ 9, 1.0, 0.5, 2.0, 0.1, ";
  CHECK(seek_ns("hpl" + hpl + "-1 ]", 4) == 2'000'000);
  CHECK(seek_ns("hpl" + hpl + "-1 ]", 1) == 1'500'000);
  CHECK(seek_ns("hpl" + hpl + "0.7 ]", 1) == 700'000);
  CHECK(seek_ns("hpl" + hpl + "-1 ]", 10) == 3'000'000);
  const std::string ten = ", First ten seek times = [ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 ]";
  CHECK(seek_ns("hplplus10" + hpl + "-1 ]" + ten, 10) == 10'000'000);
  CHECK(seek_ns("hplplus10" + hpl + "-1 ]" + ten, 11) == 3'100'000);
}

TEST_CASE("skews in revolutions become sectors") {
  const Files files = with("dir/disk.model", "Rangesize for sparing = 1,",
                           "Rangesize for sparing = 1, Skew units = revolutions,");
  Files turned = files;
  std::string& text = turned["dir/disk.model"];
  text.replace(text.find("= 2.0, Skew for cyl"), 5, "= 0.2");
  CHECK(sim::load_disksim_disk("dir/disk.parv", in(turned))->zones[0].track_skew == 2);
}

TEST_CASE("mistakes are told with their place") {
  CHECK(wrong(good()) == "");
  CHECK(wrong({}) == "dir/disk.parv:0:0: no such file");
  CHECK(wrong(with("dir/disk.parv", "disk.diskspecs", "other.diskspecs")) ==
        "dir/disk.parv:3:1: cannot source 'dir/other.diskspecs': no such file");
  CHECK(wrong(with("dir/disk.diskspecs", "Fast write level = 1", "Fast write level = 3")) ==
        "dir/disk.diskspecs:8:51: 3 is not between 0 and 2");
  CHECK(wrong(with("dir/disk.diskspecs", "Fast write level = 1", "Fast writes = 1")) ==
        "dir/disk.diskspecs:8:32: disksim_disk has no parameter 'Fast writes' (did you mean "
        "'Fast write level'?)");
  CHECK(wrong(with("dir/disk.diskspecs", "= 0.02,", "= fast,")) ==
        "dir/disk.diskspecs:4:32: a number is needed here");
  CHECK(wrong(with("dir/disk.diskspecs", "= 0.5\n}", "= 0.5\n")) ==
        "dir/disk.diskspecs:1:1: block 'disksim_disk' does not end: '}' is missing");
  CHECK(wrong(with("dir/disk.model", "   Number of cylinders = 20,\n", "")) ==
        "dir/disk.model:2:1: 'Number of cylinders' is missing in dm_disk");
  CHECK(wrong(with("dir/disk.model", "dm_layout_g1 {", "dm_layout_g4 {")) ==
        "dir/disk.model:6:19: layout 'dm_layout_g4' is not understood (dm_layout_g1 is, which has "
        "its "
        "zones one by one; g2 and g4 are a drive maker's own tables)");
  CHECK(wrong(with("dir/disk.diskspecs", "Scheduling policy = 4", "Scheduling policy = 14")) ==
        "dir/disk.diskspecs:6:54: a drive's queue with scheduling policy 14 is not modelled "
        "(modelled are 1 FCFS; 2, 5 ELEVATOR; 3, 6 CYCLE; 4, 7 SSTF; 8 SPTF, 9 SPCTF, 10 SATF; 17, "
        "18 VSCAN)");
  CHECK(wrong(with("dir/disk.model", "spares = 5", "spares = 500")) ==
        "dir/disk.model:10:17: spares and empty space leave nothing of the zone");
  CHECK(wrong(with("dir/disk.seek", "11,", "0,")) ==
        "dir/disk.seek:3:1: a seek curve has lines 'distance, milliseconds', distances ascending");
  CHECK(wrong(with("dir/disk.model", "extracted", "guessed")) ==
        "dir/disk.model:18:19: there is no seek type 'guessed' (constant, linear, curve, hpl, "
        "hplplus10 or extracted)");
  CHECK(wrong(with("dir/disk.parv", "source disk.diskspecs\n", "")) ==
        "dir/disk.parv:5:1: there is no disk in this file (a disksim_disk or a dm_disk block is "
        "needed)");
}

TEST_CASE("a file that sources itself is refused") {
  Files files = good();
  files["dir/disk.diskspecs"] = "source disk.diskspecs\n";
  CHECK(wrong(files).find("too deeply") != std::string::npos);
}

TEST_CASE("cut anywhere, a file is read or refused, never worse") {
  const std::string whole = good()["dir/disk.model"];
  for (std::size_t length = 0; length < whole.size(); ++length) {
    Files files = good();
    files["dir/disk.model"] = whole.substr(0, length);
    static_cast<void>(wrong(files));
  }
}

TEST_CASE("the drives that come with kevsim: their capacity lies within their zones") {
  for (const char* name :
       {"atlas10k", "atlas_III", "barracuda", "cheetah4LP", "cheetah9LP", "ibm18es"}) {
    INFO(name);
    const kev::Result<HddSpec> spec =
        sim::load_disksim_disk(std::string(name) + ".parv", sim::embedded_disksim_files());
    REQUIRE(spec.has_value());
    std::uint64_t held = 0;
    for (const sim::HddZone& zone : spec->zones) held += sim::zone_capacity(*spec, zone);
    CHECK(spec->capacity_sectors <= held);
    CHECK(spec->settle > 0_ns);
  }
}
