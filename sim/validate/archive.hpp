#pragma once
// Text files out of an archive (tar, compressed or not; libarchive knows the formats), or out of a
// folder. References are kept as archives of many small files.
//
// Errors: a file that cannot be opened, or is no archive, or is damaged, is a kev::Error that names
// it. Entries come sorted by name, whatever their order in the archive.

#include <string>
#include <vector>

#include "model/base/result.hpp"

namespace sim {

struct ArchivedFile {
  std::string name;  ///< without folders
  std::string text;
};

/// The regular files of an archive, or those of a folder (not of folders in it).
kev::Result<std::vector<ArchivedFile>> read_archive(const std::string& path);

/// One file; compressed ones (xz, gzip) as what they hold.
kev::Result<std::string> read_maybe_compressed(const std::string& path);

}  // namespace sim
