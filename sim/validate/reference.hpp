#pragma once
// The models against what was recorded from real kernels and real disks: `kevsim validate`.
//
// A kind of reference knows its files below a folder (layout: traces/golden/README.md), drives the
// model through them and compares. It adds one row for each file or set that it found, a mismatch
// for each case that differs, a note for what is not there, an error for what cannot be read.
// A new kind is a row in reference_kinds() and a file. Nothing here knows a case by its name:
// parameters come from a case's content and from the grammar of its name.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/base/result.hpp"

namespace sim {

struct ReferenceRow {
  std::string reference;  ///< file or set, below the folder
  std::string compared;   ///< what, in words
  std::string tolerance;  ///< "exact", or how far off is accepted
  std::uint64_t cases = 0;
  std::uint64_t passed = 0;
  double value = 0;        ///< what was measured: share of cases passed, or an error in `unit`
  std::string unit = "1";  ///< of value; "1": a share
  [[nodiscard]] bool ok() const { return passed == cases; }
};

struct Mismatch {
  std::string reference;
  std::string name;        ///< of the case
  std::string difference;  ///< in words; may have several lines
};

struct Validation {
  std::vector<ReferenceRow> rows;
  std::vector<Mismatch> mismatches;
  std::vector<std::string> notes;
  kev::Errors errors;
};

struct ReferenceKind {
  std::string_view name;
  std::string_view description;
  void (*validate)(const std::string& folder, Validation& out);
};

std::span<const ReferenceKind> reference_kinds();

/// All kinds on one folder. An error when there is no such folder.
Validation validate_references(const std::string& folder);

/// A row of cases that either match or do not.
ReferenceRow exact_row(std::string reference, std::string compared, std::uint64_t cases,
                       std::uint64_t passed);

// The kinds, one file each.
void validate_readahead(const std::string& folder, Validation& out);
void validate_survivors(const std::string& folder, Validation& out);
void validate_disks(const std::string& folder, Validation& out);
void validate_block(const std::string& folder, Validation& out);
void validate_ssd(const std::string& folder, Validation& out);
void validate_epoll(const std::string& folder, Validation& out);
void validate_tcp(const std::string& folder, Validation& out);
void validate_goodput(const std::string& folder, Validation& out);

}  // namespace sim
