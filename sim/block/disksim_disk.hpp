#pragma once
// A disk from DiskSim's files (*.parv, *.diskspecs, *.model with their *.seek): any disk that is
// described for DiskSim 4.0 is a profile.
//
// A .parv names a whole system: the disk is the one that is instantiated, and the slowest bus on
// the way decides how long a sector takes. A .diskspecs is a disk without that bus. A .model holds
// its mechanics only; the rest is taken from the .diskspecs of the same name, and if there is none
// the disk has no cache and no overheads.
// Sourced files lie beside the one that names them; for DiskSim's own validation drives, whatever
// is missing there comes with kevsim.
//
// What a drive needs to get on track where no seek is needed (HddSpec::settle) is not among these
// parameters. A measured single-cylinder seek is switching heads and settling, little else, so it
// is that minus the head switch. Files whose single-cylinder seek is far from that of their seek
// curve (a value left over from an older file) say nothing, and it is zero.
//
// Errors: with file, line, column and a hint (kev::Error).

#include <string_view>

#include "sim/block/disksim_syntax.hpp"
#include "sim/block/hdd_spec.hpp"

namespace sim {

/// Whether a profile of this name is a file of DiskSim's; and the same as a regular expression.
bool is_disksim_path(std::string_view profile);
inline constexpr std::string_view disksim_path_pattern = "\\.(parv|diskspecs|model)$";

kev::Result<HddSpec> load_disksim_disk(std::string_view path, const DisksimFiles& files);

/// The files that come with kevsim, by name (traces/golden/disksim).
DisksimFiles embedded_disksim_files();
/// Files of the real machine, then those by the last part of the name.
DisksimFiles disksim_files();

/// A name of the table, or a path of DiskSim's files.
kev::Result<HddSpec> find_hdd_spec(std::string_view profile);

/// Geometry and mechanics out of a dm_disk block; its seek file is among `files`.
void read_disksim_model(const DisksimBlock& block, const DisksimFiles& files, HddSpec& spec,
                        kev::Errors& errors);

}  // namespace sim
