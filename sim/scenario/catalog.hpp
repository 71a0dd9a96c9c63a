#pragma once
// The names a scenario may use for rows of other folders' tables (disk profiles, elevators,
// designs,
// ...), handed in by the world, so that sim/scenario depends on none of those folders.
// `kevsim list KIND` prints the same lists.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/base/result.hpp"

namespace sim {

struct NamedRow {
  std::string name;
  std::string description;
};

/// Profiles that are described by files: any of these may be named instead of a row.
struct ProfileFiles {
  bool (*is_path)(std::string_view name) = nullptr;
  std::string_view pattern;  ///< the same, as a regular expression
  /// What is wrong with the file; empty when nothing is.
  kev::Errors (*check)(const std::string& path) = nullptr;
};

struct Catalog {
  std::vector<NamedRow> workloads;
  std::vector<NamedRow> designs;
  std::vector<NamedRow> event_programs;
  std::vector<NamedRow> costs;
  std::vector<NamedRow> disks_hdd;
  ProfileFiles disks_hdd_files{};
  std::vector<NamedRow> disks_ssd;
  std::vector<NamedRow> elevators;
  std::vector<NamedRow> readahead;
  std::vector<NamedRow> replacement;
  std::vector<NamedRow> net_stacks;
  std::vector<NamedRow> congestion;
  std::vector<NamedRow> fault_points;
  std::vector<NamedRow> properties;
  std::vector<NamedRow> operations;
  std::vector<NamedRow> bugs;
};

/// One list of the catalog, as `kevsim list` and error messages call it.
struct CatalogList {
  std::string_view kind;      ///< the word after `kevsim list`
  std::string_view singular;  ///< "unknown SINGULAR 'x'"
  std::string_view description;
  std::vector<NamedRow> Catalog::* rows;
};

std::span<const CatalogList> catalog_lists();

/// The list these rows are, for messages. Requires a member of Catalog.
const CatalogList& catalog_list(std::vector<NamedRow> Catalog::* rows);

std::vector<std::string_view> names_of(const std::vector<NamedRow>& rows);

}  // namespace sim
