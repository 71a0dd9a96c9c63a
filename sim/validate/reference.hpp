#pragma once
// The models against what was recorded from real kernels and real disks: `kevsim validate`.
//
// A kind of reference knows its files below a folder (layout: traces/golden/README.md), drives the
// model through them and compares. It adds one row for each file or set that it found, a mismatch
// for each case that differs, a note for what is not there, an error for what cannot be read or is
// not known. What differs within a row's tolerance is told, too.
// A new kind is a row in reference_kinds() and a file. Nothing here knows a case by its name:
// parameters come from a case's content and from the grammar of its name.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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

/// Whether a row accepts a difference.
enum class Tolerance : std::uint8_t { kept, exceeded };
constexpr Tolerance tolerance_if(bool kept) {
  return kept ? Tolerance::kept : Tolerance::exceeded;
}

struct Validation {
  std::vector<ReferenceRow> rows;
  std::vector<Mismatch> mismatches;
  std::vector<Mismatch> tolerated;  ///< differences that the row's tolerance accepts
  std::vector<std::string> notes;
  kev::Errors errors;

  /// Nothing when there is no difference.
  void differs(Mismatch mismatch, Tolerance tolerance) {
    if (mismatch.difference.empty()) return;
    (tolerance == Tolerance::kept ? tolerated : mismatches).push_back(std::move(mismatch));
  }
};

struct ReferenceKind {
  std::string_view name;
  std::string_view folder;  ///< where its files are, below the root
  std::string_view description;
  void (*validate)(const std::string& folder, Validation& out);
};

std::span<const ReferenceKind> reference_kinds();

/// All kinds on one folder, or, if it is one of those below such a folder, those on it; a folder of
/// readahead cases may have any name. An error when there is no such folder.
Validation validate_references(const std::string& folder);

/// A row of cases that either match or do not.
ReferenceRow exact_row(std::string reference, std::string compared, std::uint64_t cases,
                       std::uint64_t passed);

// The kinds, one file each.
void validate_readahead(const std::string& folder, Validation& out);
/// The same for the folder itself in which the recordings are.
void validate_readahead_folder(const std::string& folder, Validation& out);
/// Whether cases or archives of them lie right in it.
bool is_readahead_folder(const std::string& folder);
void validate_survivors(const std::string& folder, Validation& out);
void validate_disks(const std::string& folder, Validation& out);
void validate_block(const std::string& folder, Validation& out);
void validate_ssd(const std::string& folder, Validation& out);
void validate_epoll(const std::string& folder, Validation& out);
void validate_tcp(const std::string& folder, Validation& out);
void validate_goodput(const std::string& folder, Validation& out);

}  // namespace sim
